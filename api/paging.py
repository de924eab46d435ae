"""Pages by key, not by number: rows that arrive while somebody reads on move nothing.

An order is a list of stretches: first of what holds the words that were asked for (by relevance: in its
title, then elsewhere), then of what they mean.
The cursor says in which stretch the last row stood, its key and id, and the
moment that tells open from closed, so that the stretches stay the same from page to page.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from alerts.level import LEVELS
from api import levels, meaning, quick
from api.errors import InvalidParameter
from api.filters import Filters, Hits, conditions, is_not_open, is_open
from api.values import LARGEST_ID
from database import types
from database.tables import Notice

Sort = Literal["newest", "deadline", "level", "relevance"]
LONGEST_CURSOR = 200
WITHOUT_TEXT = defer(col(Notice.text), raiseload=True)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Cursor:
    """After which row to go on."""

    sort: Sort
    moment: dt.datetime
    stretch: int = 0
    key: str | None = None
    id: int | None = None

    def __str__(self) -> str:
        """As it stands in an address; nothing for readers to build on."""
        parts = [self.sort, self.moment.timestamp(), self.stretch, self.key, self.id]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(cursor: str) -> Cursor:
    """A cursor from an address. Raises InvalidParameter."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        sort, stamp, stretch, key, last = json.loads(base64.b64decode(padded, b"-_", validate=True))
        found = Cursor(sort, dt.datetime.fromtimestamp(stamp, dt.UTC), stretch, key, last)
        stretches = _stretches(found, _hits(sort))
        # type() rather than isinstance(): true is no number here
        if type(last) is not int or type(stretch) is not int or not 0 < last <= LARGEST_ID or stretch < 0:
            raise ValueError
        stretches[stretch].value(key)
    except (ValueError, TypeError, LookupError, OverflowError, OSError, binascii.Error) as error:
        raise InvalidParameter("cursor", "is not one of ours; begin again without it") from error
    return found


@dataclass(frozen=True)
class _Stretch:
    name: quick.Stretch
    holds: ColumnElement[bool]
    key: Any = None
    falling: bool = True
    hits: Hits = "any"
    level: str = ""

    def value(self, key: str | None) -> dt.date | dt.datetime | None:
        if self.key is None:
            if key is not None:
                raise ValueError(key)
            return None
        if key is None:
            raise ValueError(key)
        return dt.date.fromisoformat(key) if self.falling else _aware(key)

    def after(self, key: str | None, last: int) -> ColumnElement[bool]:
        value, number = self.value(key), col(Notice.id)
        further = number < last if self.falling else number > last
        if self.key is None:
            return further
        beyond = self.key < value if self.falling else self.key > value
        # The first condition repeats the second, so that an index on the key bounds the scan.
        bound = self.key <= value if self.falling else self.key >= value
        return and_(bound, or_(beyond, further))

    def order(self) -> list[Any]:
        columns = [column for column in (self.key, col(Notice.id)) if column is not None]
        return [column.desc() if self.falling else column.asc() for column in columns]


def _aware(key: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(key)
    if found.tzinfo is None:
        raise ValueError(key)
    return found


def _hits(sort: Sort, words: str | None = None) -> Sequence[Hits]:
    """How words are found, the best first. A cursor is read before it is known what was asked."""
    if words is not None and not words.strip():
        return ("text",)
    stand: tuple[Hits, ...] = ("title", "body") if sort == "relevance" else ("text",)
    return (*stand, "meaning") if words is None or meaning.meanings(words) else stand


def _stretches(cursor: Cursor, hits: Sequence[Hits]) -> list[_Stretch]:
    return [replace(one, hits=some) for some in hits for one in _order(cursor)]


def _order(cursor: Cursor) -> list[_Stretch]:
    published = col(Notice.published_on)
    newest = [
        _Stretch("published", published.is_not(None), published),
        _Stretch("unpublished", published.is_(None)),
    ]
    if cursor.sort in ("newest", "relevance"):
        return newest
    if cursor.sort == "level":
        return [
            replace(one, holds=and_(one.holds, levels.condition([name])), level=name)
            for name in reversed(LEVELS)
            for one in newest
        ]
    if cursor.sort == "deadline":
        closed = is_not_open(cursor.moment)
        return [
            _Stretch("open", is_open(cursor.moment), col(Notice.closes_at), falling=False),
            _Stretch("closed_published", and_(closed, published.is_not(None)), published),
            _Stretch("closed_unpublished", and_(closed, published.is_(None))),
        ]
    raise ValueError(cursor.sort)


def _key(notice: Notice, stretch: _Stretch) -> str | None:
    if stretch.key is None:
        return None
    value = notice.published_on if stretch.falling else notice.closes_at
    return value.isoformat() if value else None


def start(sort: Sort) -> Cursor:
    """The place before the first row."""
    return Cursor(sort, types.now())


@dataclass(frozen=True)
class Page:
    """Some rows: in the first `stand` of them stand the words asked for, the others are meant by them."""

    notices: list[Notice]
    stand: int
    following: Cursor | None


After = tuple[str | None, int] | None


def _by_sql(
    session: Session, filters: Filters, cursor: Cursor, stretch: _Stretch, after: After, most: int
) -> Sequence[Notice]:
    wanted = conditions(session, filters, cursor.moment, hits=stretch.hits)
    query = select(Notice).where(stretch.holds, *wanted).order_by(*stretch.order())
    if after is not None:
        query = query.where(stretch.after(*after))
    return session.exec(query.limit(most).options(WITHOUT_TEXT)).all()


def _by_bitmaps(
    session: Session, filters: Filters, cursor: Cursor, stretch: _Stretch, after: After, most: int
) -> Sequence[Notice] | None:
    place = (stretch.value(after[0]), after[1]) if after is not None else None
    wanted = quick.Wanted(stretch.name, cursor.moment, most, place, stretch.level)
    numbers = quick.rows(session, filters, stretch.hits, wanted)
    if numbers is None:
        return None
    found = session.exec(select(Notice).where(col(Notice.id).in_(numbers)).options(WITHOUT_TEXT))
    by_number = {notice.id: notice for notice in found}
    return [by_number[number] for number in numbers if number in by_number]


def page(session: Session, filters: Filters, cursor: Cursor, limit: int) -> Page:
    """The next rows, without their long texts, and where to go on; None at the end."""
    rows: list[tuple[int, Notice]] = []
    stretches = _stretches(cursor, _hits(cursor.sort, filters.q))
    for number in range(cursor.stretch, len(stretches)):
        stretch, most = stretches[number], limit + 1 - len(rows)
        after = (cursor.key, cursor.id) if number == cursor.stretch and cursor.id is not None else None
        some = _by_bitmaps(session, filters, cursor, stretch, after, most)
        if some is None:
            some = _by_sql(session, filters, cursor, stretch, after, most)
        rows.extend((number, notice) for notice in some)
        if len(rows) > limit:
            break
    following = None
    if len(rows) > limit:
        last, notice = rows[limit - 1]
        following = Cursor(cursor.sort, cursor.moment, last, _key(notice, stretches[last]), notice.id)
    shown = rows[:limit]
    stand = sum(stretches[number].hits != "meaning" for number, _ in shown)
    return Page([notice for _, notice in shown], stand, following)
