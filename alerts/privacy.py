"""What we hold of a person: handed out on request, and erased on request.

Whatever table has a `subscriber_id` belongs to the person it names, also one that is added later.
"""

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import Select, Table, delete, select, update
from sqlmodel import Session, SQLModel, col

import database.tables  # noqa: F401 (fills the metadata)
from alerts.calls import masked
from alerts.ledger import is_suppressed, key, suppress
from database import types
from database.tables import Attempt, Bounce, Letter, Subscriber

# Links and signatures: not about the person, and whoever reads the export could act in their name.
SECRET = ("token", "secret", "old_secret")
GONE = "@erased.invalid"


def _owned() -> list[Table]:
    """Tables with rows of a person, those that others refer to first."""
    return [table for table in SQLModel.metadata.sorted_tables if "subscriber_id" in table.c]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def _rows(session: Session, table: Table, *conditions: Any) -> list[dict[str, Any]]:
    found = session.execute(select(table).where(*conditions).order_by(*table.primary_key)).mappings()
    return [{name: _plain(value) for name, value in row.items() if name not in SECRET} for row in found]


def export(session: Session, subscriber: Subscriber) -> dict[str, Any]:
    """Everything held of a person, ready for JSON: by table, each letter with its attempts and bounces."""
    number = key(subscriber)
    person = SQLModel.metadata.tables["subscriber"]
    [own] = _rows(session, person, person.c.id == number)
    held: dict[str, Any] = {
        "exported_at": types.now().isoformat(),
        "subscriber": own,
        "suppressed": is_suppressed(session, subscriber.email),
    }
    for table in _owned():
        held[f"{table.name}s"] = _rows(session, table, table.c.subscriber_id == number)
    for endpoint in held["endpoints"]:
        endpoint["url"] = masked(endpoint["url"])  # a robot's key is part of its address
    for letter in held["letters"]:
        for name in ("attempt", "bounce"):
            table = SQLModel.metadata.tables[name]
            letter[f"{name}s"] = _rows(session, table, table.c.letter_id == letter["id"])
    return held


def erase(session: Session, subscriber: Subscriber) -> None:
    """Forget a person; only a keyed hash of the address stays, so that nobody writes to it again."""
    suppress(session, subscriber.email, "erased")
    anonymise(session, subscriber)


def anonymise(session: Session, subscriber: Subscriber) -> None:
    """Keep of a person only that letters were sent, and what became of them, for statistics."""
    number = key(subscriber)
    session.flush()
    mine = col(Letter.subscriber_id) == number
    session.execute(update(Letter).where(mine, col(Letter.outcome) == "").values(outcome="dropped"))
    session.execute(update(Letter).where(mine).values(endpoint_id=None, copy_of=None))
    session.execute(update(Attempt).where(col(Attempt.letter_id).in_(_letters(number))).values(reply=""))
    for table in reversed(_owned()):
        if table.name != "letter":
            session.execute(delete(table).where(table.c.subscriber_id == number))
    subscriber.email, subscriber.token = f"{number}{GONE}", secrets.token_urlsafe(12)
    subscriber.consent, subscriber.language = {}, "zh"
    subscriber.ended_at = subscriber.ended_at or types.now()
    subscriber.confirmed_at = None
    session.add(subscriber)
    session.flush()
    session.expire_all()


def _letters(number: int) -> Select[int | None]:
    return select(col(Letter.id)).where(col(Letter.subscriber_id) == number)


def leftovers(session: Session, before: dt.datetime) -> list[int]:
    """Forgotten persons whose last letter is older than a moment."""
    recent = select(col(Letter.id)).where(
        col(Letter.subscriber_id) == col(Subscriber.id), col(Letter.created_at) > before
    )
    found = session.execute(
        select(col(Subscriber.id)).where(col(Subscriber.email).endswith(GONE), ~recent.exists())
    ).scalars()
    return sorted(number for number in found if number is not None)


def remove(session: Session, number: int) -> None:
    """Delete the last traces of a forgotten person: letters, attempts, bounces and the empty row."""
    session.execute(delete(Attempt).where(col(Attempt.letter_id).in_(_letters(number))))
    session.execute(delete(Bounce).where(col(Bounce.letter_id).in_(_letters(number))))
    session.execute(delete(Letter).where(col(Letter.subscriber_id) == number))
    session.execute(delete(Subscriber).where(col(Subscriber.id) == number))
