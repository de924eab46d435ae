"""Log-in is tried a few times, not thousands: by account and by address, counted in the database."""

import datetime as dt
import hashlib
import hmac

from sqlmodel import Session, col, func, select

from api.login.errors import TooMany
from config.settings import settings
from database import types
from database.tables import LoginAttempt

WINDOW = dt.timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 30


def _hash(kind: str, value: str) -> str:
    key = settings().signing_key.encode()
    return hmac.new(key, f"login {kind} {value.lower()}".encode(), hashlib.sha256).hexdigest()


def attempt(session: Session, email: str, address: str) -> LoginAttempt:
    """Write down a try before it is looked at. Raises TooMany; a try refused so does not count."""
    moment = types.now()
    one = LoginAttempt(account_hash=_hash("account", email), address_hash=_hash("address", address))
    one.at = moment
    waits = [
        _wait(session, col(LoginAttempt.account_hash) == one.account_hash, PER_ACCOUNT, moment),
        _wait(session, col(LoginAttempt.address_hash) == one.address_hash, PER_ADDRESS, moment),
    ]
    if any(waits):
        raise TooMany(max(waits))
    session.add(one)
    session.flush()
    return one


def _wait(session: Session, whose: object, most: int, moment: dt.datetime) -> int:
    """Seconds until the next try is allowed; 0: now."""
    query = select(func.count(), func.min(LoginAttempt.at)).where(
        whose,  # type: ignore[arg-type]
        col(LoginAttempt.at) > moment - WINDOW,
        col(LoginAttempt.ok).is_(False),
    )
    count, oldest = session.exec(query).one()
    if count < most or oldest is None:
        return 0
    return max(1, int((oldest + WINDOW - moment).total_seconds()))
