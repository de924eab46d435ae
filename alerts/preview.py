"""What a wish would have brought, shown before it is saved."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from alerts import wishes
from alerts.dates import today
from alerts.interest import Interest, Match, Subject, subjects
from alerts.ledger import key
from alerts.match import AHEAD_DAYS, is_ahead
from database import types
from database.tables import Notice, Subscription

DAYS = 30
MOST_A_WEEK = 25
MOST_READ = 5_000
EXAMPLES = 5
CHUNK = 500


@dataclass(frozen=True)
class Preview:
    """Counts and a few examples; `broad`: it would be sent weekly at most, `many`: better narrow it."""

    last_30_days: int
    open_now: int
    a_week: float
    broad: bool
    many: bool
    examples: list[tuple[Subject, str]]

    @property
    def warned(self) -> bool:
        """Whether the reader should be told to narrow the wish."""
        return self.broad or self.many


def preview(session: Session, wish: Mapping[str, Any]) -> Preview:
    """What the last 30 days, and everything still open, would have sent. Raises InvalidSubscription."""
    checked = wishes.checked(dict(wish))
    interest = Interest(Subscription(id=0, subscriber_id=0, token="", **checked))
    now = types.now()
    day = today(now)
    published = col(Notice.published_on) > _since(day)
    ahead = or_(
        col(Notice.comment_deadline) >= day - dt.timedelta(days=1),
        col(Notice.in_force_on).between(day, day + dt.timedelta(days=AHEAD_DAYS)),
    )
    found = _found(session, interest, day, or_(published, ahead))
    recent = [one for one, _ in found if _is_recent(one.notice, day)]
    still = [one for one, _ in found if is_ahead(one.notice, now)]
    a_week = round(7 * len(recent) / DAYS, 1)
    found.sort(
        key=lambda one: (
            -one[1].rank,
            -(one[0].notice.published_on or dt.date.min).toordinal(),
            -key(one[0].notice),
        )
    )
    return Preview(
        last_30_days=len(recent),
        open_now=len(still),
        a_week=a_week,
        broad=wishes.is_broad(checked),
        many=a_week > MOST_A_WEEK,
        examples=[(subject, match.relevance) for subject, match in found[:EXAMPLES]],
    )


def lately(session: Session, interest: Interest, day: dt.date) -> list[tuple[Subject, Match]]:
    """What the last 30 days would have sent by one subscription."""
    return _found(session, interest, day, col(Notice.published_on) > _since(day))


def _since(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=DAYS)


def _is_recent(notice: Notice, day: dt.date) -> bool:
    return notice.published_on is not None and notice.published_on > _since(day)


def _found(
    session: Session, interest: Interest, day: dt.date, condition: ColumnElement[bool]
) -> list[tuple[Subject, Match]]:
    """The notices under a condition that the interest wants, of the newest MOST_READ."""
    ids = session.exec(
        select(Notice.id)
        .where(Notice.tags_sha256 != "", condition)
        .order_by(col(Notice.published_on).desc(), col(Notice.id).desc())
        .limit(MOST_READ)
    ).all()
    found = []
    for start in range(0, len(ids), CHUNK):
        about = subjects(session, [number for number in ids[start : start + CHUNK] if number is not None])
        found += [
            (subject, match)
            for subject in about.values()
            if (match := interest.wants(subject, day)) is not None
        ]
    return found
