"""Broken promises that an operator should know of now; each is one row, and one line in the log."""

import datetime as dt
import logging
from collections.abc import Sequence

from sqlmodel import Session, col, select, update

from alerts.ledger import insert_new
from database import types
from database.tables import Alarm

log = logging.getLogger(__name__)


def ring(session: Session, kind: str, message: str, about: str = "") -> None:
    """Say that a promise is broken; harmless to repeat while it is."""
    now: dt.datetime = types.now()
    if not insert_new(session, [Alarm(kind=kind, about=about, message=message, at=now)]):
        session.execute(
            update(Alarm)
            .where(col(Alarm.kind) == kind, col(Alarm.about) == about, col(Alarm.cleared_at).is_not(None))
            .values(message=message, at=now, cleared_at=None)
        )
    log.error("alarm kind=%s about=%s message=%s", kind, about, message)


def clear(session: Session, kind: str, about: str = "") -> None:
    """The promise holds again."""
    session.execute(
        update(Alarm)
        .where(col(Alarm.kind) == kind, col(Alarm.about) == about, col(Alarm.cleared_at).is_(None))
        .values(cleared_at=types.now())
    )


def ringing(session: Session) -> Sequence[Alarm]:
    """The alarms that stand, oldest first."""
    return session.exec(select(Alarm).where(col(Alarm.cleared_at).is_(None)).order_by(col(Alarm.at))).all()
