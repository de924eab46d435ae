"""Column types that behave alike on SQLite and PostgreSQL."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, TypeDecorator, func, select
from sqlalchemy.dialects.postgresql import JSONB


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment, kept and given back in UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Store UTC; SQLite keeps no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time: {value!r}")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Give back UTC."""
        if value is None:
            return None
        aware: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


def now() -> dt.datetime:
    """The present moment in UTC: the one place tests patch."""
    return dt.datetime.now(dt.UTC)


def stamp() -> dt.datetime:
    """What columns default to: `now`, looked up when a row is made; a patched clock reaches rows, too."""
    return now()


def _never_back(context: Any) -> dt.datetime:
    """The moment of a change, always after those that stand already: a clock may be set back."""
    column = context.compiled.statement.table.c.changed_at
    last: dt.datetime | None = context.connection.execute(select(func.max(column))).scalar()
    return max(now(), last + dt.timedelta(microseconds=1)) if last is not None else now()


def changed() -> Column[dt.datetime]:
    """A column that says when its row last changed, so that a reader can ask only for what is new to it."""
    return Column(Moment, default=stamp, onupdate=_never_back, nullable=False, index=True)
