"""Where a person wants the same letters besides the mailbox: webhooks and group robots.

An endpoint gets a copy of each letter, in the ledger like a mail: tried again for days, never owed twice.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import cast

from sqlmodel import Session, col, func, select

from alerts import channels
from alerts.calls import Gone, InvalidEndpoint
from alerts.errors import NotDelivered
from alerts.ledger import key
from alerts.notes import TEST, kept_alerts
from database import types
from database.tables import Attempt, Endpoint, Letter, Subscriber

log = logging.getLogger(__name__)

MOST_ENDPOINTS = 5
# Given up when so many attempts in a row failed, over at least so long: an hour's outage harms nobody.
MOST_FAILURES = 8
FAILING = dt.timedelta(days=2)


def kinds() -> tuple[str, ...]:
    """The channels that lead to an endpoint."""
    return tuple(name for name in channels.names() if hasattr(channels.channel(name), "endpoint"))


def add(session: Session, subscriber: Subscriber, channel: str, url: str, secret: str = "") -> Endpoint:
    """Store an endpoint, or switch a known one on again. Nothing is called. Raises InvalidEndpoint.

    Its secret is the one given, or for a webhook a new one; show it to the person once.
    """
    if channel not in kinds():
        raise InvalidEndpoint("channel", "unknown_channel", value=channel, known=", ".join(kinds()))
    module = cast(ModuleType, channels.channel(channel))
    url, secret = module.endpoint(url.strip(), secret.strip())
    # The person's row is the lock that makes counting and adding one step.
    session.exec(select(Subscriber).where(Subscriber.id == subscriber.id).with_for_update()).one()
    known = session.exec(
        select(Endpoint).where(
            Endpoint.subscriber_id == subscriber.id, Endpoint.channel == channel, Endpoint.url == url
        )
    ).first()
    if known is None and _count(session, subscriber) >= MOST_ENDPOINTS:
        raise InvalidEndpoint("url", "too_many_endpoints", most=MOST_ENDPOINTS)
    one = known or Endpoint(subscriber_id=key(subscriber), channel=channel, url=url, created_at=types.now())
    one.secret, one.disabled_at, one.disabled_why = secret, None, ""
    one.failures, one.failing_since = 0, None
    session.add(one)
    session.flush()
    return one


def _count(session: Session, subscriber: Subscriber) -> int:
    return session.exec(
        select(func.count()).select_from(Endpoint).where(Endpoint.subscriber_id == subscriber.id)
    ).one()


def endpoints(session: Session, subscriber: Subscriber) -> Sequence[Endpoint]:
    """All endpoints of a person, also those that are switched off."""
    return session.exec(
        select(Endpoint).where(Endpoint.subscriber_id == subscriber.id).order_by(col(Endpoint.id))
    ).all()


def find(session: Session, subscriber: Subscriber, endpoint_id: int) -> Endpoint:
    """One of a person's endpoints. Raises InvalidEndpoint for any other."""
    one = session.get(Endpoint, endpoint_id)
    if one is None or one.subscriber_id != subscriber.id:
        raise InvalidEndpoint("url", "unknown_endpoint", value=endpoint_id)
    return one


def disable(session: Session, one: Endpoint, why: str = "person") -> None:
    """Send nothing there any more; adding it again switches it on."""
    if one.disabled_at is None:
        one.disabled_at, one.disabled_why = types.now(), why
        session.add(one)
        session.flush()
        log.info("endpoint_disabled endpoint=%s channel=%s why=%s", one.id, one.channel, why)


def history(session: Session, one: Endpoint, most: int = 50) -> Sequence[Attempt]:
    """The last attempts to reach an endpoint, newest first."""
    return session.exec(
        select(Attempt)
        .join(Letter, col(Letter.id) == col(Attempt.letter_id))
        .where(Letter.endpoint_id == one.id)
        .order_by(col(Attempt.id).desc())
        .limit(most)
    ).all()


def is_wanted(session: Session, letter: Letter) -> bool:
    """Whether the endpoint still stands and the person still asks for what the letter holds."""
    one = session.get_one(Endpoint, letter.endpoint_id)
    if one.disabled_at is not None:
        return False
    return letter.kind == TEST or bool(kept_alerts(session, letter))


def settle(session: Session, letter: Letter, result: str | NotDelivered | None) -> None:
    """Count what became of an attempt, and switch the endpoint off when it is gone or fails for days."""
    one = session.exec(select(Endpoint).where(Endpoint.id == letter.endpoint_id).with_for_update()).one()
    if result is None:
        return
    if isinstance(result, str):
        one.failures, one.failing_since, one.last_reply = 0, None, result
    else:
        one.failures += 1
        one.failing_since = one.failing_since or types.now()
        one.last_reply = result.reply
        if isinstance(result, Gone):
            disable(session, one, "gone")
        elif one.failures >= MOST_FAILURES and types.now() - one.failing_since >= FAILING:
            disable(session, one, "failing")
    session.add(one)
