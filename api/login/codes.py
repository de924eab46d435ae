"""One-time codes of RFC 6238 beside the password, for those who want them."""

import base64
import binascii
import re
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from database import types
from database.tables import User

STEP_SECONDS, DIGITS = 30, 6
ISSUER = "TBT Early Warning"


def _generator(secret: str) -> TOTP:
    # SHA-1 is what authenticator programs know; a one-time code does not rest on collisions.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303


def fresh() -> str:
    """A new secret, in the letters authenticator programs read."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def is_ours(secret: str) -> bool:
    """Whether a secret that came back in a form is one such as `fresh` makes."""
    return re.fullmatch("[A-Z2-7]{32}", secret) is not None


def address(secret: str, email: str) -> str:
    """What an authenticator program takes in."""
    return _generator(secret).get_provisioning_uri(email, ISSUER)


def step_of(secret: str, code: str, after: int = 0) -> int | None:
    """The time step a code belongs to, give or take one; None if it fits none later than `after`."""
    digits = "".join(code.split())
    if not (len(digits) == DIGITS and digits.isascii() and digits.isdigit()):
        return None
    here = int(types.now().timestamp()) // STEP_SECONDS
    for step in (here, here - 1, here + 1):
        try:
            if step > after:
                _generator(secret).verify(digits.encode(), step * STEP_SECONDS)
                return step
        except (InvalidToken, binascii.Error):
            continue
    return None


def accepts(user: User, code: str) -> bool:
    """Whether the code is the user's and unused so far; takes note of its use. True for who needs none."""
    if not user.totp_secret:
        return True
    step = step_of(user.totp_secret, code, user.totp_last)
    if step is None:
        return False
    user.totp_last = step
    return True
