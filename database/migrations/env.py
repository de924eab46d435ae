"""Alembic's entry: one transaction, guarded so that two processes do not migrate at once."""

import sqlmodel
from alembic import context
from sqlalchemy import text

import database.tables  # noqa: F401 (fills the metadata)
from database.session import engine

LOCK = 7_420_118  # any number: the advisory lock of migrations

with engine().connect().execution_options(writes=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=sqlmodel.SQLModel.metadata,
        render_as_batch=True,
        include_name=lambda name, kind, _: (
            kind != "table" or not str(name).startswith(("procrastinate", "notice_search"))
        ),
    )
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.run_migrations()
