"""Subscriptions from the first wish to the last: double opt-in, pauses, change, end and its undoing.

Nothing here tells a caller whether an address was known: `subscribe` answers and costs the same either way.
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select, update

from alerts import links, wishes
from alerts.dates import next_slot
from alerts.errors import BadLink, ExpiredLink, InvalidSubscription
from alerts.followed import renew_token
from alerts.ledger import insert_new, key, new_letter
from database import types
from database.tables import Alert, Letter, Subscriber, Subscription

CONFIRMATION_GAP = dt.timedelta(minutes=10)
PENDING_DAYS = 7
UNDO = dt.timedelta(days=28)


def subscribe(
    session: Session,
    email: str,
    *,
    language: str = "zh",
    consent: dict[str, Any] | None = None,
    **wish: Any,
) -> Subscription:
    """Store a wish (fields of Subscription) that waits for its confirmation, and owe the confirmation letter.

    `consent` says which text was agreed to, when and where. Raises InvalidSubscription.
    """
    address, language = wishes.address(email), wishes.language(language)
    whole = wishes.capped(wishes.checked({**wishes.usual(), **wish}))
    subscriber = person(session, address)
    if subscriber.confirmed_at is None or subscriber.ended_at is not None:
        # Whoever fills in the form for somebody confirmed must not change their language.
        subscriber.language = language
        subscriber.consent = {"at": types.now().isoformat(), **(consent or {})}
        session.add(subscriber)
    subscription = _waiting(session, subscriber, whole) or Subscription(
        subscriber_id=key(subscriber), token=secrets.token_urlsafe(15), created_at=types.now(), **whole
    )
    session.add(subscription)
    session.flush()
    _owe_confirmation(session, subscriber)
    return subscription


def _waiting(session: Session, subscriber: Subscriber, wish: dict[str, Any]) -> Subscription | None:
    """The same wish, not yet confirmed: the button was pressed twice."""
    for one in unconfirmed(session, subscriber):
        if all(getattr(one, field) == value for field, value in wish.items()):
            return one
    return None


def person(session: Session, address: str) -> Subscriber:
    """The person of an address, new or known, locked until the unit of work ends."""
    fresh = Subscriber(email=address, token=secrets.token_urlsafe(12), created_at=types.now())
    insert_new(session, [fresh])
    return session.exec(select(Subscriber).where(Subscriber.email == address).with_for_update()).one()


def unconfirmed(session: Session, subscriber: Subscriber) -> Sequence[Subscription]:
    """Wishes of the last days that nobody has confirmed yet."""
    return session.exec(
        select(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            col(Subscription.confirmed_at).is_(None),
            col(Subscription.ended_at).is_(None),
            Subscription.created_at > types.now() - dt.timedelta(days=PENDING_DAYS),
        )
        .order_by(col(Subscription.id))
    ).all()


def _owe_confirmation(session: Session, subscriber: Subscriber) -> None:
    """One letter lists all that waits; another follows ten minutes later, then twenty, then forty."""
    now = types.now()
    earlier = session.exec(
        select(Letter)
        .where(
            Letter.subscriber_id == subscriber.id,
            Letter.kind == "confirmation",
            Letter.created_at > now - dt.timedelta(days=1),
        )
        .order_by(col(Letter.due_at).desc())
    ).all()
    if any(letter.outcome == "" for letter in earlier):
        return  # it is rendered when it leaves, and will name this wish too
    due = now
    if earlier:
        due = max(now, earlier[0].due_at + CONFIRMATION_GAP * 2 ** (len(earlier) - 1))
    new_letter(session, key(subscriber), "confirmation", due)


def holder(session: Session, purpose: str, token: str) -> Subscriber:
    """Whose signed link this is (manage, unsubscribe, feedback or confirm). Raises BadLink."""
    parts = links.read(purpose, token)
    found = session.exec(select(Subscriber).where(Subscriber.token == parts[0])).first()
    if found is None:
        raise BadLink
    return found


def confirm(session: Session, token: str) -> Subscriber:
    """Confirm the wishes the letter listed; harmless to repeat. Raises BadLink or ExpiredLink."""
    subscriber, now = holder(session, "confirm", token), types.now()
    listed = links.read("confirm", token)[1]
    waiting = [one for one in unconfirmed(session, subscriber) if one.id in listed]
    if not waiting:
        return subscriber
    come_back(session, subscriber)
    subscriber.confirmed_at = subscriber.confirmed_at or now
    subscriber.consent = {**subscriber.consent, "confirmed_at": now.isoformat()}
    session.add(subscriber)
    for one in waiting:
        one.confirmed_at = now
        session.add(one)
    session.flush()
    return subscriber


def come_back(session: Session, subscriber: Subscriber) -> None:
    """Let somebody who left have mail again. What was ended with the person does not silently return."""
    if subscriber.ended_at is None:
        return
    session.execute(
        update(Subscription)
        .where(
            col(Subscription.subscriber_id) == subscriber.id,
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
        )
        .values(ended_at=subscriber.ended_at)
    )
    subscriber.ended_at = None
    session.add(subscriber)


def subscriptions(session: Session, subscriber: Subscriber) -> Sequence[Subscription]:
    """A person's confirmed subscriptions that have not ended."""
    return session.exec(
        select(Subscription)
        .where(
            Subscription.subscriber_id == subscriber.id,
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
        )
        .order_by(col(Subscription.id))
    ).all()


