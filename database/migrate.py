"""Bring a database to today's tables, with Alembic, from inside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from config.settings import settings
from database.session import engine

MIGRATIONS = Path(__file__).parent / "migrations"


class OldDatabase(RuntimeError):
    """The database has older tables than this program; run: tbt db upgrade."""

    def __str__(self) -> str:
        """The docstring is the message."""
        return str(self.__doc__)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", settings().database.replace("%", "%%"))
    return config


def upgrade() -> None:
    """Create or upgrade all tables; safe to repeat, and safe for two processes at once."""
    command.upgrade(_config(), "head")


def is_current() -> bool:
    """Whether the tables are those of this program."""
    with engine().connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == head()


def head() -> str | None:
    """The revision of this program's tables."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(revision: str) -> bool:
    """Whether tables of that revision are this program's or older ones."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}
