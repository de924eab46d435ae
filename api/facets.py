"""How many notices each choice would give, kept until something is stored or decided.

With an index of bitmaps (api/quick.py) all numbers are exact. Without one, what is asked of all notices is
read from the numbers kept in a table, and what is asked of some is counted among the newest hits, at most
MOST_COUNTED. Numbers counted so are least numbers, and pages say so.
"""

import datetime as dt
import heapq
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, SQLModel, col

from api import meaning, quick
from api.filters import TAGGED, Filters, conditions, is_open
from database import counts as kept_counts
from database import search
from database.tables import Decision, Event, Notice, Reading, Tag

MOST_KEPT = 512
MOST_COUNTED = 10_000
SLOW_SECONDS, WORTH = 0.2, 50  # a count that took longer is good for fifty times as long, come what may
OPEN, LEVEL = "open_for_comment", "level"
Kept = tuple[tuple[Any, ...], float, Any]

_kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Total:
    """How many there are, or that there are more than so many."""

    n: int
    least: bool = False


@dataclass
class Counts:
    """For each filter its choices with their numbers, most first; `least`: those not counted to the end."""

    total: Total
    choices: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    least: set[str] = field(default_factory=set)


def _stamp(session: Session, moment: dt.datetime) -> tuple[Any, ...]:
    """Changes whenever a count may: read from the ends of indexes, so it costs nothing."""
    tables: tuple[type[SQLModel], ...] = (Notice, Event, Reading, Decision)
    newest = [session.execute(select(func.max(table.id))).scalar() for table in tables]  # type: ignore[attr-defined]
    return (moment.replace(minute=0, second=0, microsecond=0), *newest)  # deadlines end on the hour


def _remembered(
    session: Session, what: str, filters: Filters, moment: dt.datetime, count: Callable[[], Any]
) -> Any:
    key = (str(session.get_bind().engine.url), what, filters.model_dump_json())
    stamp, begun = _stamp(session, moment), time.monotonic()
    with _lock:
        known = _kept.get(key)
    if known and (known[0] == stamp or begun < known[1]):
        return known[2]
    value = count()
    took = time.monotonic() - begun
    with _lock:
        _kept[key] = (stamp, begun + took * WORTH if took > SLOW_SECONDS else begun, value)
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return value


def newest(session: Session, filters: Filters, moment: dt.datetime, besides: str = "") -> list[int]:
    """The newest of what the filters give, one more than is counted."""
    rest = [name for name in filters.asked() if name != besides]
    if rest == ["q"] and (streams := _streams(session, filters.q)) is not None:
        merged = heapq.merge(*streams, reverse=True)
        return list(itertools.islice((number for number, _ in itertools.groupby(merged)), MOST_COUNTED + 1))
    if len(rest) == 1 and rest[0] in TAGGED:
        return _last_tagged(session, TAGGED[rest[0]], getattr(filters, rest[0]))
    wanted = conditions(session, filters, moment, besides)
    order: Any = col(Notice.published_on)
    if filters.open_for_comment and besides != OPEN:  # few at any time: found by their deadline, then sorted
        order = search.unindexed(session, order)
    query = select(col(Notice.id)).where(*wanted).order_by(order.desc(), col(Notice.id).desc())
    return list(session.execute(query.limit(MOST_COUNTED + 1)).scalars())


def _last_tagged(session: Session, kind: str, codes: list[str]) -> list[int]:
    """The last stored notices with one of some tags, read off the end of the index."""
    query = select(col(Tag.notice_id)).where(col(Tag.kind) == kind, col(Tag.code).in_(codes)).distinct()
    query = query.order_by(col(Tag.notice_id).desc()).limit(MOST_COUNTED + 1)
    return list(session.execute(query).scalars())


def _streams(session: Session, words: str) -> list[list[int]] | None:
    """What the words alone find, as lists that need only be merged; None if words must meet in a notice."""
    found = [search.newest(session, words, MOST_COUNTED + 1)]
    parts = meaning.parts(words)
    if not any(part.groups for part in parts):
        return found
    if len(parts) > 1 or len(parts[0].groups) > 1 or any(one.kind == "hs" for one in parts[0].groups[0]):
        return None
    return found + [_last_tagged(session, one.kind, [one.code]) for one in parts[0].groups[0]]


