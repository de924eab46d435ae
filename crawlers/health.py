"""How fresh each source is: for people who must know whether silence means that nothing happened.

Importable without Scrapy: the web process shows it.
"""

import datetime as dt
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, func, select

from crawlers import switches
from crawlers.form import Form, forms
from database.tables import Notice, Run
from database.types import now

LATE = dt.timedelta(hours=2)  # after it was due, before it is called late
AHEAD = dt.timedelta(days=7)  # some publishers announce the issues of the next days
GOOD = ("ok", "partial")


@dataclass
class SourceHealth:
    """One source, its form and how it does."""

    form: Form
    last_run: Run | None = None
    last_success: Run | None = None
    running: bool = False
    notices: int = 0
    newest: dt.date | None = None
    due_at: dt.datetime | None = None  # None: never ran with success
    late: bool = True
    silent: bool = True
    volume: str = ""  # of the last success against what is expected: empty, low or high
    unread: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    faults: int = 0
    off: bool = False  # somebody switched it off: neither late nor silent

    @property
    def name(self) -> str:
        """The source's name."""
        return self.form.name

    @property
    def lacking(self) -> str:
        """What has to be set before it can be read; it is neither late nor silent until then."""
        return self.form.lacking

    @property
    def well(self) -> bool:
        """Whether nobody needs to look: in time, heard of, and the last run as it should be."""
        last = self.last_run
        return not (self.late or self.silent or self.volume or self.unread or self.faults) and bool(
            last and last.status in ("ok", "running")
        )


def health(session: Session) -> list[SourceHealth]:
    """The state of every source, in order of their names."""
    off, others = switches.off(session), switches.schedules(session)
    return [
        _of(session, replace(form, schedule=others.get(form.name, form.schedule)), off=form.name in off)
        for form in forms().values()
    ]


def _of(session: Session, form: Form, *, off: bool) -> SourceHealth:
    runs = select(Run).where(Run.source == form.name).order_by(col(Run.id).desc()).limit(1)
    last = session.exec(runs).first()
    success = session.exec(runs.where(col(Run.status).in_(GOOD))).first()
    mine = Notice.source == form.name
    count = session.exec(select(func.count()).select_from(Notice).where(mine)).one()
    # What is dated far ahead, by mistake or a clock that is wrong, must not pass for news
    known = col(Notice.published_on) <= now().date() + AHEAD
    newest = session.exec(select(func.max(Notice.published_on)).where(mine, known)).one()
    state = SourceHealth(form, last, success, notices=count, newest=newest, off=off)
    state.running = last is not None and last.status == "running"
    today = now().date()
    idle = off or bool(form.lacking)
    state.late = not idle
    state.silent = not idle and (newest is None or (today - newest).days > form.quiet_days)
    if success is not None and not idle:
        state.due_at = form.due_after(success.started_at)
        state.late = now() > state.due_at + LATE
        read = success.read + sum(success.refused.values())
        state.volume = "low" if read < form.expect[0] else "high" if read > form.expect[1] else ""
        state.unread, state.refused, state.faults = success.unread, success.refused, success.faults
    return state
