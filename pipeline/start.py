"""What every command needs before it touches stored data."""

from sqlalchemy import inspect

from config import taxonomy, texts
from database import migrate
from database.session import engine
from pipeline import work


def ready() -> None:
    """Check the configuration and the tables; a database without tables gets them.

    Raises ConfigError, or OldDatabase for tables of another version.
    """
    taxonomy.check()
    texts.catalogue()
    if not inspect(engine()).has_table("notice"):
        migrate.upgrade()
        if work.distributed():
            work.prepare()
    elif not migrate.is_current():
        raise migrate.OldDatabase


def model_ready() -> None:
    """Read the model before work begins. Raises WrongModel if its labels are not our sectors.

    One that is missing or broken is no reason to stop: rules stand in, and the log and `tbt status` say so.
    """
    from classifier import model

    model.current()
