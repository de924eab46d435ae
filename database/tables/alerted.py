"""Who is told, and were they: subscribers, subscriptions, alerts owed, letters and attempts."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from database.types import Json, Moment, changed, stamp


class Organisation(SQLModel, table=True):
    """A firm or association with several recipients, known by its unified social credit code."""

    id: int | None = Field(default=None, primary_key=True)
    uscc: str = Field(unique=True, description="GB 32100-2015, its check character verified")
    name: str = ""
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Subscriber(SQLModel, table=True):
    """One person with one address."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, description="lower-cased domain")
    language: str = Field(default="zh", description="zh, zh-Hant or en")
    token: str = Field(unique=True, description="part of signed links; changed when they are revoked")
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    confirmed_at: dt.datetime | None = Field(default=None, sa_type=Moment, description="double opt-in")
    ended_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    consent: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(Json, nullable=False),
        description="which text was agreed to, when, where",
    )
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    changed_at: dt.datetime = Field(default_factory=stamp, sa_column=changed())


class Subscription(SQLModel, table=True):
    """What a person wants to hear of. An empty list asks nothing of that axis."""

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    token: str = Field(unique=True, description="part of its feed and calendar addresses")
    name: str = ""
    sectors: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    markets: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    countries: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    hs: list[str] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False), description="prefixes, 2-6 digits"
    )
    keywords: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    excludes: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    measure_types: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    without: list[str] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False, server_default="[]"),
        description="not what is only about these: hs:8516, country:VNM, sector:food, measure_type:…",
    )
    min_level: str = Field(default="blue", description="blue, yellow, orange or red")
    pace: str = Field(default="daily", description="at_once, daily, weekly or off")
    weekday: int = Field(default=0, description="of a weekly digest, Monday 0")
    hour: int = Field(default=8, description="of a digest, Asia/Shanghai")
    urgent: bool = Field(default=False, description="red and orange alerts do not wait for the hour")
    quiet: bool = Field(default=False, description="a digest also when nothing matched")
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    changed_at: dt.datetime = Field(default_factory=stamp, sa_column=changed())
    confirmed_at: dt.datetime | None = Field(
        default=None, sa_type=Moment, description="a stranger may type any address: each is confirmed"
    )
    paused_until: dt.datetime | None = Field(default=None, sa_type=Moment)
    ended_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    looked_back_at: dt.datetime | None = Field(
        default=None, sa_type=Moment, description="when the stored notices were matched once"
    )


