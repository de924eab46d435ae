"""Whom it concerns: the machine's labels, people's decisions, and the tags that hold."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, stamp


class Reading(SQLModel, table=True):
    """A notice was read by a classifier, whether it found something or not."""

    __table_args__ = (UniqueConstraint("notice_id", "version", "fingerprint"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    version: int
    fingerprint: str = Field(description="of taxonomy and model")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    ranking: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="all sectors, best first"
    )
    review: str = Field(default="", description="why a person should look; empty: no need")


class Label(SQLModel, table=True):
    """What the machine says of a notice, as last read."""

    __table_args__ = (UniqueConstraint("notice_id", "kind", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    kind: str = Field(description="sector, market, country or measure_type")
    code: str
    score: float = 1.0
    by: str = Field(description="code, rules or model")
    evidence: list[dict[str, Any]] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False),
        description='{"field", "start", "end", "text"}',
    )
    fingerprint: str = ""


class Decision(SQLModel, table=True):
    """What a person says of a notice; append-only, the newest for a tag holds over every label."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    kind: str = Field(description="sector, market, country or measure_type")
    code: str
    concerned: bool
    by: str = Field(description="e-mail of the analyst")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    note: str = Field(default="", description="bulk: accepted with many others, not looked at alone")
    machine: bool | None = Field(
        default=None, description="whether the machine had said so then; None: not known"
    )
    fingerprint: str = Field(
        default="", sa_column_kwargs={"server_default": ""}, description="of taxonomy and model then"
    )


class Trial(SQLModel, table=True):
    """A challenger was held against the model in use, on the same notices and decisions."""

    id: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    champion: str = Field(description="version of the model in use")
    challenger: str
    figures: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="classifier/compare.py"
    )


class Tag(SQLModel, table=True):
    """What holds now: labels as corrected by decisions. Derived; the only thing matching and search read."""

    __table_args__ = (Index("ix_tag_code", "kind", "code", "notice_id"),)

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    kind: str = Field(primary_key=True)
    code: str = Field(primary_key=True)


class Count(SQLModel, table=True):
    """How many notices there are with a tag, of a source, and in all: recounted after the line has run."""

    kind: str = Field(primary_key=True, description="a kind of tag, source, or all")
    code: str = Field(primary_key=True)
    n: int
