"""What a wish would have brought, shown before it is saved."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from alerts import wishes
from alerts.dates import today
from alerts.interest import Interest, Subject, subjects
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
    examples: list[tuple[Notice, str]]

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
    recent = day - dt.timedelta(days=DAYS)
    ids = session.exec(
        select(Notice.id)
        .where(
            Notice.tags_sha256 != "",
            or_(
                col(Notice.published_on) > recent,
                col(Notice.comment_deadline) >= day - dt.timedelta(days=1),
                col(Notice.in_force_on).between(day, day + dt.timedelta(days=AHEAD_DAYS)),
            ),
        )
        .order_by(col(Notice.published_on).desc(), col(Notice.id).desc())
        .limit(MOST_READ)
    ).all()
    found: list[tuple[Subject, str, int]] = []
    for start in range(0, len(ids), CHUNK):
        about = subjects(session, [number for number in ids[start : start + CHUNK] if number is not None])
        found += [
            (subject, match.relevance, match.rank)
            for subject in about.values()
            if (match := interest.wants(subject, day)) is not None
        ]
    lately = [s for s, _, _ in found if s.notice.published_on is not None and s.notice.published_on > recent]
    still = [s for s, _, _ in found if is_ahead(s.notice, now)]
    a_week = round(7 * len(lately) / DAYS, 1)
    found.sort(
        key=lambda one: (
            -one[2],
            -(one[0].notice.published_on or dt.date.min).toordinal(),
            -key(one[0].notice),
        )
    )
    return Preview(
        last_30_days=len(lately),
        open_now=len(still),
        a_week=a_week,
        broad=wishes.is_broad(checked),
        many=a_week > MOST_A_WEEK,
        examples=[(subject.notice, relevance) for subject, relevance, _ in found[:EXAMPLES]],
    )
