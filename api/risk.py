"""Sector by market: how many notices of a period, how many still open, how many severe."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from alerts.dates import today
from alerts.level import STOPS_GOODS
from api import quick
from api.filters import Filters, is_open
from api.shapes import Cell, Risk
from config import taxonomy
from database.search import unindexed
from database.tables import Notice, Tag

PERIOD_DAYS = 365


def summary(
    session: Session,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
    market: Sequence[str] = (),
    seen: dt.datetime | None = None,
) -> Risk:
    """Counts of what was published in a period, by default the last year. One notice counts in each cell.

    `seen`: only what was stored by then, so that the same question later gives the same answer.
    """
    last = last or today(now)
    first = first or last - dt.timedelta(days=min(PERIOD_DAYS, last.toordinal() - 1))
    severe = [one.code for one in taxonomy.measure_types().values() if one.severity >= STOPS_GOODS]
    asked = Filters(published_from=first, published_to=last)
    if (counted := quick.cells(session, asked, now, seen, severe)) is not None:
        return Risk(published_from=first, published_to=last, items=_cells(counted, market))
    sectors, markets, hard = (aliased(Tag, name=name) for name in ("sectors", "markets", "hard"))
    stops = exists().where(
        col(hard.notice_id) == col(Notice.id), col(hard.kind) == "measure_type", col(hard.code).in_(severe)
    )
    query = (
        select(
            col(sectors.code),
            col(markets.code),
            func.count(),
            func.sum(case((is_open(now), 1), else_=0)),
            func.sum(case((stops, 1), else_=0)),
        )
        .select_from(Notice)
        .join(sectors, col(sectors.notice_id) == col(Notice.id))
        .join(markets, col(markets.notice_id) == col(Notice.id))
        .where(
            col(Notice.published_on).between(first, last),
            # First the notices of the period, then the tags of each; not all tags of a kind.
            unindexed(session, col(sectors.kind)) == "sector",
            unindexed(session, col(markets.kind)) == "market",
        )
        .group_by(col(sectors.code), col(markets.code))
        .order_by(col(sectors.code), col(markets.code))
    )
    if seen is not None:
        query = query.where(col(Notice.first_seen_at) <= seen)
    if market:
        query = query.where(col(markets.code).in_(market))
    cells = [
        Cell(sector=sector, market=code, notices=n, open_for_comment=open_ or 0, severe=stopped or 0)
        for sector, code, n, open_, stopped in session.execute(query)
    ]
    return Risk(published_from=first, published_to=last, items=cells)


def _cells(counted: Mapping[tuple[str, str], tuple[int, int, int]], market: Sequence[str]) -> list[Cell]:
    return [
        Cell(sector=sector, market=code, notices=n, open_for_comment=opened, severe=stopped)
        for (sector, code), (n, opened, stopped) in counted.items()
        if not market or code in market
    ]
