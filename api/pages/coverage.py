"""`/coverage`: whom the service reaches, by sector and market; for people who log in, small groups hidden."""

import datetime as dt
from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.exposure import sectors_of
from alerts.products import SIZES
from api import period
from api.period import Period
from api.rendering import render
from api.steps import FEW, stepped
from api.values import market_codes
from config import taxonomy
from database import types
from database.session import reading
from database.tables import Firm, Product, Subscriber, Subscription

router = APIRouter()

DAYS = 90
ANY = ""
UNSAID, ALL = "unsaid", "all"


def _clusters(session: Session) -> dict[str, Any]:
    """Persons by city and size of firm, and by city and sector; in steps of FEW, to single nobody out."""
    firms = {one.subscriber_id: one for one in session.exec(select(Firm))}
    running = (
        col(Subscription.confirmed_at).is_not(None),
        col(Subscription.ended_at).is_(None),
        col(Subscriber.ended_at).is_(None),
    )
    query = select(Subscription.subscriber_id, Subscription.sectors)
    wanted: dict[int, set[str]] = {}
    for person, sectors in session.exec(
        query.join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id)).where(*running)
    ):
        wanted.setdefault(person, set()).update(sectors)
    for person, hs in session.exec(select(Product.subscriber_id, Product.hs)):
        if person in wanted:
            wanted[person].update(sectors_of(hs))
    sizes, sectors_by = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for person, some in wanted.items():
        firm = firms.get(person) or Firm(subscriber_id=person)
        for size in (firm.size or UNSAID, ALL):
            sizes[firm.city, size] += 1
        sectors_by.update((firm.city, sector) for sector in some)
    cities = [*taxonomy.cities(), ANY]
    return {
        "cities": [one for one in cities if sizes[one, ALL]],
        "by_size": {key: stepped(n) for key, n in sizes.items()},
        "by_sector": {key: stepped(n) for key, n in sectors_by.items()},
        "known_sectors": [
            one for one in taxonomy.sectors() if any(one == sector for _, sector in sectors_by)
        ],
    }


def _subscribed(session: Session) -> tuple[int, dict[str, Counter[str]]]:
    """Confirmed subscribers, and how many of them want each sector and market; ANY counts who names none."""
    rows = session.exec(
        select(Subscription.subscriber_id, Subscription.sectors, Subscription.markets)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
            col(Subscriber.ended_at).is_(None),
        )
    ).all()
    pairs: dict[str, set[tuple[str, int]]] = {"sector": set(), "market": set()}
    for subscriber, sectors, markets in rows:
        pairs["sector"] |= {(code, subscriber) for code in sectors or [ANY]}
        pairs["market"] |= {(code, subscriber) for code in markets or [ANY]}
    people = len({subscriber for subscriber, _, _ in rows})
    return people, {kind: Counter(code for code, _ in some) for kind, some in pairs.items()}


@router.get("/coverage")
def page(request: Request) -> HTMLResponse:
    """Subscribers beside notices: where there is much to tell and nobody listening."""
    now = types.now()
    last = today(now)
    chosen = Period(last - dt.timedelta(days=DAYS - 1), last, now)
    with reading() as session:
        people, subscribed = _subscribed(session)
        known = {"sector": [*taxonomy.sectors(), ANY], "market": [*market_codes(), ANY]}
        tables = {}
        for kind, codes in known.items():
            notices = dict(period.tagged(session, chosen, kind, most=200))
            tables[kind] = [(code, subscribed[kind][code], notices.get(code, 0)) for code in codes]
        clusters = _clusters(session)
    return render(
        request,
        "coverage.html",
        private=True,
        people=people,
        tables=tables,
        few=FEW,
        period=chosen,
        sizes=[*SIZES, UNSAID, ALL],
        **clusters,
    )
