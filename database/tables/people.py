"""What people who log in do: sessions, attempts, the audit trail, reviews, edited texts, switches."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, stamp


class LoginSession(SQLModel, table=True):
    """A log-in that lasts until it ends, is ended, or lies idle. The token is kept as a hash."""

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="account.id", index=True)
    token_sha256: str = Field(unique=True)
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    seen_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    ended_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class LoginAttempt(SQLModel, table=True):
    """A try to log in, written before the password is looked at. Account and address are keyed hashes."""

    __table_args__ = (
        Index("ix_loginattempt_account", "account_hash", "at"),
        Index("ix_loginattempt_address", "address_hash", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_hash: str
    address_hash: str
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    ok: bool = False


class Audit(SQLModel, table=True):
    """What a person changed. Append-only: the database itself refuses to change or remove a row."""

    id: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    who: str = Field(index=True, description="e-mail of the person")
    what: str = Field(description="tags.decided, text.saved, text.approved, user.added …")
    object: str = Field(index=True, description="notice 12, user 3, source wto_eping …")
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class Review(SQLModel, table=True):
    """A person looked at a version of a notice, or put it aside. A later version is to be looked at anew."""

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    notice_version: int
    state: str = Field(description="done or held")
    by: str
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class DateFix(SQLModel, table=True):
    """A date that a person put right; the newest for a role that was not undone holds."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    role: str = Field(description="comment_deadline, in_force_on or adoption_on")
    said: dt.date | None = Field(default=None, description="by the publisher's record, while the fix holds")
    day: dt.date | None = Field(default=None, description="None: not stated")
    evidence: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description='{"field", "start", "end", "text"}; empty: by hand',
    )
    by: str
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    undone_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class Editorial(SQLModel, table=True):
    """What analysts write of a notice. Readers see `published`, the copy that was approved last."""

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    title_zh: str = ""
    gist_zh: str = ""
    card: dict[str, str] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="response card: changes, who, when, tests, standards, contact",
    )
    note: str = Field(default="", description="internal")
    state: str = Field(default="draft", description="draft, or approved: published is as written")
    owner: str = ""
    due_on: dt.date | None = None
    version: int = Field(default=1, description="raised by every change; an older form is refused")
    published: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="title_zh, gist_zh and card as approved, by whom and when; empty: never",
    )
    by: str = ""
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class SourceSwitch(SQLModel, table=True):
    """What an administrator said of a source. No row: it is on."""

    source: str = Field(primary_key=True)
    enabled: bool = True
    run_asked_at: dt.datetime | None = Field(default=None, sa_type=Moment, description="run now, please")
    schedule: str = Field(default="", description="cron, UTC; empty: its own")
    by: str = ""
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
