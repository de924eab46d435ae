"""Dates that a person put right: they hold for as long as the publisher's record says what it said then.

When the publisher says another date, that one stands: it is newer than the correction.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, exists, select

from crawlers.events import What, write
from crawlers.form import forms
from crawlers.record import closing
from database import types
from database.index import changes
from database.tables import DateFix, Event, Matching, Notice

ROLES = ("comment_deadline", "in_force_on", "adoption_on")


def standing(session: Session, notice_id: int) -> list[DateFix]:
    """The corrections that hold, or would if the publisher still said the same; the newest for each role."""
    query = select(DateFix).where(DateFix.notice_id == notice_id, col(DateFix.undone_at).is_(None))
    newest = {one.role: one for one in session.exec(query.order_by(col(DateFix.id)))}
    return [newest[role] for role in ROLES if role in newest]


def hold(session: Session, notice: Notice) -> None:
    """Let corrections hold over what was just read from the publisher."""
    for fix in standing(session, notice.id or 0):
        if getattr(notice, fix.role) == fix.said:
            _set(notice, fix.role, fix.day)


def correct(
    session: Session, notice: Notice, role: str, day: dt.date | None, evidence: Mapping[str, Any], by: str
) -> DateFix:
    """Let a day hold for a role, None: not stated. The caller holds the notice's row, and commits."""
    before: dt.date | None = getattr(notice, role)
    known = [one for one in standing(session, notice.id or 0) if one.role == role and one.day == before]
    fix = DateFix(
        notice_id=notice.id or 0, role=role, day=day, by=by, evidence=dict(evidence),
        said=known[0].said if known else before,
    )  # fmt: skip
    session.add(fix)
    session.flush()
    _change(session, notice, role, day, str(fix.id))
    return fix


def undo(session: Session, notice: Notice, fix: DateFix) -> None:
    """Let what the publisher's record says stand again."""
    fix.undone_at = types.now()
    session.add(fix)
    if getattr(notice, fix.role) == fix.day:
        _change(session, notice, fix.role, fix.said, f"{fix.id}-undone")


def _change(session: Session, notice: Notice, role: str, day: dt.date | None, which: str) -> None:
    before: dt.date | None = getattr(notice, role)
    _set(notice, role, day)
    notice.level_until = None  # the level rests on the dates: to be graded anew
    notice.changed_at = types.now()
    session.add(notice)
    session.flush()
    changes.touch(session, notice.id or 0)
    if before != day and role != "adoption_on" and not notice.withdrawn:
        _tell(session, notice, What(f"corrected_{role}:{which}", _written(before), _written(day)))


def _set(notice: Notice, role: str, day: dt.date | None) -> None:
    setattr(notice, role, day)
    if role == "comment_deadline":
        form = forms().get(notice.source)
        notice.closes_at = closing(day, form.deadline_zone if form else "Europe/Zurich")
    elif role == "in_force_on":
        notice.in_force_computed = False


def _written(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _tell(session: Session, notice: Notice, what: What) -> None:
    """Word of it to those who were told another day; who was told nothing yet learns the right one anyway.

    The reason names the correction, so that each is told once, also several of one version.
    """
    mine = select(Event.id).where(Event.notice_id == notice.id)
    told = session.exec(mine.where(exists().where(col(Matching.event_id) == col(Event.id))).limit(1)).first()
    if told is not None:
        write(session, notice, what)
