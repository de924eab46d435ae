"""The clock: APScheduler starts each source by its own schedule, and the line every few seconds.

Two clocks on one database do not double a run: one holds the lease, and each slot of a job is claimed by a
unique row before work. A slot that passed while no clock ran is written down as missed and caught up.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from database import types
from database.session import reading, unit_of_work
from database.tables import Claim, Lease
from database.worker import is_dead, me

log = logging.getLogger(__name__)

LEASE = "clock"
LEASE_TIME = dt.timedelta(seconds=60)
TICK_SECONDS = 20
LOOK_BACK = dt.timedelta(days=8)  # the longest schedule is weekly


def hold_lease(name: str = LEASE) -> bool:
    """Take or renew the lease; False while another living process holds it."""
    try:
        return _take(name)
    except IntegrityError:  # another took it in the same instant: now its row is there to be looked at
        return _take(name)


def _take(name: str) -> bool:
    moment = types.now()
    with unit_of_work() as session:
        lease = session.get(Lease, name, with_for_update=True)
        if lease is None:
            session.add(Lease(name=name, holder=me(), until=moment + LEASE_TIME))
            return True
        if lease.holder != me() and lease.until > moment and not is_dead(lease.holder):
            return False
        lease.holder, lease.until = me(), moment + LEASE_TIME
        return True


def release_lease(name: str = LEASE) -> None:
    """Let the next clock start at once."""
    with unit_of_work() as session:
        lease = session.get(Lease, name)
        if lease is not None and lease.holder == me():
            session.delete(lease)


def claim(job: str, slot: dt.datetime, *, missed: bool = False) -> bool:
    """Whether this process is the first to take this slot of this job."""
    try:
        with unit_of_work() as session:
            session.add(Claim(job=job, slot=slot, holder=me(), missed=missed))
        return True
    except IntegrityError:
        return False


def _trigger(cron: str) -> CronTrigger:
    return CronTrigger.from_crontab(cron, timezone=dt.UTC)


def slot_before(trigger: CronTrigger, moment: dt.datetime) -> dt.datetime | None:
    """The last time the trigger was due, at or before a moment."""
    found, step = None, trigger.get_next_fire_time(None, moment - LOOK_BACK)
    while step is not None and step <= moment:
        found, step = step, trigger.get_next_fire_time(step, step + dt.timedelta(seconds=1))
    return found.astimezone(dt.UTC) if found else None


@dataclass(frozen=True)
class Job:
    """Work with a schedule (cron, UTC). It may take its time: while it runs it is not started again."""

    schedule: str
    work: Callable[[], object]


class Clock:
    """Runs each job when it is due, `line()` every few seconds, and soon what `wanted()` names.

    `schedules()` names the jobs that have another schedule than their own; asked again and again.
    """

    def __init__(
        self,
        jobs: Mapping[str, Job],
        line: Callable[[], None],
        line_seconds: int,
        wanted: Callable[[], Mapping[str, Callable[[], object]]] = dict,
        schedules: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.jobs, self.line, self.line_seconds, self.wanted = jobs, line, line_seconds, wanted
        self.schedules = schedules
        self._begun, self._begin = set[str](), threading.Lock()
        self._crons = {name: job.schedule for name, job in jobs.items()}
        self.triggers = {name: _trigger(cron) for name, cron in self._crons.items()}
        # A crawl waits for its network most of its time: give each job a thread, so none delays another.
        self.scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": {"type": "threadpool", "max_workers": 2 * len(jobs) + 4}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Start; the first tick catches up what was missed."""
        self._changed()
        for name, trigger in self.triggers.items():
            self.scheduler.add_job(self._due, trigger, args=[name], id=name)
        soon = types.now() + dt.timedelta(seconds=1)
        for ident, work, seconds in (
            ("tick", self._tick, TICK_SECONDS),
            ("line", self._line, self.line_seconds),
        ):
            self.scheduler.add_job(work, "interval", seconds=seconds, id=ident, next_run_time=soon)
        self.scheduler.start()

    def stop(self) -> None:
        """Start nothing more, wait for what runs, give the lease back."""
        self.scheduler.shutdown(wait=True)
        release_lease()

    def _line(self) -> None:
        if hold_lease():
            self.line()

    def _tick(self) -> None:
        """Have the newest slot of every job that nobody claimed caught up, each on a thread of its own."""
        for name in self._changed():
            self._reschedule(name)
        if hold_lease():
            for name in self.triggers:
                if self._is_owed(name):
                    self.scheduler.modify_job(name, next_run_time=types.now())
            for name, work in self.wanted().items():
                if name not in self._begun:
                    self.scheduler.add_job(
                        self._now, args=[name, work], id=f"now:{name}", replace_existing=True
                    )

    def _changed(self) -> list[str]:
        """The jobs that somebody gave another schedule since the last look, or their own again."""
        asked = self.schedules()
        found = [
            name for name, job in self.jobs.items() if asked.get(name, job.schedule) != self._crons[name]
        ]
        for name in found:
            self._crons[name] = asked.get(name, self.jobs[name].schedule)
            self.triggers[name] = _trigger(self._crons[name])
        return found

    def _reschedule(self, name: str) -> None:
        """From now on by the new schedule: what it would have had before now was neither owed nor missed."""
        if slot := slot_before(self.triggers[name], types.now()):
            claim(name, slot)
        self.scheduler.reschedule_job(name, trigger=self.triggers[name])
        log.info("rescheduled job=%s schedule=%r", name, self._crons[name])

    def _now(self, name: str, work: Callable[[], object]) -> None:
        """Do what somebody asked for, whatever the schedule says; never twice at once."""
        with self._begin:
            if name in self._begun:
                return
            self._begun.add(name)
        try:
            log.info("asked job=%s", name)
            work()
        finally:
            self._begun.discard(name)

    def _is_owed(self, name: str) -> bool:
        slot = slot_before(self.triggers[name], types.now())
        with reading() as session:
            taken = session.exec(select(Claim.id).where(Claim.job == name, Claim.slot == slot)).first()
        return slot is not None and taken is None

    def _due(self, name: str) -> None:
        slot = slot_before(self.triggers[name], types.now())
        if slot is None or not hold_lease():
            return
        self._count_missed(name, slot)
        if claim(name, slot):
            log.info("due job=%s slot=%s", name, slot.isoformat())
            self.jobs[name].work()

    def _count_missed(self, name: str, slot: dt.datetime) -> None:
        """Write down slots between the last claimed one and this: a missed run is never silent."""
        with reading() as session:
            last = session.exec(select(func.max(col(Claim.slot))).where(Claim.job == name)).one()
        step = self.triggers[name].get_next_fire_time(last, last + dt.timedelta(seconds=1)) if last else None
        while step is not None and step < slot:
            if claim(name, step.astimezone(dt.UTC), missed=True):
                log.warning("missed job=%s slot=%s", name, step.isoformat())
            step = self.triggers[name].get_next_fire_time(step, step + dt.timedelta(seconds=1))
