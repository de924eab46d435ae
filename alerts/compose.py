"""Stage: put all that is due for a person into one letter."""

import logging
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from alerts.ledger import new_letters
from alerts.standing import WARNING
from alerts.subscriptions import subscriptions
from database import types
from database.session import unit_of_work
from database.tables import Alert, Letter, Subscriber, Subscription

log = logging.getLogger(__name__)

BATCH = 1_000
TOGETHER = 200
ENDED = "subscription ended"


def _due() -> tuple[Any, ...]:
    return (
        col(Alert.letter_id).is_(None),
        Alert.dropped == "",
        col(Alert.due_at).is_not(None),
        col(Alert.due_at) <= types.now(),
    )


def pending(session: Session, limit: int) -> list[int]:
    """Subscribers to whom something is due."""
    return list(
        session.exec(
            select(Alert.subscriber_id)
            .where(*_due())
            .distinct()
            .order_by(col(Alert.subscriber_id))
            .limit(limit)
        )
    )


def handle(ids: Sequence[int]) -> None:
    """Compose one letter for each; a person's alerts and their letter are one unit of work."""
    for start in range(0, len(ids), TOGETHER):
        with unit_of_work() as session:
            letters = compose_all(session, ids[start : start + TOGETHER])
        for letter in letters:
            log.info("composed letter=%s kind=%s", letter.id, letter.kind)


def wanted(
    session: Session,
    subscriber: Subscriber | None,
    alerts: Sequence[Alert],
    running: Sequence[Subscription] | None = None,
) -> list[tuple[Alert, list[Subscription]]]:
    """The alerts that are still owed, each with the subscriptions that ask for it.

    `running` are the person's subscriptions, where a caller has read them already.
    """
    if subscriber is None or subscriber.confirmed_at is None or subscriber.ended_at is not None:
        return []
    active = {one.id: one for one in (subscriptions(session, subscriber) if running is None else running)}
    asking = [
        (alert, [active[c["subscription_id"]] for c in alert.because if c["subscription_id"] in active])
        for alert in alerts
    ]
    return [(alert, wanting) for alert, wanting in asking if wanting]


def drop_unwanted(
    session: Session,
    subscriber: Subscriber | None,
    alerts: Sequence[Alert],
    running: Sequence[Subscription] | None = None,
) -> list[tuple[Alert, list[Subscription]]]:
    """Like `wanted`, and record why the others are no longer owed."""
    kept = wanted(session, subscriber, alerts, running)
    still = {alert.id for alert, _ in kept}
    for alert in alerts:
        if alert.id not in still:
            alert.dropped = ENDED
            session.add(alert)
    return kept


def compose_all(session: Session, subscriber_ids: Sequence[int]) -> list[Letter]:
    """One letter each with all that is due for a person; none where nothing is, or another worker took it."""
    mine: dict[int, list[Alert]] = {}
    for alert in session.exec(
        select(Alert)
        .where(col(Alert.subscriber_id).in_(subscriber_ids), *_due())
        .order_by(col(Alert.id))
        .with_for_update(skip_locked=True)
    ):
        mine.setdefault(alert.subscriber_id, []).append(alert)
    people = {
        one.id: one for one in session.exec(select(Subscriber).where(col(Subscriber.id).in_(mine))).all()
    }
    running: dict[int, list[Subscription]] = {}
    for one in session.exec(
        select(Subscription)
        .where(
            col(Subscription.subscriber_id).in_(mine),
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
        )
        .order_by(col(Subscription.id))
    ):
        running.setdefault(one.subscriber_id, []).append(one)
    ready: dict[int, list[Alert]] = {}
    for number, alerts in mine.items():
        now = types.now()
        for alert, asking in drop_unwanted(session, people.get(number), alerts, running.get(number, [])):
            pauses = [one.paused_until for one in asking]
            if all(until is not None and until > now for until in pauses):
                alert.due_at = min(until for until in pauses if until is not None)
                session.add(alert)
            else:
                ready.setdefault(number, []).append(alert)
    warned = [number for number, alerts in ready.items() if any(one.reason == WARNING for one in alerts)]
    letters = new_letters(session, warned, WARNING)
    letters += new_letters(session, [number for number in ready if number not in warned], "digest")
    for letter in letters:
        for alert in ready[letter.subscriber_id]:
            alert.letter_id = letter.id
            session.add(alert)
    return letters
