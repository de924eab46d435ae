"""A search to keep: in words, as addresses of feed, calendar and files, and as these themselves.

What is asked of all is public, so these addresses hold no token: whoever has one sees what the page shows.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, or_
from sqlmodel import Session, col, select

from alerts import calendar, feed
from alerts.dates import today
from api import paging, quick
from api.filters import Filters, conditions
from api.reader import Reader, address
from config.settings import settings
from database.tables import Notice

MOST_ENTRIES = 50
MOST_DATED = 300


def named(reader: Reader, name: str, value: Any) -> str:
    """A filter in words."""
    if isinstance(value, dt.date):
        words = {"published_from": "chip_from", "published_to": "chip_to"}.get(name, f"people.chip_{name}")
        return reader.say(words, day=reader.day(value))
    if name == "q":
        return reader.say("chip_words", words=value)
    if name == "hs":
        return f"HS {value}"
    if name == "level":
        return reader.say(f"letters.level_{value}")
    if name == "open_for_comment":
        return reader.say("chip_open" if value else "chip_closed")
    return reader.name(name, value)


def described(reader: Reader, filters: Filters) -> str:
    """A search in words."""
    found = [
        named(reader, name, one)
        for name, value in filters.asked().items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return reader.say("comma").join(found) or reader.say("letters.everything")


def ways(filters: Filters, order: Mapping[str, str], language: str) -> dict[str, str]:
    """The addresses at which a search can be kept or taken along."""
    asked = filters.asked()
    files = {
        kind: address("/api/v1/notices", {**asked, **order, "format": kind})
        for kind in ("csv", "xlsx", "jsonl")
    }
    return {
        **files,
        "json": address("/api/v1/notices", {**asked, **order}),
        "page": settings().public_url.rstrip("/") + address("/", {**asked, **order}),
        "atom": address("/feeds/search.atom", {**asked, "lang": language}),
        "ics": address("/calendars/search.ics", {**asked, "lang": language}),
    }


def atom(session: Session, reader: Reader, filters: Filters) -> bytes:
    """The newest notices of a search, as Atom."""
    found = paging.page(session, filters, paging.start("newest"), MOST_ENTRIES).notices
    own = settings().public_url.rstrip("/") + ways(filters, {}, reader.language)["atom"]
    title = reader.say("channels.feed_title", name=described(reader, filters))
    return feed.listed(session, found, title, own, address("/", filters.asked()), reader.language)


def ics(session: Session, reader: Reader, filters: Filters, now: dt.datetime) -> bytes:
    """The dates to come of the notices of a search, the nearest deadlines first, as a calendar."""
    ids = quick.ahead(session, filters, now, today(now), MOST_DATED)
    ids = _ahead(session, filters, now) if ids is None else ids
    return calendar.listed(session, ids, described(reader, filters), reader.language)


def _ahead(session: Session, filters: Filters, now: dt.datetime) -> list[int]:
    """As quick.ahead, without an index."""
    opened, coming = col(Notice.closes_at) >= now, col(Notice.in_force_on) >= today(now)
    wanted = (*conditions(session, filters, now), or_(opened, coming), col(Notice.withdrawn).is_(False))
    order = (
        case((opened, 0), else_=1),
        case((opened, col(Notice.closes_at))),
        case((opened, None), else_=col(Notice.in_force_on)),
        col(Notice.id),
    )
    found = session.exec(select(Notice.id).where(*wanted).order_by(*order).limit(MOST_DATED))
    return [number for number in found if number is not None]
