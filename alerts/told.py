"""What a person was sent: the lines of their letters, also those a letter had no room for."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.facts import Item, item
from alerts.interest import subjects
from alerts.ledger import key
from database import types
from database.tables import Alert, Event, Letter, Subscriber, Subscription

PAGE = 30
MOST_OF_A_LETTER = 500


@dataclass(frozen=True)
class Told:
    """One line, and when its letter was made."""

    number: int
    at: dt.datetime
    line: Item


def told(
    session: Session,
    person: Subscriber,
    language: str,
    *,
    letter: int | None = None,
    before: int | None = None,
) -> tuple[list[Told], int | None]:
    """The newest lines, and before which number to go on; or all of one letter, in its order."""
    query = (
        select(Alert, Letter.created_at)
        .join(Letter, col(Letter.id) == col(Alert.letter_id))
        .where(Alert.subscriber_id == person.id, Alert.dropped == "")
    )
    if letter is not None:
        query = query.where(Alert.letter_id == letter)
    if before is not None:
        query = query.where(col(Alert.id) < before)
    most = PAGE if letter is None else MOST_OF_A_LETTER
    rows = session.exec(query.order_by(col(Alert.id).desc()).limit(most + 1)).all()
    found = _lines(session, person, language, [(alert, at) for alert, at in rows[:most]])
    if letter is not None:
        found.sort(key=lambda one: one.line.order)
    return found, found[-1].number if letter is None and len(rows) > most else None


def _lines(
    session: Session, person: Subscriber, language: str, rows: list[tuple[Alert, dt.datetime]]
) -> list[Told]:
    numbers = {alert.notice_id for alert, _ in rows}
    about = subjects(session, numbers)
    events = {
        (event.notice_id, event.version, event.reason): event
        for event in session.exec(select(Event).where(col(Event.notice_id).in_(numbers)))
    }
    # Also those that ended since: they are why it came.
    asked = {
        key(one): one
        for one in session.exec(select(Subscription).where(Subscription.subscriber_id == person.id))
    }
    now = types.now()
    return [
        Told(
            key(alert),
            at,
            item(
                alert, about[alert.notice_id], events.get((alert.notice_id, alert.version, alert.reason)),
                asked, language, now, who=person,
            ),
        )
        for alert, at in rows
    ]  # fmt: skip
