"""Whether the sources were watched without a gap: runs, failures, missed slots, and how late alerts were."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.dates import SHANGHAI
from api.period import Lag, Period, regularity
from api.reader import Reader
from database.tables import Alert, Claim, Notice, Run

MOST_RUNS = 200
MOST_SLOW = 50
LONG_HOURS = 48


def span(reader: Reader, hours: float) -> str:
    """A number of hours in words; from two days on, in days."""
    if hours >= LONG_HOURS:
        return reader.say("people.days_n", n=f"{hours / 24:.1f}")
    return reader.say("people.hours", n=round(hours))


def told(reader: Reader, lag: Lag | None) -> str:
    """How long it took from publication to alert."""
    if lag is None:
        return reader.say("people.lag_none")
    return reader.say(
        "people.lag", p50=span(reader, lag.p50), p95=span(reader, lag.p95), n=reader.number(lag.n)
    )


def totals(session: Session, period: Period) -> list[tuple[str, int, int, int]]:
    """Each source with its runs, failed runs and missed slots of a period."""
    days = [period.first + dt.timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    return [
        (
            source,
            sum(day.runs for day in some.values()),
            sum(day.failed for day in some.values()),
            sum(day.missed for day in some.values()),
        )
        for source, some in regularity(session, days).items()
    ]


@dataclass(frozen=True)
class Slow:
    """A notice with how long its first alert took."""

    notice: Notice
    owed_at: dt.datetime
    hours: float


def slowest(session: Session, period: Period) -> list[Slow]:
    """The notices of a period whose alerts came latest after their publication."""
    rows = session.exec(
        select(Notice, Alert.created_at)
        .join(Alert, col(Alert.notice_id) == col(Notice.id))
        .where(
            Alert.reason == "new",
            Alert.late == "",
            col(Notice.published_on).between(period.first, period.last),
        )
        .order_by(col(Alert.id).desc())
        .limit(MOST_RUNS * 25)
    )
    found: dict[int | None, Slow] = {}
    for notice, at in rows:
        if notice.published_on is None:
            continue
        day = dt.datetime.combine(notice.published_on, dt.time(), SHANGHAI)
        found[notice.id] = Slow(notice, at, (at - day).total_seconds() / 3600)
    return sorted(found.values(), key=lambda one: -one.hours)[:MOST_SLOW]


def _moments(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    begin = dt.datetime.combine(first, dt.time(), SHANGHAI)
    return begin, dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), SHANGHAI)


def runs(session: Session, period: Period, source: str = "") -> list[Run]:
    """The runs of a period, the newest first."""
    query = select(Run).where(col(Run.started_at).between(*_moments(period.first, period.last)))
    if source:
        query = query.where(Run.source == source)
    return list(session.exec(query.order_by(col(Run.started_at).desc()).limit(MOST_RUNS)))


def missed(session: Session, period: Period, source: str = "") -> list[Claim]:
    """The slots of a period that passed while nobody was there, the newest first."""
    query = select(Claim).where(
        col(Claim.missed), col(Claim.slot).between(*_moments(period.first, period.last))
    )
    query = query.where(Claim.job == f"crawl:{source}" if source else col(Claim.job).startswith("crawl:"))
    return list(session.exec(query.order_by(col(Claim.slot).desc()).limit(MOST_RUNS)))
