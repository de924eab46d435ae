"""Passwords by Argon2id."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.login.errors import WeakPassword
from database.tables import User

SHORTEST, LONGEST = 10, 200


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash no password fits: an unknown account takes as long to refuse as a known one."""
    return _hasher().hash("nobody's password, known to nobody")


def hashed(password: str, email: str = "") -> str:
    """The hash to store. Raises WeakPassword."""
    if not SHORTEST <= len(password) <= LONGEST or password.strip().lower() == email.lower() != "":
        raise WeakPassword
    return _hasher().hash(password)


def fits(user: User | None, password: str) -> bool:
    """Whether the password is the user's; takes its time for nobody as well."""
    stored = user.password_hash if user is not None else ""
    try:
        _hasher().verify(stored or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def renewed(user: User, password: str) -> str | None:
    """A new hash where the stored one was made with yesterday's cost, else None."""
    return _hasher().hash(password) if _hasher().check_needs_rehash(user.password_hash) else None
