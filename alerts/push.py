"""Stage: deliver copies of letters to endpoints, apart from mail so that neither holds up the other.

The ledger is that of mail: attempts are claimed before they are made, and repeated under the same identity.
"""

import asyncio
import logging
from collections.abc import Sequence

from sqlmodel import Session, col, select, update

from alerts import attempts
from alerts.channels import channel
from alerts.errors import NotDelivered, Unreachable
from alerts.notes import note
from database.session import reading, unit_of_work
from database.tables import Letter

log = logging.getLogger(__name__)

BATCH = 200
LANES = 16


def pending(session: Session, limit: int) -> list[int]:
    """Copies that are due and that nobody is sending."""
    return attempts.due(session, limit, col(Letter.endpoint_id).is_not(None))


def handle(ids: Sequence[int]) -> None:
    """Send them: endpoints side by side, the letters of one in their order."""
    asyncio.run(_push(ids))


async def _push(ids: Sequence[int]) -> None:
    with reading() as session:
        rows = session.exec(select(Letter.endpoint_id, Letter.id).where(col(Letter.id).in_(ids))).all()
    place = {letter_id: endpoint_id for endpoint_id, letter_id in rows}
    groups: dict[int | None, list[int]] = {}
    for letter_id in ids:
        if letter_id in place:
            groups.setdefault(place[letter_id], []).append(letter_id)
    lanes = asyncio.Semaphore(LANES)
    await asyncio.gather(*(_endpoint(group, lanes) for group in groups.values()))


async def _endpoint(letter_ids: Sequence[int], lanes: asyncio.Semaphore) -> None:
    async with lanes:
        for number, letter_id in enumerate(letter_ids):
            if not await _send(letter_id):
                _postpone(letter_ids[number + 1 :], after=letter_id)
                return


async def _send(letter_id: int) -> bool:
    """Whether the endpoint could be reached."""
    claimed = attempts.claim(letter_id)
    return True if claimed is None else await carry(letter_id, *claimed)


async def carry(letter_id: int, attempt_id: int, name: str) -> bool:
    """Make an attempt that was claimed, and record it; whether the endpoint could be reached."""
    try:
        with reading() as session:
            found = note(session, session.get_one(Letter, letter_id))
        reply = None if found is None else await channel(name).send(found)
    except NotDelivered as error:
        attempts.record(attempt_id, error)
        return not isinstance(error, Unreachable)
    except Exception as error:
        # A fault of ours: the letter waits like a deferred one and holds up no other.
        log.exception("push_failed letter=%s", letter_id)
        attempts.record(attempt_id, NotDelivered(type(error).__name__))
    else:
        attempts.record(attempt_id, reply)
    return True


def _postpone(letter_ids: Sequence[int], after: int) -> None:
    """What else waits for an endpoint that does not answer is tried when the first is tried again."""
    with unit_of_work() as session:
        until = session.get_one(Letter, after).due_at
        session.execute(
            update(Letter)
            .where(col(Letter.id).in_(letter_ids), col(Letter.outcome) == "", col(Letter.due_at) < until)
            .values(due_at=until)
        )