def _of(session: Session, subscriber: Subscriber, subscription_id: int) -> Subscription:
    for one in subscriptions(session, subscriber):
        if one.id == subscription_id:
            return one
    raise InvalidSubscription("subscription", "unknown", value=subscription_id)


def change(session: Session, subscriber: Subscriber, subscription_id: int, **wish: Any) -> Subscription:
    """Change fields of a subscription; it looks back once more, and nothing comes twice."""
    one = _of(session, subscriber, subscription_id)
    for field, value in wishes.checked(wish).items():
        setattr(one, field, value)
    one.pace = wishes.capped(one.model_dump())["pace"]
    one.looked_back_at = None
    session.add(one)
    session.flush()
    _reschedule(session, subscriber)
    return one


def _reschedule(session: Session, subscriber: Subscriber) -> None:
    """Alerts that wait for their hour follow the new pace."""
    mine = {one.id: one for one in subscriptions(session, subscriber)}
    waiting = session.exec(
        select(Alert).where(
            Alert.subscriber_id == subscriber.id, col(Alert.letter_id).is_(None), Alert.dropped == ""
        )
    )
    for alert in waiting:
        alert.due_at = due(
            [mine[c["subscription_id"]] for c in alert.because if c["subscription_id"] in mine]
        )
        session.add(alert)


def due(
    wanting: Iterable[Subscription], *, pressing: bool = False, at_once: bool = False
) -> dt.datetime | None:
    """When the first of these subscriptions lets an alert out that is owed now.

    A pressing one (orange, red) does not wait for the hour where the person wants that; a warning that a
    person approved waits for nobody's. Nothing is mailed for the pace "off".
    """
    now = types.now()
    slots = [
        now
        if one.pace != "off" and (at_once or (pressing and one.urgent))
        else next_slot(now, one.pace, one.weekday, one.hour)
        for one in wanting
    ]
    return min((slot for slot in slots if slot is not None), default=None)


def pause(
    session: Session, subscriber: Subscriber, until: dt.datetime, subscription_id: int | None = None
) -> None:
    """Owe nothing until a moment, for one subscription or for all of the person."""
    for one in subscriptions(session, subscriber):
        if subscription_id in (None, one.id):
            one.paused_until = until
            session.add(one)
    session.flush()


def resume(session: Session, subscriber: Subscriber, subscription_id: int | None = None) -> None:
    """End a pause. What is still open and was missed comes once, by looking back."""
    for one in subscriptions(session, subscriber):
        if subscription_id in (None, one.id) and one.paused_until is not None:
            one.paused_until = one.looked_back_at = None
            session.add(one)
    session.flush()


def end(session: Session, subscriber: Subscriber, subscription_id: int) -> Subscription:
    """End one subscription."""
    one = _of(session, subscriber, subscription_id)
    one.ended_at = types.now()
    session.add(one)
    session.flush()
    return one


def unsubscribe(session: Session, token: str) -> Subscriber:
    """End all mail to the holder of an unsubscribe link; harmless to repeat. Raises BadLink."""
    subscriber = holder(session, "unsubscribe", token)
    if subscriber.ended_at is None:
        subscriber.ended_at = types.now()
        session.add(subscriber)
        session.flush()
    return subscriber


def undo(session: Session, token: str) -> Subscriber:
    """Take an unsubscription back within 28 days: all is as it was. Raises BadLink or ExpiredLink."""
    subscriber = holder(session, "unsubscribe", token)
    if subscriber.ended_at is not None and subscriber.ended_at < types.now() - UNDO:
        raise ExpiredLink
    subscriber.ended_at = None
    session.add(subscriber)
    session.flush()
    return subscriber


def speak(session: Session, subscriber: Subscriber, language: str) -> None:
    """Write to a person in another language from now on. Raises InvalidSubscription."""
    subscriber.language = wishes.language(language)
    session.add(subscriber)
    session.flush()


def revoke_links(session: Session, subscriber: Subscriber) -> None:
    """Make every link sent so far worthless, and the addresses of feeds and calendars too."""
    subscriber.token = secrets.token_urlsafe(12)
    session.add(subscriber)
    mine = select(Subscription).where(Subscription.subscriber_id == subscriber.id)
    for one in session.exec(mine).all():
        renew_token(session, one)
    session.flush()
