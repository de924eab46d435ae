"""Requests for help at a glance: how many wait, how many are late, and how soon they were answered."""

import datetime as dt
import statistics
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from alerts.assistance import ANSWERED, OPEN
from alerts.dates import today
from database.tables import HelpRequest

LOOKED_AT = 1_000  # answers, the newest
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Assistance:
    """`hours`: half of the answers came sooner; None: none was given."""

    waiting: int
    late: int
    answered: int
    hours: float | None


def at_a_glance(session: Session, since: dt.datetime, now: dt.datetime) -> Assistance:
    """What waits now, and what was answered since a moment."""
    waits = select(func.count()).select_from(HelpRequest).where(HelpRequest.state == OPEN)
    given = HelpRequest.state == ANSWERED, col(HelpRequest.answered_at) >= since
    rows = session.exec(
        select(HelpRequest.asked_at, HelpRequest.answered_at)
        .where(*given)
        .order_by(col(HelpRequest.id).desc())
        .limit(LOOKED_AT)
    )
    hours = [(answered - asked) / HOUR for asked, answered in rows if answered is not None]
    return Assistance(
        waiting=session.exec(waits).one(),
        late=session.exec(waits.where(HelpRequest.due_on < today(now))).one(),
        answered=session.exec(select(func.count()).select_from(HelpRequest).where(*given)).one(),
        hours=statistics.median(hours) if hours else None,
    )
