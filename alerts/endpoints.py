"""Where a person wants the same letters besides the mailbox: webhooks and group robots.

An endpoint gets a copy of each letter, in the ledger like a mail: tried again for days, never owed twice.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import cast

from sqlmodel import Session, col, select, update

from alerts import channels
from alerts.calls import Gone, InvalidEndpoint, masked
from alerts.errors import NotDelivered
from alerts.ledger import key, keyed_hash
from alerts.notes import TEST, kept_alerts
from database import types
from database.tables import Attempt, Endpoint, Letter, Subscriber, Subscription

log = logging.getLogger(__name__)

MOST_ENDPOINTS = 5
# Given up when so many attempts in a row failed, over at least so long: an hour's outage harms nobody.
MOST_FAILURES = 8
FAILING = dt.timedelta(days=2)


def kinds() -> tuple[str, ...]:
    """The channels that lead to an endpoint."""
    return tuple(name for name in channels.names() if hasattr(channels.channel(name), "endpoint"))


def add(
    session: Session,
    subscriber: Subscriber,
    channel: str,
    url: str,
    secret: str = "",
    chosen: Iterable[int] = (),
) -> Endpoint:
    """Store an endpoint, for the chosen subscriptions or (none named) all. Nothing is called.

    Its secret is the one given, or for a webhook a new one: show it once. Raises InvalidEndpoint.
    """
    if channel not in kinds():
        raise InvalidEndpoint("channel", "unknown_channel", value=channel, known=", ".join(kinds()))
    url, secret = _module(channel).endpoint(url.strip(), secret.strip())
    # The person's row is the lock that makes counting and adding one step.
    session.exec(select(Subscriber).where(Subscriber.id == subscriber.id).with_for_update()).one()
    mine = endpoints(session, subscriber)
    if any((one.channel, one.url) == (channel, url) for one in mine):
        raise InvalidEndpoint("url", "known_endpoint", url=masked(url))
    if len(mine) >= MOST_ENDPOINTS:
        raise InvalidEndpoint("url", "too_many_endpoints", most=MOST_ENDPOINTS)
    one = Endpoint(
        subscriber_id=key(subscriber), channel=channel, url=url, secret=secret, created_at=types.now()
    )
    choose(session, one, chosen)
    log.info("endpoint_added endpoint=%s channel=%s", one.id, one.channel)
    return one


def _module(channel: str) -> ModuleType:
    return cast(ModuleType, channels.channel(channel))


def makes_secret(channel: str) -> bool:
    """Whether messages of this channel are signed with a secret that is made here."""
    return getattr(_module(channel), "SIGNS_WITH", "") == "ours"


def choose(session: Session, one: Endpoint, chosen: Iterable[int]) -> None:
    """Send there only what these subscriptions of the person bring; none: all. Raises InvalidEndpoint."""
    known = session.exec(select(Subscription.id).where(Subscription.subscriber_id == one.subscriber_id)).all()
    wanted = sorted(set(chosen))
    if foreign := set(wanted) - set(known):
        raise InvalidEndpoint("subscription", "unknown_subscription", value=min(foreign))
    one.subscriptions = wanted
    session.add(one)
    session.flush()


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
    """Send nothing there any more; what waits is dropped."""
    if one.disabled_at is None:
        one.disabled_at, one.disabled_why = types.now(), why
        session.add(one)
        session.flush()
        log.info("endpoint_disabled endpoint=%s channel=%s why=%s", one.id, one.channel, why)


def enable(session: Session, one: Endpoint) -> None:
    """Send there again, from now on: letters of the time between came by mail."""
    if one.disabled_at is not None:
        one.disabled_at, one.disabled_why, one.since = None, "", types.now()
        one.failures, one.failing_since = 0, None
        session.add(one)
        session.flush()
        log.info("endpoint_enabled endpoint=%s channel=%s", one.id, one.channel)


def edition(one: Endpoint) -> str:
    """Which secret an endpoint has, without telling anything of it."""
    return keyed_hash("secret", one.secret)[:12]


def roll(session: Session, one: Endpoint, known: str) -> str:
    """Replace the secret that was made here; for a day both sign. The new one, to be shown once.

    `known` is the edition the person saw: a form sent twice rolls once. Raises InvalidEndpoint.
    """
    if not makes_secret(one.channel):
        raise InvalidEndpoint("secret", "no_secret_of_ours")
    if known != edition(one):
        raise InvalidEndpoint("secret", "rolled_already")
    one.old_secret, one.rolled_at = one.secret, types.now()
    _, one.secret = _module(one.channel).endpoint(one.url, "")
    session.add(one)
    session.flush()
    log.info("endpoint_rolled endpoint=%s channel=%s", one.id, one.channel)
    return one.secret


def remove(session: Session, one: Endpoint) -> None:
    """Forget an endpoint and what it answered; that letters were sent stays, for statistics."""
    mine = col(Letter.endpoint_id) == one.id
    letters = select(Letter.id).where(mine)
    session.execute(update(Attempt).where(col(Attempt.letter_id).in_(letters)).values(reply=""))
    session.execute(update(Letter).where(mine, col(Letter.outcome) == "").values(outcome="dropped"))
    session.execute(update(Letter).where(mine).values(endpoint_id=None, copy_of=None))
    session.delete(one)
    session.flush()
    log.info("endpoint_removed endpoint=%s channel=%s", one.id, one.channel)


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
