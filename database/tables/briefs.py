"""Briefs that go out by mail: who wants which, and what was sent."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, stamp


class BriefWish(SQLModel, table=True):
    """Somebody who logs in wants the weekly brief or the monthly report by mail."""

    __table_args__ = (UniqueConstraint("subscriber_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    kind: str = Field(description="brief (weekly) or report (monthly)")
    since: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Brief(SQLModel, table=True):
    """A brief that was issued: once for each period, whoever asked for it. Its letters have the same slot."""

    __table_args__ = (UniqueConstraint("kind", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(description="brief or report")
    slot: dt.datetime = Field(sa_type=Moment, description="when its period ended")
    number: str = Field(description="query id")
    first: dt.date
    last: dt.date
    path: str = Field(description="address of the page, with the whole question")
    figures: list[list[Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="name, number, before"
    )
    notices: list[int] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="that matter most"
    )
    issued_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class BriefFile(SQLModel, table=True):
    """A brief as PDF in one language, for letters to carry; kept until the next brief of its kind."""

    __table_args__ = (UniqueConstraint("brief_id", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    brief_id: int = Field(foreign_key="brief.id")
    language: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
