"""A test message to an endpoint, at its owner's word: sent at once, never repeated, and not too often."""

import asyncio
import datetime as dt
import threading

from sqlmodel import Session, col, func, select

from alerts import push
from alerts.calls import InvalidEndpoint
from alerts.ledger import key, new_letter
from alerts.notes import TEST
from database import types, worker
from database.session import reading, unit_of_work
from database.tables import Attempt, Endpoint, Letter, Subscriber

PER_HOUR = 10
HOUR = dt.timedelta(hours=1)
# So many at once in a process: each may take as long as a slow endpoint does, and others have requests too.
AT_ONCE = 4

_lanes = threading.BoundedSemaphore(AT_ONCE)


def try_out(endpoint_id: int) -> Attempt:
    """Send a test message now, also to one that is switched off; the attempt says what came of it.

    It takes as long as the other side does. Raises InvalidEndpoint when there were too many.
    """
    if not _lanes.acquire(blocking=False):
        raise InvalidEndpoint("test", "tests_busy")
    try:
        with unit_of_work() as session:
            letter, attempt = _owe(session, session.get_one(Endpoint, endpoint_id))
        asyncio.run(push.carry(key(letter), key(attempt), letter.channel))
    finally:
        _lanes.release()
    with reading() as session:
        return session.get_one(Attempt, attempt.id)


def _owe(session: Session, one: Endpoint) -> tuple[Letter, Attempt]:
    """A letter that no stage picks up, and its one attempt."""
    session.exec(select(Subscriber).where(Subscriber.id == one.subscriber_id).with_for_update()).one()
    lately = session.exec(
        select(func.count())
        .select_from(Letter)
        .where(
            Letter.subscriber_id == one.subscriber_id,
            Letter.kind == TEST,
            col(Letter.created_at) > types.now() - HOUR,
        )
    ).one()
    if lately >= PER_HOUR:
        raise InvalidEndpoint("test", "too_many_tests", most=PER_HOUR)
    letter = new_letter(session, one.subscriber_id, TEST, channel=one.channel)
    letter.endpoint_id, letter.outcome = one.id, "dropped"
    attempt = Attempt(letter_id=key(letter), number=1, worker=worker.me(), started_at=types.now())
    session.add_all([letter, attempt])
    session.flush()
    return letter, attempt
