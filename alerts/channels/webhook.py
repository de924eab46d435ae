"""A program of the reader's own, by Standard Webhooks (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets

from alerts.calls import Gone, InvalidEndpoint, checked, post
from alerts.channels.mail import without_addresses
from alerts.errors import Unreachable
from alerts.notes import TEST, Note
from database import types

SIGNS_WITH = "ours"
PREFIX = "whsec_"
KEY_BYTES = 32
GONE = 410
MOST = 100  # notices in a message, the most urgent; how many more there are is said


def endpoint(url: str, secret: str) -> tuple[str, str]:
    """The address and secret as stored; a new secret when none is given. Raises InvalidEndpoint."""
    secret = secret or PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    if not 24 <= len(_key(secret)) <= 64:
        raise InvalidEndpoint("secret", "unsafe_secret", expected="whsec_ + base64, 24-64 bytes")
    return str(checked(url)), secret


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """What the receiver computes again to know that a message is ours and unchanged."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _body(note: Note) -> bytes:
    now = types.now().isoformat()
    shown, more = note.facts[:MOST], len(note.facts[MOST:])
    data = {"language": note.language, "title": note.subject, "notices": shown, "more": more}
    kind = "test" if note.kind == TEST else "notices.owed"
    return json.dumps({"type": kind, "timestamp": now, "data": data}, ensure_ascii=False).encode()


async def send(note: Note) -> str:
    """Hand a letter over; the answer. Raises Gone for 410, Unreachable for all but 2xx."""
    body, now = _body(note), int(types.now().timestamp())
    # While a secret is being replaced both sign, so that nothing is lost whenever the receiver changes over.
    valid = [one for one in (note.secret, note.old_secret) if one]
    answer = await post(
        note.url,
        body,
        {
            "Content-Type": "application/json",
            "webhook-id": note.identity,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(signature(one, note.identity, now, body) for one in valid),
        },
    )
    said = f"{answer.status} {without_addresses(answer.body[:300].decode('utf-8', 'replace'))}".strip()
    if answer.status == GONE:
        raise Gone(said)
    if not 200 <= answer.status < 300:
        raise Unreachable(said)
    return said


async def close() -> None:
    """Nothing is kept open."""
