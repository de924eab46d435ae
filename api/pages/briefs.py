"""`/risk/brief`: the brief on a period, as a page to print and as a Word document."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from alerts.dates import today
from api import brief, period
from api.errors import InvalidParameter
from api.pages.risk import counted, heat, weighty
from api.period import Period
from api.reader import Reader, address, language_of
from api.rendering import render
from api.values import Day
from config import taxonomy
from database import types
from database.session import reading

router = APIRouter()

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WEEK = dt.timedelta(days=6)
From = Annotated[Day | None, Query()]
Mark = Annotated[str, Query(max_length=40)]


def _moment(seen: str) -> dt.datetime | None:
    try:
        found = dt.datetime.strptime(seen, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return found if found.year > 1999 else None


def _asked(first: dt.date | None, last: dt.date | None, seen: str, lists: str) -> tuple[Period, str, bool]:
    """The period, the lists it was asked with, and whether the address says it all."""
    moment = _moment(seen)
    whole = bool(first and last and moment and lists)
    at = moment or types.now().replace(microsecond=0)
    last = last or today(at)
    first = first or last - WEEK
    if not dt.date(1995, 1, 1) <= first <= last <= dt.date(2999, 1, 1):
        raise InvalidParameter("published_from", "must be a day since 1995 and not after published_to")
    if (last - first).days >= brief.MOST_DAYS:
        raise InvalidParameter("published_from", f"must be within {brief.MOST_DAYS} days of published_to")
    return Period(first, last, at), lists or taxonomy.fingerprint(), whole


def _parts(session: Session, reader: Reader, chosen: Period) -> dict[str, Any]:
    return {
        **heat(session, chosen),
        "figures": period.figures(session, chosen),
        "weighty": weighty(session, reader, chosen),
        "countries": counted(session, reader, chosen, "country"),
        "types": counted(session, reader, chosen, "measure_type"),
    }


@router.get("/risk/brief")
def page(
    request: Request,
    published_from: From = None,
    published_to: From = None,
    seen: Mark = "",
    lists: Mark = "",
) -> Response:
    """The brief; an address that leaves something open is first made whole."""
    reader = Reader(language_of(request))
    chosen, version, whole = _asked(published_from, published_to, seen, lists)
    asked = brief.question(chosen, version)
    if not whole:
        language = request.query_params.get("lang")
        return RedirectResponse(address("/risk/brief", {**asked, "lang": language}), 303)
    with reading() as session:
        return render(
            request,
            "brief.html",
            **_parts(session, reader, chosen),
            period=chosen,
            asked=asked,
            number=brief.number(asked),
            method=brief.method(reader, chosen),
            other="" if version == taxonomy.fingerprint() else version,
            lists=taxonomy.fingerprint(),
        )


@router.get("/risk/brief.docx")
def document(
    request: Request,
    published_from: From = None,
    published_to: From = None,
    seen: Mark = "",
    lists: Mark = "",
) -> Response:
    """The same for Word."""
    reader = Reader(language_of(request))
    chosen, version, _ = _asked(published_from, published_to, seen, lists)
    asked = brief.question(chosen, version)
    with reading() as session:
        body = brief.word(reader, chosen, asked, _parts(session, reader, chosen))
    name = f"brief-{chosen.first.isoformat()}-{chosen.last.isoformat()}.docx"
    return Response(body, media_type=WORD, headers={"Content-Disposition": f'attachment; filename="{name}"'})
