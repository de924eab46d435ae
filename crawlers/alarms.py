"""Alarms about sources: each raised once, with what to do, and closed when the source has recovered.

What is usual for a source is told from its own runs: those on the same weekday in the weeks before, or all
of them while there are few. While an alarm is open its baseline stays, or trouble would become usual.
Importable without Scrapy.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from config.texts import text
from crawlers.form import Form, forms
from crawlers.health import GOOD, SourceHealth, health
from database.session import reading, unit_of_work
from database.tables import Run, SourceAlarm
from database.types import now

log = logging.getLogger(__name__)

WEEKS = 8
MOST_RUNS = 400
FEW = 4  # runs below which a weekday tells nothing
FAILURES = 2  # in a row; one may pass by itself
FAULTY = 0.02  # of the records
MORE_REFUSED = 0.2  # of the records, above what is usual
RISEN, SOME = 2, 3  # times as often as it was, and records that hold it: then an unread field is rising
STANDING = dt.timedelta(days=60)  # then what is new has become usual
KINDS = ("failing", "late", "zero", "silent", "low", "high", "faults", "unread", "rising", "refused")


@dataclass(frozen=True)
class Band:
    """How much a run of this weekday should hold."""

    usual: int
    low: int
    high: int


@dataclass(frozen=True)
class Trouble:
    """Something a person should look at."""

    kind: str
    figures: dict[str, Any]


def volume(run: Run) -> int:
    """Records a run met, whether they were let in or not."""
    return run.read + sum(run.refused.values())


def band(form: Form, runs: Sequence[Run], weekday: int) -> Band:
    """The expected volume, from earlier runs and the source's own minimum and maximum."""
    same = [volume(run) for run in runs if run.started_at.weekday() == weekday]
    known = same if len(same) >= FEW else [volume(run) for run in runs]
    if len(known) < FEW:
        return Band(form.expect[0], form.expect[0], form.expect[1])
    usual = int(median(known))
    return Band(
        usual, max(min(form.expect[0], usual), (usual + 1) // 2), max(3 * usual, max(known), form.expect[0])
    )


def check() -> None:
    """Raise what is new, close what has passed. Safe to repeat, and by several at once."""
    with reading() as session:
        fresh, passed = _differences(session)
    if not fresh and not passed:
        return
    with unit_of_work() as session:
        for source, kind, figures in fresh:
            _raise(session, source, kind, figures)
        for alarm in session.exec(
            select(SourceAlarm).where(
                col(SourceAlarm.id).in_(passed), col(SourceAlarm.recovered_at).is_(None)
            )
        ):
            alarm.recovered_at = now()
            log.warning("alarm recovered source=%s kind=%s", alarm.source, alarm.kind)


def _differences(session: Session) -> tuple[list[tuple[str, str, dict[str, Any]]], list[int | None]]:
    """What holds now and is not open (source, kind, figures), and the alarms that hold no longer."""
    fresh: list[tuple[str, str, dict[str, Any]]] = []
    passed: list[int | None] = []
    for state in health(session):
        if state.off:
            continue  # what stands about it stands until it is read again
        query = select(SourceAlarm).where(
            SourceAlarm.source == state.name, col(SourceAlarm.recovered_at).is_(None)
        )
        opened = {alarm.kind: alarm for alarm in session.exec(query)}
        found = {trouble.kind: trouble for trouble in troubles(session, state, opened)}
        run = state.last_success.id if state.last_success else None
        fresh += [
            (state.name, kind, {**found[kind].figures, "run": run})
            for kind in sorted(found.keys() - opened.keys())
        ]
        passed += [opened[kind].id for kind in opened.keys() - found.keys()]
    return fresh, passed


def _raise(session: Session, source: str, kind: str, figures: dict[str, Any]) -> None:
    try:
        with session.begin_nested():
            session.add(SourceAlarm(source=source, kind=kind, figures=figures))
    except IntegrityError:
        return  # another process was first
    log.error("alarm raised source=%s kind=%s", source, kind)


def troubles(session: Session, state: SourceHealth, opened: dict[str, SourceAlarm]) -> Iterator[Trouble]:
    """What is wrong with a source now. One that was never asked for has no trouble yet."""
    if state.last_run is None:
        return
    yield from _failing(session, state)
    if state.late and state.due_at is not None:
        yield Trouble("late", {"due": state.due_at.isoformat(timespec="minutes")})
    last = state.last_success
    if last is None:
        return
    if state.silent:
        days = (now().date() - state.newest).days if state.newest else state.form.quiet_days
        yield Trouble("silent", {"days": days, "newest": state.newest.isoformat() if state.newest else "-"})

    known: dict[int, list[Run]] = {}

    def before(kind: str) -> list[Run]:
        first = _beginning(last, opened.get(kind))
        if first not in known:
            known[first] = _earlier(session, last, first)
        return known[first]

    yield from _volume(state.form, last, before)
    met = volume(last) + last.faults
    if last.faults > met * FAULTY:
        yield Trouble("faults", {"faults": last.faults, "volume": met})
    yield from _unread(last, before)
    if len(earlier := before("refused")) >= FEW and volume(last) >= 10:
        share, usual = _refused(last), median(map(_refused, earlier))
        if share > usual + MORE_REFUSED:
            rules = ", ".join(f"{rule} ×{n}" for rule, n in sorted(last.refused.items()))[:300]
            yield Trouble(
                "refused", {"share": round(share * 100), "usual": round(usual * 100), "rules": rules}
            )


def _volume(form: Form, last: Run, before: Callable[[str], list[Run]]) -> Iterator[Trouble]:
    met, weekday = volume(last), last.started_at.weekday()
    for kind in ("zero", "low", "high"):
        usual = band(form, before(kind), weekday)
        figures = {"volume": met, "usual": usual.usual}
        if kind == "zero" and met == 0 and usual.usual > 0:
            yield Trouble(kind, figures)
        elif kind == "low" and 0 < met < usual.low:
            yield Trouble(kind, {**figures, "limit": usual.low})
        elif kind == "high" and met > usual.high:
            yield Trouble(kind, {**figures, "limit": usual.high})


def _unread(last: Run, before: Callable[[str], list[Run]]) -> Iterator[Trouble]:
    """Fields that nobody reads and that are new, or stand in more and more records."""
    earlier = before("unread")
    met_before = {name for run in earlier for name in run.unread}
    fresh = {name: n for name, n in last.unread.items() if name not in met_before}
    if earlier and fresh:
        yield Trouble(
            "unread", {"fields": ", ".join(f"{name} ×{n}" for name, n in sorted(fresh.items()))[:300]}
        )
    earlier = before("rising")  # the newest first: a share that grows is held against what it was at first
    first = earlier[len(earlier) // 2 :]
    risen = []
    for name, n in sorted(last.unread.items()):
        usual = median(_share(run, name) for run in first) if len(earlier) >= FEW else 1.0
        if name not in fresh and n >= SOME and _share(last, name) > RISEN * usual:
            risen.append(f"{name} ×{n} ({round(_share(last, name) * 100)} %, {round(usual * 100)} %)")
    if risen:
        yield Trouble("rising", {"fields": ", ".join(risen)[:300]})


def _share(run: Run, name: str) -> float:
    return run.unread.get(name, 0) / max(1, run.read)


def _refused(run: Run) -> float:
    return sum(run.refused.values()) / max(1, volume(run))


def _failing(session: Session, state: SourceHealth) -> Iterator[Trouble]:
    runs = session.exec(
        select(Run)
        .where(Run.source == state.name, Run.status != "running")
        .order_by(col(Run.id).desc())
        .limit(20)
    ).all()
    failures = 0
    for run in runs:
        if run.status in GOOD:
            break
        failures += 1
    if failures >= FAILURES:
        yield Trouble("failing", {"times": failures, "message": runs[0].message[:300]})


def _beginning(last: Run, opened: SourceAlarm | None) -> int:
    """The run before which things were as usual: the one that raised the alarm, or the last."""
    held = opened is not None and now() - opened.raised_at < STANDING
    return int((opened.figures.get("run") if opened is not None and held else None) or last.id or 0)


def _earlier(session: Session, last: Run, first: int) -> list[Run]:
    """The runs that tell what is usual: good, whole, and before the trouble began."""
    query = (
        select(Run)
        .where(
            Run.source == last.source,
            col(Run.status).in_(GOOD),
            col(Run.until).is_not(None),
            col(Run.id) < first,
            Run.started_at >= last.started_at - STANDING - dt.timedelta(weeks=WEEKS),
        )
        .order_by(col(Run.id).desc())
        .limit(MOST_RUNS)
    )
    return list(session.exec(query))


def words(alarm: SourceAlarm, language: str) -> tuple[str, str]:
    """What is wrong and what to do, for people; one that has passed says so."""
    known = forms().get(alarm.source)
    values = {**alarm.figures, "source": alarm.source, "homepage": known.homepage if known else ""}
    message = text(f"alarms.{alarm.kind}", language, **values)
    if alarm.recovered_at is not None:
        since = alarm.recovered_at.isoformat(timespec="minutes")
        return text("alarms.recovered", language, source=alarm.source, kind=message, since=since), ""
    return message, text(f"alarms.{alarm.kind}_todo", language, **values)


def standing(session: Session, passed: dt.timedelta = dt.timedelta(days=3)) -> list[SourceAlarm]:
    """The open alarms, oldest first, and those that passed lately."""
    since = now() - passed
    query = select(SourceAlarm).where(
        col(SourceAlarm.recovered_at).is_(None) | (col(SourceAlarm.recovered_at) >= since)
    )
    return list(session.exec(query.order_by(col(SourceAlarm.recovered_at).is_not(None), col(SourceAlarm.id))))
