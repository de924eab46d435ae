"""Stage: owe each endpoint of a person a copy of every letter the person is sent."""

import logging
from collections.abc import Sequence

from sqlmodel import Session, col, exists, select

from alerts import push
from alerts.ledger import key, new_letter
from alerts.notes import TEST
from database.session import reading, unit_of_work
from database.tables import Attempt, Endpoint, Letter

log = logging.getLogger(__name__)

BATCH = 100
COPIED = ("digest", "warning")


def _uncopied(session: Session, *conditions: object) -> Sequence[tuple[Letter, Endpoint]]:
    copy = Letter.__table__.alias("copy")  # type: ignore[attr-defined]
    done = exists().where(copy.c.copy_of == col(Letter.id), copy.c.endpoint_id == col(Endpoint.id))
    return session.exec(
        select(Letter, Endpoint)
        .join(Endpoint, col(Endpoint.subscriber_id) == col(Letter.subscriber_id))
        .where(
            Letter.channel == "mail",
            col(Letter.kind).in_(COPIED),
            col(Letter.created_at) >= col(Endpoint.created_at),
            col(Endpoint.disabled_at).is_(None),
            ~done,
            *conditions,  # type: ignore[arg-type]
        )
        .order_by(col(Letter.id))
    ).all()


def pending(session: Session, limit: int) -> list[int]:
    """Letters by mail that some endpoint of the person has no copy of."""
    found = dict.fromkeys(key(letter) for letter, _ in _uncopied(session))
    return list(found)[:limit]


def handle(ids: Sequence[int]) -> None:
    """Owe the copies; each letter's are one unit of work."""
    for letter_id in ids:
        with unit_of_work() as session:
            # The lock makes the look and the writing one step, also between two machines.
            session.exec(select(Letter).where(Letter.id == letter_id).with_for_update()).one()
            for letter, endpoint in _uncopied(session, Letter.id == letter_id):
                copy = new_letter(
                    session, letter.subscriber_id, letter.kind, letter.due_at, channel=endpoint.channel
                )
                copy.endpoint_id, copy.copy_of = endpoint.id, letter.id
                session.add(copy)
                log.info("relayed letter=%s copy=%s channel=%s", letter.id, copy.id, endpoint.channel)


def try_out(endpoint_id: int) -> Attempt:
    """Send a test message now; the attempt says what came of it. It takes as long as the other side does."""
    with unit_of_work() as session:
        endpoint = session.get_one(Endpoint, endpoint_id)
        letter = new_letter(session, endpoint.subscriber_id, TEST, channel=endpoint.channel)
        letter.endpoint_id = endpoint.id
        session.add(letter)
        number = key(letter)
    push.handle([number])
    with unit_of_work() as session:
        letter = session.get_one(Letter, number)
        if letter.outcome == "":
            letter.outcome = "dropped"  # a test that failed is not repeated behind the person's back
            session.add(letter)
    with reading() as session:
        return session.exec(select(Attempt).where(Attempt.letter_id == number)).one()
