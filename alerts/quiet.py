"""Stage: who asked for it hears at the usual hour that nothing matched: silence is no fault then."""

import datetime as dt
import logging
from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts import briefs
from alerts.dates import next_slot
from alerts.ledger import key, new_letter
from alerts.match import running
from database import types
from database.session import unit_of_work
from database.tables import Alert, Letter, Subscriber, Subscription

log = logging.getLogger(__name__)

BATCH = 500
KIND = "quiet"
PERIODS = {"daily": dt.timedelta(days=1), "weekly": dt.timedelta(days=7)}
# Said at its hour or not at all: whoever was down for a day does not send yesterday's silence.
STILL = dt.timedelta(hours=6)


def slot(one: Subscription, now: dt.datetime) -> tuple[dt.datetime, dt.timedelta] | None:
    """The hour of a digest that came last, and the time it stands for; None: none came lately."""
    period = PERIODS.get(one.pace)
    if period is None:
        return None
    last = next_slot(now - period + dt.timedelta(microseconds=1), one.pace, one.weekday, one.hour)
    if last is None or not now - STILL <= last <= now:
        return None
    return last, period


def _silent(session: Session, *conditions: object) -> dict[int, dt.datetime]:
    """Persons to whom nothing was or is owed in their period, with the hour."""
    now = types.now()
    asking = session.exec(
        select(Subscription)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(col(Subscription.quiet).is_(True), *running(), *conditions)  # type: ignore[arg-type]
        .order_by(col(Subscription.id))
    ).all()
    due: dict[int, tuple[dt.datetime, dt.timedelta]] = {}
    for one in asking:
        found = slot(one, now)
        if found is not None and one.confirmed_at is not None and one.confirmed_at < found[0]:
            due.setdefault(one.subscriber_id, found)
    letters = session.exec(
        select(Letter.subscriber_id, Letter.created_at).where(
            col(Letter.subscriber_id).in_(due),
            col(Letter.kind).not_in(("confirmation", *briefs.KINDS)),
            Letter.created_at > now - PERIODS["weekly"] - STILL,
        )
    )
    waiting = session.exec(
        select(Alert.subscriber_id, Alert.due_at).where(
            col(Alert.subscriber_id).in_(due), col(Alert.letter_id).is_(None), Alert.dropped == ""
        )
    )
    for person, at in letters:
        if person in due and at > due[person][0] - due[person][1]:
            del due[person]
    for person, when in waiting:
        if person in due and when is not None and when <= now:
            del due[person]
    return {person: at for person, (at, _) in due.items()}


def pending(session: Session, limit: int) -> list[int]:
    """Persons who are to hear that nothing matched."""
    return list(_silent(session))[:limit]


def handle(ids: Sequence[int]) -> None:
    """Owe each a letter that says so; the constraint on its hour sees to it that it is one."""
    for person in ids:
        with unit_of_work() as session:
            session.exec(select(Subscriber.id).where(Subscriber.id == person).with_for_update()).all()
            at = _silent(session, Subscription.subscriber_id == person).get(person)
            if at is None:
                continue
            letter = new_letter(session, person, KIND)
            letter.slot = at
            session.add(letter)
            log.info("composed letter=%s kind=%s", key(letter), KIND)
