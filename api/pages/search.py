"""`/`: one box, filters with their numbers, and what was found. Works as a plain form."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlmodel import Session

from alerts.dates import today
from alerts.level import LEVELS
from api import facets, meaning, paging, saved, sources, suggest
from api.cards import cards
from api.errors import InvalidParameter, described
from api.filters import Filters
from api.reader import Reader, address, language_of
from api.rendering import render
from api.saved import named
from api.values import market_codes
from database import types
from database.session import reading

router = APIRouter()

ROWS = 20
SHOWN = 7  # choices before "more"
MOST_CHOICES = 60
GROUPS = ("market", "sector", "measure_type", "country", "source", "level")
SORTS = ("newest", "deadline", "level", "relevance")
CANDIDATES = 4  # HS headings a product word may mean
AHEAD = dt.timedelta(days=180)
DATES = ("published", "deadline", "in_force")
SUBSCRIBABLE = ("sector", "market", "country", "hs", "measure_type")


@dataclass(frozen=True)
class Choice:
    """One value of a filter."""

    code: str
    name: str
    n: int
    chosen: bool
    least: bool = False


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the page without it."""

    name: str
    without: str


def _given(request: Request) -> dict[str, Any]:
    """The filters of the address; what a form sends empty, and what others append, is passed over."""
    given: dict[str, Any] = {}
    for name in Filters.model_fields:
        values = [value for value in request.query_params.getlist(name) if value.strip()]
        if values:
            many = Filters.model_fields[name].annotation
            given[name] = values if "list" in str(many) else values[-1]
    return given


def _name(reader: Reader, kind: str, code: str) -> str:
    if kind != "level":
        return reader.name(kind, code)
    return f"{reader.say(f'letters.level_{code}')} · {reader.say(f'letters.level_word_{code}')}"


def _choices(reader: Reader, filters: Filters, counts: facets.Counts) -> dict[str, list[Choice]]:
    found = {}
    for name in GROUPS:
        chosen = getattr(filters, name)
        numbers = dict(counts.choices[name])
        codes = [*chosen, *(code for code in numbers if code not in chosen)][:MOST_CHOICES]
        if name == "market":  # few, and known by their order
            codes = [code for code in market_codes() if code in codes]
        if name == "level":
            codes = [*LEVELS[::-1]]
        found[name] = [
            Choice(code, called, numbers.get(code, 0), code in chosen, name in counts.least)
            for code, called in ((one, _name(reader, name, one)) for one in codes)
        ]
    return found


def _chips(reader: Reader, filters: Filters, kept: Mapping[str, Any]) -> list[Chip]:
    asked, found = filters.asked(), []
    for name, value in asked.items():
        for one in value if isinstance(value, list) else [value]:
            rest = [other for other in value if other != one] if isinstance(value, list) else None
            words = named(reader, name, one)
            found.append(Chip(words, address("/", {**asked, **kept, name: rest})))
    return found


def _meant(reader: Reader, words: str) -> str:
    """What the words mean, by name."""
    found = meaning.meanings(words)
    return reader.say("comma").join(
        f"HS {one.code}" if one.kind == "hs" else reader.name(one.kind, one.code) for one in found
    )


Task = tuple[str, str, facets.Total]


def _tasks(session: Session, now: dt.datetime) -> list[Task]:
    """What people come for, each with its page and number."""
    week = today(now) - dt.timedelta(days=6)
    wanted: list[tuple[str, Filters, dict[str, str]]] = [
        ("task_open", Filters(open_for_comment=True), {"sort": "deadline"}),
        ("task_week", Filters(published_from=week), {}),
        ("task_pressing", Filters(level=["red", "orange"]), {}),
        ("task_recall", Filters(measure_type=["recall"]), {}),
    ]
    return [
        (name, address("/", {**filters.asked(), **sort}), facets.total(session, filters, now))
        for name, filters, sort in wanted
    ]


