"""A period at a glance, for officials: each figure with the period before and the list behind it."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from alerts.dates import SHANGHAI
from alerts.level import LEVELS, STOPS_GOODS
from api import editorial, levels, quick, tags
from api.filters import Filters, conditions
from api.notices import identity
from api.reader import address
from config import taxonomy
from database.tables import Alert, Claim, Notice, Run, Tag

AHEAD = dt.timedelta(days=30)
TOP, WEIGHED = 8, 200
MOST_LAGS = 5_000


@dataclass(frozen=True)
class Period:
    """Days of publication, both included; `seen`: only what was stored by then."""

    first: dt.date
    last: dt.date
    seen: dt.datetime

    @property
    def before(self) -> "Period":
        """The period of the same length that ends the day before this one begins."""
        days = self.last - self.first
        last = self.first - dt.timedelta(days=1)
        return Period(last - days, last, self.seen)

    @property
    def moment(self) -> dt.datetime:
        """From where deadlines and levels are told: the end of the last day, or what was seen by then."""
        end = dt.datetime.combine(self.last, dt.time(23, 59, 59), SHANGHAI).astimezone(dt.UTC)
        return min(end, self.seen)


@dataclass(frozen=True)
class Figure:
    """A number, the same of the period before, and the page that lists what it counts."""

    key: str
    n: int
    before: int
    url: str

    @property
    def change(self) -> str:
        """Against the period before, with its sign."""
        return f"{self.n - self.before:+,}"


def severe_types() -> list[str]:
    """Measure types that stop goods at the border."""
    return [one.code for one in taxonomy.measure_types().values() if one.severity >= STOPS_GOODS]


def _filters(period: Period) -> dict[str, Filters]:
    within = {"published_from": period.first, "published_to": period.last}
    day, end = period.last, period.last + AHEAD
    return {
        "fig_new": Filters(**within),
        "fig_red": Filters(**within, level=["red", "orange"]),
        "fig_severe": Filters(**within, measure_type=severe_types()),
        "fig_open": Filters(**within, open_for_comment=True),
        "fig_closing": Filters(deadline_from=day, deadline_to=end),
        "fig_force": Filters(in_force_from=day, in_force_to=end),
    }


def _count(session: Session, filters: Filters, period: Period) -> int:
    if (n := quick.total(session, filters, period.moment, period.seen)) is not None:
        return n
    wanted = [*conditions(session, filters, period.moment), col(Notice.first_seen_at) <= period.seen]
    return session.exec(select(func.count()).select_from(Notice).where(*wanted)).one()


def figures(session: Session, period: Period, besides: str = "") -> list[Figure]:
    """What an official looks at first; `besides` is left for the caller to tell."""
    now, then = _filters(period), _filters(period.before)
    return [
        Figure(
            key,
            _count(session, filters, period),
            _count(session, then[key], period.before),
            address("/", filters.asked()),
        )
        for key, filters in now.items()
        if key != besides
    ]


def _published(period: Period) -> list[ColumnElement[bool]]:
    return [
        col(Notice.published_on).between(period.first, period.last),
        col(Notice.first_seen_at) <= period.seen,
    ]


def weeks(session: Session, period: Period, *, severe: bool = False) -> list[tuple[dt.date, int]]:
    """Notices by week of publication, each week named by its Monday, also those with none.

    `severe`: only what stops goods at the border.
    """
    query = select(col(Notice.published_on), func.count()).where(*_published(period))
    if severe:
        stops = exists().where(
            col(Tag.notice_id) == col(Notice.id),
            col(Tag.kind) == "measure_type",
            col(Tag.code).in_(severe_types()),
        )
        query = query.where(stops)
    rows = session.exec(query.group_by(col(Notice.published_on)))
    found: Counter[dt.date] = Counter()
    for day, n in rows:
        if day is not None:
            found[day - dt.timedelta(days=day.weekday())] += n
    monday = period.first - dt.timedelta(days=period.first.weekday())
    steps = ((period.last - monday).days // 7) + 1
    mondays = [monday + dt.timedelta(days=7 * step) for step in range(steps)]
    return [(one, found[one]) for one in mondays]


def tagged(session: Session, period: Period, kind: str, most: int = 10) -> list[tuple[str, int]]:
    """How many notices have each tag of a kind, the most frequent first."""
    within = Filters(published_from=period.first, published_to=period.last)
    if (found := quick.tagged(session, within, period.moment, period.seen, kind)) is not None:
        return sorted(((code, n) for code, n in found.items() if n), key=lambda one: (-one[1], one[0]))[:most]
    query = (
        select(Tag.code, func.count())
        .join(Notice, col(Notice.id) == col(Tag.notice_id))
        .where(Tag.kind == kind, *_published(period))
        .group_by(Tag.code)
        .order_by(func.count().desc(), Tag.code)
        .limit(most)
    )
    return [(code, n) for code, n in session.exec(query)]


@dataclass(frozen=True)
class Weighty:
    """A notice that matters, with what makes it so."""

    notice: Notice
    codes: tags.Tags
    level: str
    days: int | None
    severe: bool
    edited: Mapping[str, Any]


def weightiest(session: Session, period: Period, among: Sequence[int] | None = None) -> list[Weighty]:
    """The notices of a period that matter most, one for each measure; `among`: only some of them."""
    day = period.last
    pressing = (
        levels.condition(["red", "orange", "yellow"])
        if among is None
        else col(Notice.id).in_(among[:WEIGHED])
    )
    query = select(Notice).where(pressing, col(Notice.withdrawn).is_(False), *_published(period))
    query = query.order_by(col(Notice.published_on).desc(), col(Notice.id).desc()).limit(WEIGHED)
    rows = session.exec(query.options(defer(col(Notice.text)))).all()  # type: ignore[arg-type]
    numbers = [identity(one) for one in rows]
    codes, edited = tags.of(session, numbers), editorial.published(session, numbers)
    grades = levels.graded(session, rows, codes, day)
    hard, found = set(severe_types()), []
    for one in rows:
        mine = codes[identity(one)]
        ahead = [(end - day).days for end in (one.comment_deadline, one.in_force_on) if end and end >= day]
        grade = grades[identity(one)].name
        severe = bool(hard.intersection(mine["measure_type"]))
        text = edited.get(identity(one), editorial.NOTHING)
        found.append(Weighty(one, mine, grade, min(ahead, default=None), severe, text))
    found.sort(
        key=lambda one: (-LEVELS.index(one.level), not one.severe, _far(one.days), -len(one.codes["sector"]))
    )
    measures: dict[int | None, Weighty] = {}
    for weighty in found:
        measures.setdefault(weighty.notice.measure_id, weighty)
    return list(measures.values())[:TOP]


def _far(days: int | None) -> int:
    return 10_000 if days is None else days


@dataclass(frozen=True)
class Lag:
    """Hours from the day of publication to the alert."""

    p50: float
    p95: float
    n: int


def lag(session: Session, period: Period) -> Lag | None:
    """From the first minute of the day of publication until alerts were owed; None: no alerts."""
    rows = session.exec(
        select(col(Alert.created_at), col(Notice.published_on))
        .join(Notice, col(Notice.id) == col(Alert.notice_id))
        .where(Alert.reason == "new", Alert.late == "", *_published(period))
        .order_by(col(Alert.id).desc())
        .limit(MOST_LAGS)
    ).all()
    hours = sorted(
        (at - dt.datetime.combine(day, dt.time(), SHANGHAI)).total_seconds() / 3600 for at, day in rows if day
    )
    if not hours:
        return None
    return Lag(hours[len(hours) // 2], hours[min(len(hours) - 1, int(len(hours) * 0.95))], len(hours))


@dataclass(frozen=True)
class RunDay:
    """What happened on a day: runs, failures, missed slots."""

    runs: int = 0
    failed: int = 0
    missed: int = 0


def _moments(days: Sequence[dt.date]) -> tuple[dt.datetime, dt.datetime]:
    first = dt.datetime.combine(days[0], dt.time(), SHANGHAI).astimezone(dt.UTC)
    last = dt.datetime.combine(days[-1] + dt.timedelta(days=1), dt.time(), SHANGHAI).astimezone(dt.UTC)
    return first, last


def regularity(session: Session, days: Sequence[dt.date]) -> dict[str, dict[dt.date, RunDay]]:
    """Runs, failures and missed slots by source and day."""
    first, last = _moments(days)
    runs: Counter[tuple[str, dt.date]] = Counter()
    failed: Counter[tuple[str, dt.date]] = Counter()
    missed: Counter[tuple[str, dt.date]] = Counter()
    within = col(Run.started_at).between(first, last)
    for source, status, at in session.exec(select(Run.source, Run.status, Run.started_at).where(within)):
        key = (source, at.astimezone(SHANGHAI).date())
        runs[key] += 1
        failed[key] += status in ("failed", "died")
    slots = select(Claim.job, Claim.slot).where(col(Claim.missed), col(Claim.slot).between(first, last))
    for job, slot in session.exec(slots):
        if job.startswith("crawl:"):
            missed[(job.removeprefix("crawl:"), slot.astimezone(SHANGHAI).date())] += 1
    sources = sorted({source for source, _ in (*runs, *missed)})
    return {
        source: {
            day: RunDay(runs[(source, day)], failed[(source, day)], missed[(source, day)]) for day in days
        }
        for source in sources
    }
