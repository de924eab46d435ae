"""Programs that ask: their keys."""

import datetime as dt

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, stamp


class ApiKey(SQLModel, table=True):
    """A key a program shows; only its hash is kept, so that nobody can read it here."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(description="whose it is, for people")
    sha256: str = Field(unique=True)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    per_minute: int = Field(description="requests a minute")
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=Moment)