def _candidates(reader: Reader, filters: Filters, order: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """HS headings the words may mean: code, name, and the list by that code instead of the words."""
    rest = {**filters.asked(), **order, "q": None}
    found = suggest.suggestions(reader, filters.q[: suggest.LONGEST]) if not filters.hs else []
    headed = [one for one in found if one.hs][:CANDIDATES]
    return [(one.hs, one.heading, address("/", {**rest, "hs": one.hs})) for one in headed]


def _ahead(session: Session, filters: Filters, counts: facets.Counts, now: dt.datetime) -> list[Task]:
    """Of what was found, what one can still comment on and what is about to enter into force."""
    first, last = today(now), today(now) + AHEAD
    opened = facets.Total(counts.choices[facets.OPEN][0][1], facets.OPEN in counts.least)
    coming = filters.model_copy(update={"in_force_from": first, "in_force_to": last})
    found: list[Task] = []
    if filters.open_for_comment is None:
        address_of = {**filters.asked(), "open_for_comment": True, "sort": "deadline"}
        found.append(("ahead_open", address("/", address_of), opened))
    if not (filters.in_force_from or filters.in_force_to):
        found.append(("ahead_coming", address("/", coming.asked()), facets.total(session, coming, now)))
    return found


def _links(filters: Filters, sort: str, language: str) -> dict[str, str]:
    asked = filters.asked()
    order = {"sort": sort} if sort != SORTS[0] else {}
    wish = {name: value for name, value in asked.items() if name in SUBSCRIBABLE}
    if filters.q.strip():
        wish["keyword"] = filters.q.strip()
    return {
        "subscribe": address("/subscribe", wish),
        **saved.ways(filters, order, language),
        **{f"sort_{one}": address("/", {**asked, "sort": one}) for one in SORTS},
    }


def _wrong(request: Request, given: Mapping[str, Any], errors: list[dict[str, Any]]) -> HTMLResponse:
    return render(
        request, "search.html", status=422, filters=Filters(), errors=errors, cards=[], total=facets.Total(0),
        stand=0, meant="",
        words=str(given.get("q", ""))[:200], chips=[], choices={}, open_count=facets.Total(0), tasks=[],
        links=_links(Filters(), SORTS[0], language_of(request)),
        sort=SORTS[0], sorts=SORTS, next="", first="", shown=SHOWN, candidates=[], ahead=[], dates=DATES,
    )  # fmt: skip


@router.get("/")
def page(request: Request) -> HTMLResponse:
    """Search."""
    given, reader, now = _given(request), Reader(language_of(request)), types.now()
    sort = request.query_params.get("sort") or SORTS[0]
    try:
        filters = Filters.model_validate(given)
        if sort not in SORTS:
            raise InvalidParameter("sort", "is not known", SORTS)
        mark = request.query_params.get("cursor", "")[: paging.LONGEST_CURSOR]
        cursor = paging.read(mark) if mark else paging.start(cast(paging.Sort, sort))
        with reading() as session:
            sources.check(session, filters.source)
            some = paging.page(session, filters, cursor, ROWS)
            counts = facets.counts(session, filters, now)
            found = cards(session, reader, some.notices, now)
            home = not filters.chosen and not mark
            tasks = _tasks(session, now) if home else []
            ahead = _ahead(session, filters, counts, now) if filters.chosen and some.notices else []
    except ValidationError as error:
        return _wrong(request, given, described(error.errors()))
    except InvalidParameter as error:
        return _wrong(request, given, [{"parameter": error.parameter, "detail": error.reason}])
    order = {"sort": sort} if sort != SORTS[0] else {}
    here = {**filters.asked(), **order}
    return render(
        request,
        "search.html",
        filters=filters,
        words=filters.q,
        errors=[],
        cards=found,
        total=counts.total,
        stand=some.stand,
        meant=_meant(reader, filters.q),
        chips=_chips(reader, filters, order),
        choices=_choices(reader, filters, counts),
        open_count=facets.Total(counts.choices[facets.OPEN][0][1], facets.OPEN in counts.least),
        tasks=tasks,
        links=_links(filters, sort, reader.language),
        sort=sort,
        sorts=SORTS if filters.q.strip() else SORTS[:-1],
        candidates=_candidates(reader, filters, order) if not mark else [],
        ahead=ahead,
        dates=DATES,
        next=address("/", {**here, "cursor": str(some.following)}) if some.following else "",
        first=address("/", here) if mark else "",
        shown=SHOWN,
    )