class Matching(SQLModel, table=True):
    """An event was held against all subscriptions with the tags the notice had then."""

    __table_args__ = (UniqueConstraint("event_id", "tags_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="event.id", index=True)
    tags_sha256: str
    found: int = Field(default=0, description="alerts newly owed")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Alert(SQLModel, table=True):
    """One event owed to one person. The constraint is the promise: never twice."""

    __table_args__ = (UniqueConstraint("subscriber_id", "notice_id", "version", "reason"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    version: int
    reason: str
    because: list[dict[str, Any]] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False),
        description="each subscription that matched, with relevance and what matched",
    )
    late: str = Field(default="", description="empty, lookback (new subscription) or late (re-tagged)")
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    due_at: dt.datetime | None = Field(
        default_factory=stamp,
        sa_type=Moment,
        index=True,
        description="when the person's pace lets it go out; None: shown in feeds only",
    )
    letter_id: int | None = Field(default=None, foreign_key="letter.id", index=True)
    dropped: str = Field(default="", description="why it is no longer owed, e.g. subscription ended")


class Endpoint(SQLModel, table=True):
    """An address besides the mailbox where a person wants the same letters: a webhook or a group's robot."""

    __table_args__ = (UniqueConstraint("subscriber_id", "channel", "url"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    channel: str = Field(description="webhook, wecom or dingtalk")
    url: str
    secret: str = Field(default="", description="what messages are signed with")
    old_secret: str = Field(
        default="", sa_column_kwargs={"server_default": ""}, description="the one before, for a day"
    )
    rolled_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    subscriptions: list[int] = Field(
        default_factory=list,
        sa_column=Column(Json, nullable=False, server_default="[]"),
        description="whose alerts go there; empty: all of the person's",
    )
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    since: dt.datetime | None = Field(
        default=None, sa_type=Moment, description="switched on again: nothing from before is sent"
    )
    disabled_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    disabled_why: str = Field(default="", description="person, operator, gone or failing")
    failures: int = Field(default=0, description="failed attempts since the last success")
    failing_since: dt.datetime | None = Field(default=None, sa_type=Moment)
    last_reply: str = ""


class Letter(SQLModel, table=True):
    """One mail to one person; composed once, with a Message-ID that never changes."""

    __table_args__ = (
        UniqueConstraint("endpoint_id", "copy_of"),
        UniqueConstraint("subscriber_id", "kind", "slot"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    kind: str = Field(default="digest", description="confirmation, digest, quiet or warning")
    message_id: str = Field(unique=True)
    channel: str = "mail"
    endpoint_id: int | None = Field(default=None, foreign_key="endpoint.id", index=True)
    copy_of: int | None = Field(
        default=None, foreign_key="letter.id", index=True, description="the mail an endpoint gets too"
    )
    slot: dt.datetime | None = Field(
        default=None, sa_type=Moment, description="the hour a quiet digest stands for: one an hour at most"
    )
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    due_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    outcome: str = Field(default="", index=True, description="empty: still to send; sent, refused, dropped")


class Attempt(SQLModel, table=True):
    """One try to deliver a letter. Its number is claimed before the try: two workers never both hold it."""

    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", index=True)
    number: int
    worker: str = Field(default="", description="host:pid:start of the process")
    started_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment, index=True)
    ended_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    outcome: str = Field(default="", description="empty: in flight; accepted, deferred, refused, abandoned")
    reply: str = Field(default="", description="code and text of the server, without addresses")


class Bounce(SQLModel, table=True):
    """A letter the server had taken came back, or was complained of; once for each attempt."""

    __table_args__ = (UniqueConstraint("letter_id", "attempt", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = Field(foreign_key="letter.id", index=True)
    attempt: int = Field(default=0, description="number of the attempt that was thought accepted")
    kind: str = Field(description="hard, soft or complaint")
    code: str = Field(default="", description="enhanced status code, such as 5.2.2")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Suppression(SQLModel, table=True):
    """An address never to be written to again, as a keyed hash that survives the person's erasure."""

    address_hash: str = Field(primary_key=True)
    reason: str = Field(description="hard_bounce, soft_bounces, complaint, unsubscribed, erased, operator")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Feedback(SQLModel, table=True):
    """What a reader said of a notice by a button: the last word holds."""

    __table_args__ = (UniqueConstraint("subscriber_id", "notice_id"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    answer: str = Field(index=True, description="handled, not_for_us or need_help")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    note: str = ""


class Narrowing(SQLModel, table=True):
    """A narrower rule a reader took after "not for us"; what was added is kept, so that it can be undone."""

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    subscription_id: int = Field(foreign_key="subscription.id", index=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    field: str = Field(description="excludes or without")
    added: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    undone_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class HelpRequest(SQLModel, table=True):
    """A reader needs help with a notice: who answers, until when, and what was answered."""

    __table_args__ = (UniqueConstraint("subscriber_id", "notice_id"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    question: str = ""
    state: str = Field(default="open", index=True, description="open, answered or withdrawn")
    asked_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    due_on: dt.date = Field(description="when it is to be answered")
    owner: str = Field(default="", description="e-mail of the analyst")
    answer: str = ""
    answered_at: dt.datetime | None = Field(default=None, sa_type=Moment)
    answered_by: str = ""


class LevelWord(SQLModel, table=True):
    """An analyst raised or lowered a notice's level, and why; append-only, the newest holds."""

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    steps: int = Field(description="1: a level higher, -1: a level lower, 0: as the rule says")
    why: str
    by: str = Field(description="e-mail of the analyst")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Approval(SQLModel, table=True):
    """A person let a red warning go, having seen whom it reaches; or refused, and it goes as orange."""

    __table_args__ = (UniqueConstraint("notice_id", "version", "by"),)

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    version: int
    by: str = Field(description="e-mail of the person")
    granted: bool = Field(default=True, description="False: not red after all")
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    recipients: int = Field(default=0, description="how many persons it reached when it was approved")
    sample: str = Field(default="", description="the text the person saw")


class Alarm(SQLModel, table=True):
    """A promise that is or was broken, for the operator; one row for what it is about."""

    __table_args__ = (UniqueConstraint("kind", "about"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True, description="mail_ceiling, mail_canary, red_unproven …")
    about: str = Field(default="", description="what it is about, such as a notice")
    message: str
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    cleared_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class Switch(SQLModel, table=True):
    """Something a person stopped while the system runs."""

    name: str = Field(primary_key=True, description="mail")
    by: str = ""
    why: str = ""
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
