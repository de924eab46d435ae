"""What keeps a mistake from becoming a hundred thousand mails: a switch, ceilings, and a canary.

The switch is the setting `TBT_MAIL_STOP` or a row that a person writes while the system runs. Ceilings are
counted in letters handed over in the last hour and day. After a quiet hour the first few letters go alone,
and the others only when most of those were taken.
"""

import datetime as dt
import logging

from sqlmodel import Session, col, func, select

from alerts import alarms
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Attempt, Letter, Switch

log = logging.getLogger(__name__)

MAIL = "mail"
CANARY, CANARY_FROM = 10, 100
QUIET = dt.timedelta(hours=1)
PAUSE = dt.timedelta(minutes=15)


def stop(session: Session, by: str, why: str) -> None:
    """Send no mail from now on, on any machine; what is owed stays owed."""
    session.merge(Switch(name=MAIL, by=by, why=why, at=types.now()))
    session.flush()
    log.warning("mail_stopped")


def go_on(session: Session) -> None:
    """Send mail again."""
    if (found := session.get(Switch, MAIL)) is not None:
        session.delete(found)
        session.flush()
        log.warning("mail_goes_on")


def is_stopped(session: Session) -> bool:
    """Whether a person stopped all mail."""
    return settings().mail_stop or session.get(Switch, MAIL) is not None


def used(session: Session) -> dict[str, tuple[int, int]]:
    """Letters handed over in the last hour and day, each with its ceiling."""
    now, config = types.now(), settings()
    spans = {
        "hour": (dt.timedelta(hours=1), config.mail_per_hour),
        "day": (dt.timedelta(days=1), config.mail_per_day),
    }
    return {name: (_handed_over(session, now - span), most) for name, (span, most) in spans.items()}


def waiting(session: Session) -> int:
    """Letters that are due and not sent."""
    due = (Letter.outcome == "", col(Letter.due_at) <= types.now())
    return session.exec(select(func.count()).select_from(Letter).where(*due)).one()


def room() -> int:
    """How many letters may still leave under the ceilings; an alarm rings when none may."""
    with reading() as session:
        counted = used(session)
    left = {name: most - n for name, (n, most) in counted.items()}
    name = min(left, key=lambda name: left[name])
    with unit_of_work() as session:
        if left[name] <= 0:
            most = counted[name][1]
            alarms.ring(session, "mail_ceiling", f"{most} letters in the last {name}: the others wait", name)
        else:
            alarms.clear(session, "mail_ceiling", "hour")
            alarms.clear(session, "mail_ceiling", "day")
    return max(0, left[name])


def _handed_over(session: Session, since: dt.datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(col(Attempt.started_at) > since, Attempt.outcome == "accepted")
    ).one()


def canary_due(waiting: int) -> bool:
    """Whether a great batch begins after a quiet hour."""
    if waiting < CANARY_FROM:
        return False
    with reading() as session:
        return _handed_over(session, types.now() - QUIET) == 0


def canary_died(taken: int, of: int) -> bool:
    """Judge the canary; when most of it was not taken, an alarm rings."""
    died = 2 * taken < of
    with unit_of_work() as session:
        if died:
            alarms.ring(
                session, "mail_canary", f"of the first {of} letters {taken} were taken: the others wait"
            )
        else:
            alarms.clear(session, "mail_canary")
    return died
