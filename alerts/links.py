"""Signed links: whoever holds one may do what it says, without a login.

They carry the subscriber's random token, so that changing it revokes them all. A GET of any of them changes
nothing, because mail gateways open every link; a POST acts.
"""

from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from alerts.errors import BadLink, ExpiredLink
from config.settings import settings
from database.tables import Subscriber, Subscription

CONFIRM_SECONDS = 48 * 3600


def token(purpose: str, *parts: Any) -> str:
    """Sign parts for one purpose: confirm (which expires), manage, unsubscribe, feedback."""
    return str(_signer(purpose, settings().signing_key).dumps(parts))


@lru_cache(maxsize=16)
def _signer(purpose: str, key: str) -> URLSafeSerializer | URLSafeTimedSerializer:
    kind = URLSafeTimedSerializer if purpose == "confirm" else URLSafeSerializer
    return kind(key, salt=purpose)


def read(purpose: str, signed: str) -> list[Any]:
    """What was signed for that purpose. Raises BadLink, or ExpiredLink for a confirmation after 48 hours."""
    key = settings().signing_key
    try:
        if purpose == "confirm":
            parts = URLSafeTimedSerializer(key, salt=purpose).loads(signed, max_age=CONFIRM_SECONDS)
        else:
            parts = URLSafeSerializer(key, salt=purpose).loads(signed)
    except SignatureExpired as error:
        raise ExpiredLink from error
    except BadSignature as error:
        raise BadLink from error
    return list(parts)


def absolute(path: str) -> str:
    """A path as readers elsewhere reach it."""
    return settings().public_url.rstrip("/") + path


def confirm_url(subscriber: Subscriber, subscription_ids: list[int]) -> str:
    """Confirms exactly those subscriptions: what a stranger adds later needs a link of its own."""
    return absolute(f"/confirm/{token('confirm', subscriber.token, subscription_ids)}")


def manage_url(subscriber: Subscriber) -> str:
    """A person's page: subscriptions, pauses, everything sent."""
    return absolute(f"/me/{token('manage', subscriber.token)}")


def told_url(subscriber: Subscriber, letter_id: int) -> str:
    """All that a letter is about, also what it had no room for."""
    return f"{manage_url(subscriber)}/alerts?letter={letter_id}"


def unsubscribe_url(subscriber: Subscriber) -> str:
    """One-click unsubscription (RFC 8058): POST ends it, GET only asks."""
    return absolute(f"/u/{token('unsubscribe', subscriber.token)}")


def feedback_url(subscriber: Subscriber, notice_id: int) -> str:
    """Where a reader says "handled", "not for us" or "need help"."""
    return absolute(f"/feedback/{token('feedback', subscriber.token, notice_id)}")


def notice_url(notice_id: int) -> str:
    """The public page of a notice, safe to hand on."""
    return absolute(f"/notices/{notice_id}")


def measure_url(measure_id: int) -> str:
    """The public page of a measure, safe to hand on."""
    return absolute(f"/measures/{measure_id}")


def feed_url(subscription: Subscription) -> str:
    """The Atom feed of a subscription."""
    return absolute(f"/feeds/{subscription.token}.atom")


def calendar_url(subscription: Subscription) -> str:
    """The deadlines of a subscription as a calendar."""
    return absolute(f"/calendars/{subscription.token}.ics")
