"""`/risk/brief` and `/risk/report`: a period as a page to print, as a Word document and as PDF."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from alerts.dates import today
from api import brief, charts, watching
from api.errors import InvalidParameter
from api.papers import pdf, word
from api.period import Period
from api.reader import Reader, address, language_of
from api.rendering import render
from api.values import Day
from config import taxonomy
from database import types
from database.session import reading

router = APIRouter()

WRITERS = {"docx": word, "pdf": pdf}
WEEK = dt.timedelta(days=6)
From = Annotated[Day | None, Query()]
Mark = Annotated[str, Query(max_length=40)]


def _moment(seen: str) -> dt.datetime | None:
    try:
        found = dt.datetime.strptime(seen, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return found if found.year > 1999 else None


def month_before(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month before a day's."""
    last = day.replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def _month(asked: str) -> tuple[dt.date, dt.date]:
    match = re.fullmatch(r"(\d{4})-(\d\d)", asked, re.ASCII)
    if not match or not 1 <= int(match[2]) <= 12 or not 1995 <= int(match[1]) <= 2998:
        raise InvalidParameter("month", "must be a month like 2026-03")
    first = dt.date(int(match[1]), int(match[2]), 1)
    return first, month_before(first + dt.timedelta(days=40))[1]


class Question(NamedTuple):
    """What an address asks for; what it leaves open is filled in."""

    first: dt.date | None
    last: dt.date | None
    seen: str
    lists: str


def _question(
    month: Mark = "",
    published_from: From = None,
    published_to: From = None,
    seen: Mark = "",
    lists: Mark = "",
) -> Question:
    first, last = _month(month) if month else (published_from, published_to)
    return Question(first, last, seen, lists)


Asked = Annotated[Question, Depends(_question)]


def _chosen(kind: str, question: Question) -> tuple[Period, str, bool]:
    """The period, the lists it was asked with, and whether the address says it all."""
    first, last, seen, lists = question
    moment = _moment(seen)
    whole = bool(first and last and moment and lists)
    at = moment or types.now().replace(microsecond=0)
    if kind == "report" and not (first or last):
        first, last = month_before(today(at))
    last = last or today(at)
    first = first or last - WEEK
    if not dt.date(1995, 1, 1) <= first <= last <= dt.date(2999, 1, 1):
        raise InvalidParameter("published_from", "must be a day since 1995 and not after published_to")
    if (last - first).days >= brief.MOST_DAYS:
        raise InvalidParameter("published_from", f"must be within {brief.MOST_DAYS} days of published_to")
    return Period(first, last, at), lists or taxonomy.fingerprint(), whole


def _page(request: Request, kind: str, question: Question) -> Response:
    reader = Reader(language_of(request))
    chosen, version, whole = _chosen(kind, question)
    asked = brief.question(chosen, version)
    if not whole:
        language = request.query_params.get("lang")
        return RedirectResponse(address(brief.path(kind), {**asked, "lang": language}), 303)
    with reading() as session:
        found = brief.parts(session, reader, chosen, kind)
        return render(
            request,
            "brief.html",
            **found,
            kind=kind,
            period=chosen,
            asked=asked,
            own=address(brief.path(kind), asked),
            files={suffix: address(brief.path(kind, f".{suffix}"), asked) for suffix in WRITERS},
            number=brief.number(kind, asked),
            method=brief.method(reader, chosen),
            trend=_trend(reader, found["report"]["weeks"]) if found["report"] else "",
            lag=watching.told(reader, found["report"]["lag"]) if found["report"] else "",
            other="" if version == taxonomy.fingerprint() else version,
            lists=taxonomy.fingerprint(),
        )


def _trend(reader: Reader, weeks: Sequence[tuple[dt.date, int]]) -> str:
    label = reader.say(
        "people.trend_label",
        first=reader.day(weeks[0][0]),
        last=reader.day(weeks[-1][0]),
        most=max(n for _, n in weeks),
    )
    return charts.bars([(day, n, 0) for day, n in weeks], label, "")


@router.get("/risk/brief")
def week(request: Request, question: Asked) -> Response:
    """The brief on a week; an address that leaves something open is first made whole."""
    return _page(request, "brief", question)


@router.get("/risk/report")
def report(request: Request, question: Asked) -> Response:
    """The report on a month, by default the last whole one."""
    return _page(request, "report", question)


@router.get("/risk/{kind}.{suffix}")
def file(
    request: Request, kind: Literal["brief", "report"], suffix: Literal["docx", "pdf"], question: Asked
) -> Response:
    """The same for Word, or as PDF."""
    reader = Reader(language_of(request))
    chosen, version, _ = _chosen(kind, question)
    asked = brief.question(chosen, version)
    with reading() as session:
        found = brief.parts(session, reader, chosen, kind)
        body = WRITERS[suffix].write(brief.paper(reader, chosen, asked, found, kind))
    name = f"{kind}-{chosen.first.isoformat()}-{chosen.last.isoformat()}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=WRITERS[suffix].MEDIA, headers=headers)
