"""Firms and associations with several recipients, by their unified social credit code (GB 32100-2015)."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts.errors import InvalidSubscription
from alerts.ledger import insert_new
from database import types
from database.tables import Organisation, Subscriber

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
LENGTH = 18
LONGEST_NAME = 120


def uscc(code: str) -> str:
    """The code as it is stored, its check character verified. Raises InvalidSubscription."""
    found = "".join(code.split()).replace("-", "").upper()
    if len(found) != LENGTH or any(c not in ALPHABET for c in found) or found[-1] != check(found[:-1]):
        raise InvalidSubscription("uscc", "uscc", value=code[:40])
    return found


def check(first: str) -> str:
    """The check character of the first seventeen."""
    total = sum(ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(first))
    return ALPHABET[-total % 31]


def join(session: Session, subscriber: Subscriber, code: str, name: str = "") -> Organisation:
    """Make a person a recipient of an organisation. Raises InvalidSubscription for a wrong code."""
    known = uscc(code)
    clean = " ".join(name.split())[:LONGEST_NAME]
    insert_new(session, [Organisation(uscc=known, name=clean, created_at=types.now())])
    found = session.exec(select(Organisation).where(Organisation.uscc == known)).one()
    if clean and not found.name:
        found.name = clean
        session.add(found)
    subscriber.organisation_id = found.id
    session.add(subscriber)
    session.flush()
    return found


def leave(session: Session, subscriber: Subscriber) -> None:
    """The person is no longer a recipient of any organisation."""
    subscriber.organisation_id = None
    session.add(subscriber)
    session.flush()


def recipients(session: Session, organisation: Organisation) -> Sequence[Subscriber]:
    """The persons of an organisation that get mail; each has subscriptions and letters of their own."""
    return session.exec(
        select(Subscriber)
        .where(
            Subscriber.organisation_id == organisation.id,
            col(Subscriber.confirmed_at).is_not(None),
            col(Subscriber.ended_at).is_(None),
        )
        .order_by(col(Subscriber.id))
    ).all()
