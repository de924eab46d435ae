"""The one engine of a process and the unit of work."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from config.settings import settings

BUSY_MS = 30_000


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    if name := make_url(url).database:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, json_deserializer=_loads)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred transaction that reads and then writes fails at once when another wrote in between,
        # whatever the busy timeout; one that means to write takes the lock at its start and waits for it.
        mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _loads(stored: str) -> Any:
    """JSON as stored; most lists are empty, and a parser takes its time to find that out."""
    return [] if stored == "[]" else json.loads(stored)


def engine() -> Engine:
    """The engine of the configured database."""
    return _engine(settings().database)


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Commit if the block ends, roll back if it raises. Nobody else commits.

    On SQLite the write lock is taken at the start: keep the block short, and never send or fetch inside it.
    """
    with (
        engine().connect().execution_options(writes=True) as connection,
        Session(connection, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads: one consistent view, no lock that a writer waits for."""
    with Session(engine(), expire_on_commit=False) as session:
        yield session
