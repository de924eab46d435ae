"""What was published: runs, raw answers, notices with their versions, measures and events."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, stamp


class Run(SQLModel, table=True):
    """One crawl of one source, from its start; a run that died keeps its row and says so."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    status: str = Field(default="running", description="running, ok, partial, failed, died")
    worker: str = Field(default="", description="host:pid:start of the process, to tell the dead")
    started_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    ended_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    since: dt.date | None = None
    until: dt.date | None = None
    pages: int = 0
    read: int = Field(default=0, description="records read without fault")
    new: int = 0
    changed: int = 0
    faults: int = Field(default=0, description="records that could not be read")
    unread: dict[str, int] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    refused: dict[str, int] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="records by rule"
    )
    message: str = Field(default="", description="why it failed, in one line")


class Snapshot(SQLModel, table=True):
    """A raw answer of a source: where, when, which bytes. The same bytes of an address are one row."""

    __table_args__ = (UniqueConstraint("url", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    url: str = Field(index=True)
    sha256: str = Field(index=True)
    content_type: str = ""
    size: int = Field(description="bytes before compression")
    etag: str = ""
    last_modified: str = ""
    fetched_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    seen_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, description="same bytes, last time")


class Body(SQLModel, table=True):
    """The bytes behind a snapshot, by content, zlib-compressed: the same on every machine."""

    sha256: str = Field(primary_key=True)
    compressed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Fault(SQLModel, table=True):
    """A record that could not be read, with the reason; the records beside it are kept."""

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    snapshot_id: int | None = Field(default=None, foreign_key="snapshot.id")
    record: str = Field(default="", description="the publisher's number, if it could be told")
    message: str


class Refusal(SQLModel, table=True):
    """A record that a source's rule kept out: where it stands, and whether a person let it in after all."""

    __table_args__ = (
        UniqueConstraint("source", "record"),
        Index("ix_refusal_newest", "source", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    record: str = Field(description="the publisher's number, or a digest of the record")
    title: str = ""
    rule: str = Field(description="which kept it out, as last read")
    digest: str = Field(description="finds it again in its answer")
    snapshot_id: int | None = Field(default=None, foreign_key="snapshot.id")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, description="first refused")
    admitted_at: dt.datetime | None = Field(
        default=None, sa_type=Moment, description="a person let it in, now and whenever it is read again"
    )
    admitted_by: str = ""
    taken_at: dt.datetime | None = Field(default=None, sa_type=Moment, description="its notice was stored")
    message: str = Field(default="", description="why it could not be taken in")


class Measure(SQLModel, table=True):
    """One measure: all documents about it, from draft to amendment."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class MeasureKey(SQLModel, table=True):
    """A number that names a measure (WTO base symbol, docket, RIN, CELEX); one measure has it."""

    key: str = Field(primary_key=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)


class MeasureLink(SQLModel, table=True):
    """Why a notice stands under a measure, and what was there before: joining can be undone."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    measure_id: int = Field(foreign_key="measure.id", index=True)
    before_id: int | None = Field(default=None, description="measure it stood under before")
    reason: str = Field(description="shared symbol G/TBT/N/USA/2311, shared docket …")
    by: str = Field(default="crawler", description="crawler, or the person's e-mail")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    undone_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class LinkProposal(SQLModel, table=True):
    """Two notices that may be of one measure; a person accepts or refuses, and is not asked again."""

    __table_args__ = (UniqueConstraint("notice_id", "other_id"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", description="the younger of the two")
    other_id: int = Field(foreign_key="notice.id", index=True)
    reason: str
    score: float = 0.0
    state: str = Field(default="open", index=True, description="open, accepted or refused")
    by: str = Field(default="", description="e-mail of who decided")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class TitleBand(SQLModel, table=True):
    """A number made of some words of a notice's title: titles that are alike share one."""

    band: int = Field(primary_key=True, sa_type=BigInteger)
    notice_id: int = Field(primary_key=True, foreign_key="notice.id", index=True)


class Notice(SQLModel, table=True):
    """A notification or regulation as last read. Its identity is the publisher's own number."""

    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_notice_newest", "published_on", "id"),
        Index("ix_notice_source", "source", "published_on"),
        Index("ix_notice_level", "level", "published_on", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    source_id: str = Field(description="the publisher's number; a joint notification: its symbols")
    version: int = Field(default=1, description="raised whenever what the publisher says changes")
    content_sha256: str = ""
    measure_id: int | None = Field(default=None, foreign_key="measure.id", index=True)
    snapshot_id: int | None = Field(default=None, foreign_key="snapshot.id")
    url: str = Field(default="", description="page for people at the publisher")
    area: str = Field(default="", description="TBT, SPS or empty")
    kind: str = Field(
        default="regular", description="regular, addendum, corrigendum, revision, supplement, alert"
    )
    symbols: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    members: list[str] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="alpha-3 codes"
    )
    agency: str = ""
    language: str = Field(default="", description="ISO 639-1 of title and text, empty if unknown")
    title: str = ""
    products: str = ""
    objective: str = ""
    origin: str = Field(default="", description="alpha-3 of the country of origin in enforcement cases")
    hs: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    ics: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    standards: list[str] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="cited: EN 71-1:2014"
    )
    objectives: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    links: list[dict[str, str]] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False),
        description='documents: {"title", "url"}',
    )
    published_on: dt.date | None = Field(default=None, index=True)
    published_raw: str = ""
    comment_deadline: dt.date | None = Field(default=None, index=True, description="None: not stated")
    comment_deadline_raw: str = Field(default="", description="as the publisher wrote it")
    closes_at: dt.datetime | None = Field(
        default=None, sa_type=Moment, index=True, description="end of the deadline's day at its place"
    )
    adoption_on: dt.date | None = None
    adoption_raw: str = ""
    in_force_on: dt.date | None = Field(default=None, index=True)
    in_force_raw: str = ""
    in_force_rule: str = Field(
        default="", description="where a rule tells the day: 6 months after publication"
    )
    in_force_computed: bool = Field(default=False, description="the day follows from the rule")
    withdrawn: bool = False
    tags_sha256: str = Field(default="", description="changes with the tags that hold; empty: unread")
    level: str = Field(default="blue", description="for those directly concerned, as last graded")
    level_until: dt.date | None = Field(
        default=None, index=True, description="last day it holds; None: to be graded"
    )
    first_seen_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    changed_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    # Last: SQLite walks through a long text to reach whatever stands behind it.
    text: str = ""


class NoticeVersion(SQLModel, table=True):
    """What the publisher said at one time: all fields of the notice that come from outside."""

    __table_args__ = (UniqueConstraint("notice_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    version: int
    snapshot_id: int | None = Field(default=None, foreign_key="snapshot.id")
    seen_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class NoticeCode(SQLModel, table=True):
    """An HS or ICS code the publisher stated, for filters by prefix; a standard or an act the text cites."""

    __table_args__ = (Index("ix_noticecode_code", "scheme", "code", "notice_id"),)

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    scheme: str = Field(
        primary_key=True, description="hs, ics, standard, act; of a case: case-standard, case-act"
    )
    code: str = Field(primary_key=True)


class Event(SQLModel, table=True):
    """Something exporters are owed word of; one row for each version of a notice and reason."""

    __table_args__ = (UniqueConstraint("notice_id", "version", "reason"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    version: int
    reason: str = Field(
        description="new, deadline_moved, adopted, in_force_soon, withdrawn, amended, warning; "
        "of a person's correction also which: corrected_in_force_on:17"
    )
    before: str = Field(default="", description="the old value, for a moved deadline the old date")
    after: str = ""
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)


class Document(SQLModel, table=True):
    """A text that a notice links to: fetched, archived as a snapshot, and its words taken out."""

    __table_args__ = (UniqueConstraint("notice_id", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    url: str
    version: int = Field(default=0, description="of the notice, when its links were last looked at")
    status: str = Field(
        description="text, scanned (a PDF without text), empty, other (no format we read), refused, failed, "
        "gone; none: the notice links to nothing"
    )
    kind: str = Field(default="", description="html, pdf, docx or text")
    title: str = ""
    text: str = ""
    cut: bool = Field(default=False, description="longer than is kept; the snapshot holds all of it")
    pages: int = 0
    language: str = Field(default="", description="ISO 639-1 of the text")
    snapshot_id: int | None = Field(default=None, foreign_key="snapshot.id")
    message: str = Field(default="", description="why there is no text")
    tries: int = 0
    fetched_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    again_at: dt.datetime | None = Field(
        default=None, sa_type=Moment, index=True, description="when to try once more; None: never"
    )


class SourceAlarm(SQLModel, table=True):
    """A source that needs a person: raised once, and closed when it has recovered."""

    __table_args__ = (
        Index(
            "ux_sourcealarm_open",
            "source",
            "kind",
            unique=True,
            sqlite_where=text("recovered_at IS NULL"),
            postgresql_where=text("recovered_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    kind: str = Field(description="one of crawlers.alarms.KINDS: failing, late, zero, unread …")
    figures: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="what the words about it are made of (config/texts/alarms.toml)",
    )
    raised_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    recovered_at: dt.datetime | None = Field(default=None, sa_type=Moment)
