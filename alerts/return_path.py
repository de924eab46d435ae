"""Addresses of ours that say what an incoming message is about (VERP).

    bounce+<letter>-<keyed hash>@domain           sender of a letter on the wire: where it comes back to
    unsubscribe+<person>-<keyed hash>@domain      whoever writes there leaves
    complaints@domain                             for feedback loops; the letter is named inside

Nobody else can make one, so what arrives at them needs no other proof. Case does not matter: some servers
change it.
"""

import hmac
import re
from email.utils import parseaddr

from alerts.ledger import key, keyed_hash, sender_domain
from config.settings import settings
from database.tables import Subscriber

HASH_LENGTH = 20
COMPLAINTS = "complaints"
_FORM = re.compile(rf"(bounce|unsubscribe)\+(\d{{1,18}})-([0-9a-f]{{{HASH_LENGTH}}})", re.ASCII)
_MESSAGE_ID = re.compile(r"<alert-(\d{1,18})-([0-9a-f]{16})@", re.ASCII)


def bounce_address(letter_id: int) -> str:
    """Where a letter comes back to."""
    return f"bounce+{letter_id}-{_proof('bounce', str(letter_id))}@{sender_domain()}"


def sender(message_id: str) -> str:
    """Who sends a letter on the wire: its bounce address, so that its return names it."""
    letter = named_letter(message_id)
    return parseaddr(settings().mail_from)[1] if letter is None else bounce_address(letter)


def unsubscribe_address(subscriber: Subscriber) -> str:
    """Where a person leaves by mail; worthless once their links are revoked."""
    number = key(subscriber)
    return f"unsubscribe+{number}-{unsubscribe_proof(subscriber)}@{sender_domain()}"


def unsubscribe_proof(subscriber: Subscriber) -> str:
    """The keyed hash in a person's unsubscribe address."""
    return _proof("unsubscribe", f"{key(subscriber)}:{subscriber.token}")


def _proof(purpose: str, value: str) -> str:
    return keyed_hash(f"{purpose}-address", value)[:HASH_LENGTH]


def split(address: str) -> tuple[str, int, str] | None:
    """Purpose, number and hash of an address of ours, whose hash is yet to be checked; None for any other."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    if domain.lower() != sender_domain().lower():
        return None
    if local.lower() == COMPLAINTS:
        return COMPLAINTS, 0, ""
    found = _FORM.fullmatch(local.lower())
    return None if found is None else (found[1], int(found[2]), found[3])


def bounced_letter(address: str) -> int | None:
    """The letter of a bounce address; None when it is not one that we made."""
    found = split(address)
    if found is None or found[0] != "bounce":
        return None
    _, number, proof = found
    return number if hmac.compare_digest(proof, _proof("bounce", str(number))) else None


def named_letter(words: str) -> int | None:
    """The letter whose Message-ID or bounce address stands in some text, such as a returned header."""
    for number, proof in _MESSAGE_ID.findall(words):
        if hmac.compare_digest(proof, keyed_hash("letter", number)[:16]):
            return int(number)
    for found in re.finditer(
        rf"bounce\+[0-9a-z-]{{1,60}}@{re.escape(sender_domain())}", words, re.IGNORECASE
    ):
        if (letter := bounced_letter(found[0])) is not None:
            return letter
    return None
