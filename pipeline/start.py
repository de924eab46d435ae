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
