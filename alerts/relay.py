"""Stage: owe each endpoint of a person a copy of every letter the person is sent."""

import logging
from collections.abc import Sequence

from sqlmodel import Session, col, exists, func, select

from alerts.ledger import key, new_letter
from database.session import unit_of_work
from database.tables import Endpoint, Letter

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
            col(Letter.created_at) >= func.coalesce(Endpoint.since, Endpoint.created_at),
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
