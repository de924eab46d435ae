"""Keys of programs: made, taken back, looked up. A key is shown once; only its hash is kept."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from sqlmodel import Session, col, select

from database import types
from database.session import reading
from database.tables import ApiKey

SCOPES = ("read", "export", "subscribe")
PREFIX = "tbt_"
REMEMBERED_SECONDS = 30  # a key taken back works no longer than this
MOST_REMEMBERED = 1_000


class UnknownScope(ValueError):
    """There is no such scope."""


@dataclass(frozen=True)
class Holder:
    """Who shows a key, and what it opens."""

    id: int
    scopes: frozenset[str]
    per_minute: int


_known: dict[str, tuple[float, Holder | None]] = {}
_lock = Lock()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def make(session: Session, name: str, scopes: Iterable[str], per_minute: int) -> str:
    """Store a new key and give it out; nobody can do so again. Raises UnknownScope."""
    wanted = list(dict.fromkeys(scopes))
    for one in wanted:
        if one not in SCOPES:
            raise UnknownScope(f"no scope {one!r}; scopes are {', '.join(SCOPES)}")
    key = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiKey(name=name, sha256=_digest(key), scopes=wanted, per_minute=per_minute))
    return key


def revoke(session: Session, key_id: int) -> ApiKey | None:
    """Take a key back; None if there is none that works."""
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        return None
    row.revoked_at = types.now()
    session.add(row)
    return row


def every(session: Session) -> list[ApiKey]:
    """All keys, the oldest first."""
    return list(session.exec(select(ApiKey).order_by(col(ApiKey.id))).all())


def holder(key: str) -> Holder | None:
    """Whose key it is; None if it opens nothing."""
    digest, now = _digest(key), time.monotonic()
    with _lock:
        known = _known.get(digest)
    if known and now < known[0]:
        return known[1]
    with reading() as session:
        row = session.exec(
            select(ApiKey).where(ApiKey.sha256 == digest, col(ApiKey.revoked_at).is_(None))
        ).first()
        found = Holder(row.id or 0, frozenset(row.scopes), row.per_minute) if row else None
    with _lock:
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        _known[digest] = (now + REMEMBERED_SECONDS, found)
    return found