def total(session: Session, filters: Filters, moment: dt.datetime) -> Total:
    """How many notices there are."""

    def count() -> Total:
        if (n := quick.total(session, filters, moment)) is not None:
            return Total(n)
        known = kept_counts.kept(session)
        if known and not filters.chosen:
            return Total(dict(known[kept_counts.ALL])[""])
        found = len(newest(session, filters, moment))
        return Total(min(found, MOST_COUNTED), found > MOST_COUNTED)

    result: Total = _remembered(session, "total", filters, moment, count)
    return result


def counts(session: Session, filters: Filters, moment: dt.datetime) -> Counts:
    """For each filter its choices, as if that filter asked for nothing."""

    def count() -> Counts:
        if (exact := quick.counts(session, filters, moment)) is not None:
            return Counts(Total(exact[0]), exact[1])
        known = kept_counts.kept(session)
        if known and not filters.chosen:
            all_of = {**TAGGED, "source": kept_counts.SOURCE}
            choices = {name: known.get(kind, []) for name, kind in all_of.items()}
            found = Counts(Total(dict(known[kept_counts.ALL])[""]), choices)
            found.choices[OPEN] = [("true", _open_of_all(session, moment))]
            found.choices[LEVEL] = _levels(session)
            return found
        return _counted(session, filters, moment)

    result: Counts = _remembered(session, "facets", filters, moment, count)
    return result


def _counted(session: Session, filters: Filters, moment: dt.datetime) -> Counts:
    names = [*TAGGED, "source", LEVEL, OPEN]
    asked = [name for name in names if getattr(filters, name) not in ([], None)]
    found = Counts(Total(0))
    # Filters that ask for nothing look at the same notices: those are found once for all of them.
    for besides, group in [
        ("", [name for name in names if name not in asked]),
        *((one, [one]) for one in asked),
    ]:
        ids = newest(session, filters, moment, besides)
        least = len(ids) > MOST_COUNTED
        if not besides:
            found.total = Total(len(ids) - least, least)
        if least:
            found.least.update(group)
        among = search.among(session, ids[:MOST_COUNTED])
        found.choices |= _tagged(session, among, [name for name in group if name in TAGGED])
        if LEVEL in group:
            found.choices[LEVEL] = _levels(session, among)
        if {"source", OPEN} & {*group}:
            sources, opened = _sources(session, among, moment)
            found.choices |= {
                name: value for name, value in (("source", sources), (OPEN, opened)) if name in group
            }
    return found


def _tagged(session: Session, among: Any, names: list[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    kinds = {TAGGED[name]: name for name in names}
    if not kinds:
        return found
    query = select(col(Tag.kind), col(Tag.code), func.count()).where(col(Tag.notice_id).in_(among))
    for kind, code, n in session.execute(query.group_by(col(Tag.kind), col(Tag.code))):
        if kind in kinds:
            found[kinds[kind]].append((code, n))
    for choices in found.values():
        choices.sort(key=lambda choice: (-choice[1], choice[0]))
    return found


def _sources(
    session: Session, among: Any, moment: dt.datetime
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The notices by source, and how many of them are open."""
    opened: ColumnElement[int] = func.sum(case((is_open(moment), 1), else_=0))
    query = select(col(Notice.source), func.count(), opened).where(col(Notice.id).in_(among))
    rows = [tuple(row) for row in session.execute(query.group_by(col(Notice.source)))]
    sources = sorted(((source, n) for source, n, _ in rows), key=lambda choice: (-choice[1], choice[0]))
    return sources, [("true", int(sum(n for _, _, n in rows)))]


def _levels(session: Session, among: Any = None) -> list[tuple[str, int]]:
    """The notices by level, `among` some or all."""
    query = select(col(Notice.level), func.count()).group_by(col(Notice.level))
    rows = session.execute(query if among is None else query.where(col(Notice.id).in_(among)))
    return sorted((tuple(row) for row in rows), key=lambda choice: (-choice[1], choice[0]))


def _open_of_all(session: Session, moment: dt.datetime) -> int:
    return int(session.execute(select(func.count()).select_from(Notice).where(is_open(moment))).scalar() or 0)
