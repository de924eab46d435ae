"""The sources: which there are, and how they fare."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from api.errors import InvalidParameter
from api.shapes import SourceAlarmShape, SourceShape
from crawlers import alarms
from crawlers.form import forms
from crawlers.health import SourceHealth, health
from database.tables import Notice, SourceAlarm


def known(session: Session) -> list[str]:
    """Names of all sources, those that are no longer read but have notices among them."""
    found, last = set(forms()), ""
    # The next greater name, again and again: as many look-ups in the index as there are sources.
    while following := session.exec(select(func.min(Notice.source)).where(col(Notice.source) > last)).one():
        found.add(following)
        last = following
    return sorted(found)


def check(session: Session, asked: list[str]) -> None:
    """Raise InvalidParameter for a source that does not exist."""
    if asked:
        there = known(session)
        for one in asked:
            if one not in there:
                raise InvalidParameter("source", f"no source {one[:60]!r}", there)


def _state(one: SourceHealth) -> str:
    """The first trouble that somebody should look at, in the order of its weight; or well."""
    failed = one.last_run is not None and one.last_run.status in ("failed", "died")
    troubles = {
        "off": one.off,
        "keyless": bool(one.lacking),
        "never": one.last_success is None,
        "failed": failed,
        "late": one.late,
        "low": one.volume == "low",
        "faults": bool(one.faults),
        "unread": bool(one.unread),
        "silent": one.silent,
        "high": one.volume == "high",
    }
    return next((name for name, there in troubles.items() if there), "well")


@dataclass(frozen=True)
class Told:
    """An alarm in words: what is wrong, and what to do about it."""

    alarm: SourceAlarm
    message: str
    todo: str


def told(session: Session, language: str) -> list[Told]:
    """The alarms that stand, and those that passed of late."""
    return [Told(one, *alarms.words(one, language)) for one in alarms.standing(session)]


def _alarms(session: Session) -> dict[str, list[SourceAlarmShape]]:
    found: dict[str, list[SourceAlarmShape]] = {}
    for one in told(session, "en"):
        shape = SourceAlarmShape(
            kind=one.alarm.kind,
            message=one.message,
            raised_at=one.alarm.raised_at,
            recovered_at=one.alarm.recovered_at,
        )
        found.setdefault(one.alarm.source, []).append(shape)
    return found


def states(session: Session) -> list[SourceShape]:
    """How each source fares."""
    found, standing = [], _alarms(session)
    for one in health(session):
        last = one.last_success
        found.append(
            SourceShape(
                name=one.name,
                publisher=one.form.publisher,
                homepage=one.form.homepage,
                state=_state(one),
                last_success=(last.ended_at or last.started_at) if last else None,
                due_at=one.due_at,
                read=last.read if last else None,
                expect=list(one.form.expect),
                notices=one.notices,
                newest=one.newest,
                faults=one.faults,
                unread=one.unread,
                message=one.lacking or (one.last_run.message if one.last_run else ""),
                refused=one.refused,
                enabled=not one.off,
                schedule=one.form.schedule,
                alarms=standing.get(one.name, []),
            )
        )
    return found
