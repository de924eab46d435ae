"""Stage: an hour after a red warning was let go, somebody must have got it; if not, an alarm rings until so.

Looked at again for two days. A warning that concerned nobody owes no proof.
"""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from alerts import alarms, seeds
from alerts.ledger import key
from alerts.standing import WARNING
from database import types
from database.session import unit_of_work
from database.tables import Alarm, Alert, Event, Letter

BATCH = 100
KIND = "red_unproven"
AFTER, UNTIL = dt.timedelta(hours=1), dt.timedelta(hours=48)


def proof(session: Session, event: Event) -> tuple[int, int]:
    """How many persons are owed this warning, and to how many the letter was handed over; no seed box."""
    owed = (
        Alert.notice_id == event.notice_id,
        Alert.version == event.version,
        Alert.reason == WARNING,
        col(Alert.subscriber_id).not_in(seeds.people(session)),
    )
    all_ = session.exec(select(func.count()).select_from(Alert).where(*owed)).one()
    sent = session.exec(
        select(func.count())
        .select_from(Alert)
        .join(Letter, col(Letter.id) == col(Alert.letter_id))
        .where(*owed, Letter.outcome == "sent")
    ).one()
    return all_, sent


def _is_broken(session: Session, event: Event) -> bool:
    owed, sent = proof(session, event)
    return owed > 0 and sent == 0


def pending(session: Session, limit: int) -> list[int]:
    """Warnings whose alarm does not say what is so."""
    now = types.now()
    ringing = set(
        session.exec(select(Alarm.about).where(Alarm.kind == KIND, col(Alarm.cleared_at).is_(None)))
    )
    events = session.exec(
        select(Event)
        .where(Event.reason == WARNING, col(Event.at).between(now - UNTIL, now - AFTER))
        .order_by(col(Event.id))
    ).all()
    return [key(one) for one in events if _is_broken(session, one) != (str(one.id) in ringing)][:limit]


def handle(ids: Sequence[int]) -> None:
    """Ring or clear."""
    with unit_of_work() as session:
        for event in session.exec(select(Event).where(col(Event.id).in_(ids))).all():
            if _is_broken(session, event):
                alarms.ring(
                    session,
                    KIND,
                    f"red warning of notice {event.notice_id}: no letter was taken",
                    str(event.id),
                )
            else:
                alarms.clear(session, KIND, str(event.id))
