"""A wish to be told, from the form or from JSON: the answer never tells whether an address was known."""

from collections.abc import Mapping
from typing import Any

from alerts import subscriptions
from config.texts import text
from database import types
from database.session import unit_of_work

CONSENT = "pages.consent"


def subscribe(email: str, language: str, wish: Mapping[str, Any], place: str) -> None:
    """Store the wish with the consent that was given. Raises InvalidSubscription."""
    agreed = {"text": text(CONSENT, language), "at": types.now().isoformat(), "source": place}
    with unit_of_work() as session:
        subscriptions.subscribe(session, email, language=language, consent=agreed, **wish)
