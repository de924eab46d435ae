"""What a reader asks for: the same filters for the JSON list, its downloads and the search page."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    except_,
    false,
    intersect,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from api import levels, meaning
from api.meaning import Meaning, Part
from api.values import Countries, Day, Levels, Markets, MeasureTypes, Prefixes, Sectors, Sources, Words
from database import search
from database.tables import Notice, NoticeCode, Tag

# Filter, and the kind of tag it asks for.
TAGGED = {"sector": "sector", "market": "market", "country": "country", "measure_type": "measure_type"}
# any: all of them; text: the words stand in it; title: in its title; body: elsewhere; meaning: only meant.
Hits = Literal["any", "text", "title", "body", "meaning"]


class Filters(BaseModel):
    """Values of one filter widen it, several filters narrow the result."""

    model_config = ConfigDict(extra="forbid")

    q: Words = Field(
        "",
        description="words that all stand in the notice, or mean its sector, measure, country or HS code; "
        "Chinese without spaces",
    )
    sector: Sectors = Field([], description="product sectors")
    market: Markets = Field([], description="markets")
    country: Countries = Field([], description="ISO 3166 alpha-3 codes, and EU")
    hs: Prefixes = Field([], description="first digits of HS codes the publisher stated")
    measure_type: MeasureTypes = Field([], description="what the measure does")
    source: Sources = Field([], description="names of sources, see /api/v1/sources")
    level: Levels = Field([], description="how pressing for those directly concerned")
    open_for_comment: bool | None = Field(None, description="whether comments are still taken")
    published_from: Day | None = Field(None, description="first day of publication")
    published_to: Day | None = Field(None, description="last day of publication")
    deadline_from: Day | None = Field(None, description="first day of a comment deadline")
    deadline_to: Day | None = Field(None, description="last day of a comment deadline")
    in_force_from: Day | None = Field(None, description="first day of entry into force")
    in_force_to: Day | None = Field(None, description="last day of entry into force")

    @property
    def chosen(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.asked())

    def asked(self) -> dict[str, object]:
        """The filters that ask for something, as given."""
        return {
            name: value
            for name in Filters.model_fields
            if (value := getattr(self, name)) not in ("", [], None)
        }


def is_open(moment: dt.datetime) -> ColumnElement[bool]:
    """Notices that took comments at a moment."""
    return and_(col(Notice.closes_at) >= moment, col(Notice.withdrawn).is_(False))


def is_not_open(moment: dt.datetime) -> ColumnElement[bool]:
    """The others, among them those whose deadline is not stated."""
    closed = col(Notice.closes_at) < moment
    return or_(col(Notice.closes_at).is_(None), closed, col(Notice.withdrawn))


def _tagged(kind: str, codes: list[str]) -> Select[Any]:
    return select(col(Tag.notice_id)).where(col(Tag.kind) == kind, col(Tag.code).in_(codes))


def _stated(prefixes: list[str]) -> Select[Any]:
    # Between two strings of digits: every collation agrees on those, and the index serves it.
    ranges = [col(NoticeCode.code).between(one, one.ljust(14, "9")) for one in prefixes]
    return select(col(NoticeCode.notice_id)).where(col(NoticeCode.scheme) == "hs", or_(*ranges))


def _plain(compound: CompoundSelect[Any]) -> Select[Any]:
    """A compound of queries as one that can stand in another: SQLite takes no brackets around it."""
    inner = compound.subquery()
    return select(inner.c[0])


def _tag_of(meaning: Meaning) -> Select[Any]:
    return _stated([meaning.code]) if meaning.kind == "hs" else _tagged(meaning.kind, [meaning.code])


def _meant(session: Session, part: Part) -> Select[Any] | None:
    """The notices in which the words of a part stand, and those tagged with what they mean."""
    stand = search.numbers(session, part.words)
    if stand is None or not part.groups:
        return stand
    groups = [_plain(union_all(*map(_tag_of, group))) for group in part.groups]
    return _plain(union_all(stand, _plain(intersect(*groups)) if len(groups) > 1 else groups[0]))


def found_by(session: Session, words: str, hits: Hits) -> ColumnElement[bool]:
    """The condition under which a query finds a notice.

    One set a part, made by UNION and EXCEPT: PostgreSQL looks through a set under OR or NOT once for each
    notice as soon as it is too large for its memory.
    """
    stand, parts = search.numbers(session, words), meaning.parts(words)
    if stand is None:
        return false()
    if hits in ("title", "body"):
        leading = search.numbers_with(session, search.in_title(search.phrases(words)))
        return search.within(session, leading if hits == "title" else _plain(except_(stand, leading)))
    if hits == "text" or not any(part.groups for part in parts):
        return false() if hits == "meaning" else search.within(session, stand)
    sets = [one for part in parts if (one := _meant(session, part)) is not None]
    if hits == "meaning":
        sets[0] = _plain(except_(sets[0], stand))
    return and_(*(search.within(session, one) for one in sets))


def _published(filters: Filters) -> list[ColumnElement[bool]]:
    found = []
    if filters.published_from:
        found.append(col(Notice.published_on) >= filters.published_from)
    if filters.published_to:
        found.append(col(Notice.published_on) <= filters.published_to)
    return found


def _dated(filters: Filters) -> list[ColumnElement[bool]]:
    """Deadlines and entries into force within days; what was withdrawn has neither."""
    found = []
    for name, day in (("deadline", col(Notice.comment_deadline)), ("in_force", col(Notice.in_force_on))):
        first, last = getattr(filters, f"{name}_from"), getattr(filters, f"{name}_to")
        if first or last:
            found += [day >= first] if first else []
            found += [day <= last] if last else []
            found.append(col(Notice.withdrawn).is_(False))
    return found


def conditions(
    session: Session, filters: Filters, moment: dt.datetime, besides: str = "", hits: Hits = "any"
) -> list[ColumnElement[bool]]:
    """Conditions on Notice; `besides` names one filter to leave out, for counting its choices.

    `hits`: how the words are found.
    """
    found = [] if "published" in besides else _published(filters)
    found += _dated(filters)
    if filters.q.strip():
        found.append(found_by(session, filters.q, hits))
    for name, kind in TAGGED.items():
        if (codes := getattr(filters, name)) and name != besides:
            found.append(search.within(session, _tagged(kind, codes)))
    if filters.hs:
        found.append(search.within(session, _stated(filters.hs)))
    if filters.source and besides != "source":
        found.append(col(Notice.source).in_(filters.source))
    if filters.level and besides != "level":
        found.append(levels.condition(filters.level))
    if filters.open_for_comment is not None and besides != "open_for_comment":
        found.append(is_open(moment) if filters.open_for_comment else is_not_open(moment))
    return found
