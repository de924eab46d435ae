"""What one subscription was owed, newest first: the shared matter of its feed and its calendar.

The token is part of their addresses, and whoever holds it may read, but change nothing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.interest import Interest, Subject, subjects
from database import types
from database.tables import Alert, Event, Subscriber, Subscription

MOST_READ = 500


@dataclass(frozen=True)
class Followed:
    """A subscription with the alerts it asked for and what they are about."""

    subscriber: Subscriber
    subscription: Subscription
    alerts: list[Alert]
    about: Mapping[int, Subject]


def followed(session: Session, token: str, most: int = MOST_READ) -> Followed | None:
    """At most so many alerts of the subscription that has this token; None if no running one has it.

    A person is owed an event once, whichever subscription asked first, so a later subscription is held
    against all alerts of its person again. The alerts are copies: they must not be added to a session.
    """
    subscription = session.exec(select(Subscription).where(Subscription.token == token)).first()
    if subscription is None or subscription.confirmed_at is None or subscription.ended_at is not None:
        return None
    subscriber = session.get_one(Subscriber, subscription.subscriber_id)
    if subscriber.confirmed_at is None or subscriber.ended_at is not None:
        return None
    owed = session.exec(
        select(Alert)
        .where(Alert.subscriber_id == subscriber.id)
        .order_by(col(Alert.created_at).desc(), col(Alert.id).desc())
        .limit(MOST_READ)
    ).all()
    about = subjects(session, {alert.notice_id for alert in owed})
    mine = [one for alert in owed if (one := _for(subscription, alert, about[alert.notice_id])) is not None]
    return Followed(subscriber, subscription, mine[:most], about)


def _for(subscription: Subscription, alert: Alert, about: Subject) -> Alert | None:
    """The alert as this subscription alone would have caused it."""
    because = [c for c in alert.because if c["subscription_id"] == subscription.id]
    if not because:
        match = Interest(subscription).wants(about, today(types.now()))
        if match is None:
            return None
        because = [
            {
                "subscription_id": subscription.id,
                "name": subscription.name,
                "relevance": match.relevance,
                "matched": match.matched,
            }
        ]
    return Alert(**{**alert.model_dump(), "because": because})


def events(session: Session, found: Followed) -> dict[tuple[int, int, str], Event]:
    """The events behind the alerts, by notice, version and reason."""
    notices = {alert.notice_id for alert in found.alerts}
    rows = session.exec(select(Event).where(col(Event.notice_id).in_(notices)))
    return {(event.notice_id, event.version, event.reason): event for event in rows}


def renew_token(session: Session, subscription: Subscription) -> str:
    """Give the feed and the calendar a new address; the old one is worthless from now on."""
    subscription.token = secrets.token_urlsafe(15)
    session.add(subscription)
    session.flush()
    return subscription.token
