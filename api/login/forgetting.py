"""Tries to log in, and sessions that ended, are not kept for ever."""

import datetime as dt
import logging

from sqlalchemy import delete, or_
from sqlmodel import col

from api.login.sessions import LASTS
from database import types
from database.session import unit_of_work
from database.tables import LoginAttempt, LoginSession

log = logging.getLogger(__name__)

ATTEMPTS = dt.timedelta(days=30)  # the throttle looks back a quarter of an hour
SESSIONS = dt.timedelta(days=90)


def tidy() -> tuple[int, int]:
    """Forget what is due, once a day; how many tries and sessions that were."""
    now = types.now()
    over = or_(
        col(LoginSession.ended_at) < now - SESSIONS, col(LoginSession.created_at) < now - SESSIONS - LASTS
    )
    with unit_of_work() as session:
        tries = session.execute(delete(LoginAttempt).where(col(LoginAttempt.at) < now - ATTEMPTS)).rowcount  # type: ignore[attr-defined]
        sessions = session.execute(delete(LoginSession).where(over)).rowcount  # type: ignore[attr-defined]
    log.info("logins_forgotten tries=%d sessions=%d", tries, sessions)
    return tries, sessions
