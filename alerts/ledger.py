"""Writing to the ledger so that a constraint, not a look, keeps every promise."""

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from config.settings import settings
from database import types
from database.tables import Letter, Suppression

MOST_ROWS = 500


def insert_new(session: Session, rows: Sequence[SQLModel]) -> list[Any]:
    """Insert rows of one table, skipping those a unique constraint refuses; the keys of the new ones."""
    made: list[Any] = []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), MOST_ROWS):
        some = rows[start : start + MOST_ROWS]
        table = type(some[0]).__table__  # type: ignore[attr-defined]
        primary = next(iter(table.primary_key))
        values = [row.model_dump(exclude={"id"}) for row in some]
        statement = dialect.insert(table).on_conflict_do_nothing().returning(primary)
        made.extend(session.execute(statement, values).scalars())
    return made


def key(row: Any) -> int:
    """The id of a stored row."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} is not stored yet")
    return int(row.id)


def keyed_hash(purpose: str, value: str) -> str:
    """A hash that only this installation can make, so that it tells a stranger nothing."""
    secret = settings().signing_key.encode()
    return hmac.new(secret, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def address_hash(email: str) -> str:
    """How an address stands in the list of those never to be written to."""
    return keyed_hash("address", email.casefold())


def suppress(session: Session, email: str, reason: str) -> None:
    """Never write to that address again: hard_bounce, complaint, unsubscribed or operator."""
    insert_new(session, [Suppression(address_hash=address_hash(email), reason=reason)])


def is_suppressed(session: Session, email: str) -> bool:
    """Whether the address must not be written to."""
    return session.get(Suppression, address_hash(email)) is not None


def sender_domain() -> str:
    """The domain of our own address."""
    return _domain_of(settings().mail_from)


@lru_cache(maxsize=4)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost.localdomain"


def kind_of(reason: str) -> str:
    """What happened; a correction's reason also says which one it is (`corrected_in_force_on:17`)."""
    return reason.partition(":")[0]


def is_correction(reason: str) -> bool:
    """Whether a person put a date right after it was told."""
    return reason.startswith("corrected_")


def new_letter(
    session: Session, subscriber_id: int, kind: str, due_at: dt.datetime | None = None, channel: str = "mail"
) -> Letter:
    """Owe a letter. Its Message-ID follows from its number, and is the same at every attempt."""
    return new_letters(session, [subscriber_id], kind, due_at, channel)[0]


def new_letters(
    session: Session,
    subscriber_ids: Sequence[int],
    kind: str,
    due_at: dt.datetime | None = None,
    channel: str = "mail",
) -> list[Letter]:
    """Owe each of these persons a letter."""
    now = types.now()
    letters = [
        Letter(
            subscriber_id=subscriber_id,
            kind=kind,
            message_id=secrets.token_hex(16),  # until the number is known, below
            channel=channel,
            created_at=now,
            due_at=due_at or now,
        )
        for subscriber_id in subscriber_ids
    ]
    session.add_all(letters)
    session.flush()
    for letter in letters:
        proof = keyed_hash("letter", str(letter.id))[:16]
        letter.message_id = f"<alert-{letter.id}-{proof}@{sender_domain()}>"
    session.flush()
    return letters
