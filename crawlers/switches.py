"""Which sources are on, when they are read, and which somebody wants read now. Importable without Scrapy."""

import datetime as dt
import logging

from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session, col, select

from database import types
from database.session import reading
from database.tables import Run, SourceSwitch

log = logging.getLogger(__name__)

# No publisher is asked more often; and a clock that was down looks back eight days for what it missed.
OFTENEST, RAREST = dt.timedelta(minutes=10), dt.timedelta(days=8)
SECOND = dt.timedelta(seconds=1)


class BadSchedule(ValueError):
    """A schedule is minute, hour, day, month, day of the week by name; 10 minutes to a week apart."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def checked(schedule: str) -> str:
    """A schedule (cron, UTC) as it may be stored. Raises BadSchedule."""
    parts = schedule.split()
    # APScheduler counts the days of a week from Monday, cron from Sunday: only names mean the same.
    if len(parts) != 5 or any(character.isdigit() for character in parts[4]):
        raise BadSchedule
    try:
        trigger = CronTrigger.from_crontab(" ".join(parts), timezone=dt.UTC)
    except ValueError as error:
        raise BadSchedule from error
    begin = last = types.now()
    while last - begin < RAREST:
        due = trigger.get_next_fire_time(None, last + SECOND)
        if due is None or due - last > RAREST or (last != begin and due - last < OFTENEST):
            raise BadSchedule
        last = due
    return " ".join(parts)


def schedules(session: Session) -> dict[str, str]:
    """Sources that are read by another schedule than their own."""
    rows = session.exec(select(SourceSwitch).where(SourceSwitch.schedule != ""))
    return {row.source: row.schedule for row in rows}


def is_on(session: Session, source: str) -> bool:
    """Whether a source is to be read by its schedule; one that nobody switched off is."""
    row = session.get(SourceSwitch, source)
    return row is None or row.enabled


def off(session: Session) -> frozenset[str]:
    """Sources that somebody switched off."""
    return frozenset(session.exec(select(SourceSwitch.source).where(col(SourceSwitch.enabled).is_(False))))


def skipped(source: str) -> bool:
    """Whether a source that is due is left out because it is switched off."""
    with reading() as session:
        on = is_on(session, source)
    if not on:
        log.info("switched_off source=%s", source)
    return not on


def asked(session: Session) -> dict[str, dt.datetime]:
    """Sources that somebody asked to be read and that were not begun since, with when that was asked."""
    found = {}
    for row in session.exec(select(SourceSwitch).where(col(SourceSwitch.run_asked_at).is_not(None))):
        begun = select(Run.id).where(Run.source == row.source, col(Run.started_at) >= row.run_asked_at)
        if row.run_asked_at is not None and session.exec(begun.limit(1)).first() is None:
            found[row.source] = row.run_asked_at
    return found
