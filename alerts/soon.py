"""Stage: a measure that enters into force within 30 days is an event of its own, once for each date.

Not for a notice first seen in the last week: its own letter said so.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.ledger import insert_new, key
from database import types
from database.session import unit_of_work
from database.tables import Event, Notice

log = logging.getLogger(__name__)

BATCH = 200
REASON = "in_force_soon"
AHEAD = dt.timedelta(days=30)
SETTLED = dt.timedelta(days=7)


def _near(session: Session, *conditions: Any) -> list[Notice]:
    now = types.now()
    day = today(now)
    near = session.exec(
        select(Notice)
        .where(
            col(Notice.in_force_on).between(day, day + AHEAD),
            col(Notice.withdrawn).is_(False),
            Notice.tags_sha256 != "",
            Notice.first_seen_at <= now - SETTLED,
            *conditions,
        )
        .order_by(col(Notice.id))
    ).all()
    announced = set(
        session.exec(
            select(Event.notice_id, Event.after).where(
                Event.reason == REASON, col(Event.notice_id).in_([one.id for one in near])
            )
        )
    )
    return [one for one in near if one.in_force_on and (one.id, one.in_force_on.isoformat()) not in announced]


def pending(session: Session, limit: int) -> list[int]:
    """Notices whose entry into force is near and not yet announced."""
    return [key(one) for one in _near(session)][:limit]


def handle(ids: Sequence[int]) -> None:
    """Announce them."""
    with unit_of_work() as session:
        # The locks make the look and the writing one step, also between two machines.
        session.exec(select(Notice.id).where(col(Notice.id).in_(ids)).with_for_update()).all()
        events = [
            Event(
                notice_id=key(one),
                version=one.version,
                reason=REASON,
                after=one.in_force_on.isoformat(),
                at=types.now(),
            )
            for one in _near(session, col(Notice.id).in_(ids))
            if one.in_force_on is not None
        ]
        made = insert_new(session, events)
    log.info("announced_in_force events=%d", len(made))
