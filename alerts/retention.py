"""Forgetting in time.

address            replaced 28 days after the last subscription ended; until then an accident can be undone
unconfirmed wish   deleted after 7 days, and the address with it when nothing else is known of it
letters, attempts  of forgotten persons deleted after a year; of readers, attempts after a year
text of a letter   never stored

What a reader was sent stays for as long as they are one: it is what keeps anything from coming twice.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, exists, func, or_, select

from alerts.privacy import GONE, anonymise, leftovers, remove
from alerts.subscriptions import PENDING_DAYS, UNDO
from database import types
from database.session import reading, unit_of_work
from database.tables import Attempt, Bounce, Letter, Subscriber, Subscription

log = logging.getLogger(__name__)

STATISTICS = dt.timedelta(days=365)
ROWS = 500


@dataclass(frozen=True)
class Tally:
    """How much was forgotten."""

    wishes: int
    persons: int
    attempts: int
    removed: int


def tidy() -> Tally:
    """Forget what is due; safe to repeat and to stop at any moment. To be run once a day."""
    now = types.now()
    tally = Tally(
        wishes=_wishes(now - dt.timedelta(days=PENDING_DAYS)),
        persons=_each(_to_forget(now), _forget),
        attempts=_attempts(now - STATISTICS),
        removed=_each(_left_over(now - STATISTICS), remove),
    )
    log.info(
        "forgotten wishes=%d persons=%d attempts=%d removed=%d",
        tally.wishes,
        tally.persons,
        tally.attempts,
        tally.removed,
    )
    return tally


def _each(numbers: Iterable[int], forget: Callable[[Session, int], None]) -> int:
    """One person is one short unit of work."""
    count = 0
    for number in numbers:
        with unit_of_work() as session:
            forget(session, number)
        count += 1
    return count


def _forget(session: Session, number: int) -> None:
    subscriber = session.exec(
        # Asked again under the lock: they may have come back this moment.
        select(Subscriber).where(Subscriber.id == number, *_gone(types.now())).with_for_update()
    ).first()
    if subscriber is not None:
        anonymise(session, subscriber)


def _gone(now: dt.datetime) -> tuple[ColumnElement[bool] | Any, ...]:
    """Persons who left 28 days ago, whole or by ending each subscription, or who never confirmed."""
    mine = select(Subscription.id).where(col(Subscription.subscriber_id) == col(Subscriber.id))
    waiting = mine.where(col(Subscription.confirmed_at).is_(None), col(Subscription.ended_at).is_(None))
    running = mine.where(col(Subscription.confirmed_at).is_not(None), col(Subscription.ended_at).is_(None))
    last = (
        select(func.max(Subscription.ended_at))
        .where(col(Subscription.subscriber_id) == col(Subscriber.id))
        .scalar_subquery()
    )
    return (
        ~col(Subscriber.email).endswith(GONE),
        ~waiting.exists(),
        or_(
            col(Subscriber.ended_at) < now - UNDO,
            ~running.exists() & (last < now - UNDO),
            ~mine.exists() & (col(Subscriber.created_at) < now - dt.timedelta(days=PENDING_DAYS)),
        ),
    )


def _to_forget(now: dt.datetime) -> list[int]:
    with reading() as session:
        found = session.exec(select(Subscriber.id).where(*_gone(now)).order_by(col(Subscriber.id)))
        return [number for number in found if number is not None]


def _left_over(before: dt.datetime) -> list[int]:
    with reading() as session:
        return leftovers(session, before)


def _wishes(before: dt.datetime) -> int:
    with unit_of_work() as session:
        done = session.execute(
            delete(Subscription).where(
                col(Subscription.confirmed_at).is_(None), col(Subscription.created_at) < before
            )
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def _attempts(before: dt.datetime) -> int:
    """In portions, so that nobody waits long for the lock."""
    count = 0
    while True:
        with unit_of_work() as session:
            old = session.exec(
                select(Attempt.id)
                .join(Letter, col(Letter.id) == col(Attempt.letter_id))
                .where(Letter.outcome != "", col(Attempt.started_at) < before)
                .where(~exists().where(col(Bounce.letter_id) == col(Letter.id), col(Bounce.at) >= before))
                .limit(ROWS)
            ).all()
            session.execute(delete(Attempt).where(col(Attempt.id).in_(old)))
        count += len(old)
        if len(old) < ROWS:
            return count
