"""Stage: monitored courtesy copies. Each seed box is an ordinary subscriber of everything.

A person looks into these boxes, one at each great mail provider, to see that letters arrive and how they
look. They travel the whole way like anybody's; red warnings too, though a box makes nothing that they could
directly concern. A box that gets nothing while others do rings an alarm.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from alerts import alarms, wishes
from alerts.ledger import key
from alerts.subscriptions import subscribe, subscriptions
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Alarm, Attempt, Letter, Subscriber

log = logging.getLogger(__name__)

BATCH = 50
NAME = "seed box"
KIND = "seed_silent"
PATIENCE = dt.timedelta(hours=26)  # a day, and the hours of a late digest


@dataclass(frozen=True)
class Box:
    """A seed box, and when a server last took a letter to it."""

    address: str
    last: dt.datetime | None
    silent: bool


def addresses() -> list[str]:
    """The boxes of TBT_SEED_BOXES as they are stored."""
    return [wishes.address(one) for one in settings().seed_boxes]


def boxes(session: Session) -> list[Box]:
    """Each box and how it fares."""
    now = types.now()
    newest = session.exec(
        select(func.max(Attempt.started_at)).where(
            Attempt.outcome == "accepted", col(Attempt.started_at) > now - PATIENCE
        )
    ).one()
    found = []
    for address in addresses():
        person = _person(session, address)
        last = None if person is None else _last(session, person)
        begun = None if person is None else person.confirmed_at
        settled = begun is not None and begun < now - PATIENCE
        silent = settled and newest is not None and (last is None or last < now - PATIENCE)
        found.append(Box(address, last, silent))
    return found


def people(session: Session) -> set[int]:
    """Who the boxes are as subscribers; nobody is warned by a letter to one."""
    if not settings().seed_boxes:
        return set()
    return {
        number
        for number in session.exec(select(Subscriber.id).where(col(Subscriber.email).in_(addresses())))
        if number is not None
    }


def _person(session: Session, address: str) -> Subscriber | None:
    return session.exec(select(Subscriber).where(Subscriber.email == address)).first()


def _last(session: Session, person: Subscriber) -> dt.datetime | None:
    return session.exec(
        select(func.max(Attempt.started_at))
        .join(Letter, col(Letter.id) == col(Attempt.letter_id))
        .where(Letter.subscriber_id == person.id, Attempt.outcome == "accepted")
    ).one()


def pending(session: Session, limit: int) -> list[int]:
    """Places in the list of boxes that are not subscribed, or whose alarm does not say what is so."""
    if not settings().seed_boxes:
        return []
    ringing = set(
        session.exec(select(Alarm.about).where(Alarm.kind == KIND, col(Alarm.cleared_at).is_(None)))
    )
    return [
        place
        for place, box in enumerate(boxes(session))
        if _is_missing(session, box.address) or box.silent != (_about(place) in ringing)
    ][:limit]


def _is_missing(session: Session, address: str) -> bool:
    person = _person(session, address)
    return person is None or not subscriptions(session, person)


def _about(place: int) -> str:
    """Never the address: alarms are logged."""
    return f"box {place + 1}"


def handle(ids: Sequence[int]) -> None:
    """Subscribe the missing ones; ring for the silent ones."""
    with reading() as session:
        silent = [box.silent for box in boxes(session)]
    for place in ids:
        with unit_of_work() as session:
            address = addresses()[place]
            if _is_missing(session, address):
                _enrol(session, address)
                log.info("seed_enrolled box=%d", place + 1)
            elif silent[place]:
                alarms.ring(session, KIND, "no letter was taken for a day while others were", _about(place))
            else:
                alarms.clear(session, KIND, _about(place))


def _enrol(session: Session, address: str) -> None:
    """All notices, every day; the operator who set the address has consented."""
    one = subscribe(session, address, name=NAME, pace="daily", quiet=True, consent={"source": "settings"})
    person = session.get_one(Subscriber, one.subscriber_id)
    now = types.now()
    person.confirmed_at, person.ended_at = person.confirmed_at or now, None
    one.pace, one.confirmed_at, one.looked_back_at = "daily", now, now
    session.add_all([person, one])
    waiting = select(Letter).where(Letter.subscriber_id == key(person), Letter.kind == "confirmation")
    for letter in session.exec(waiting.where(Letter.outcome == "")):
        letter.outcome = "dropped"
        session.add(letter)
    session.flush()
