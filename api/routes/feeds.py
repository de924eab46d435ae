"""GET /feeds/{token}.atom and /calendars/{token}.ics: what programs read by themselves.

The same for any search: /feeds/search.atom and /calendars/search.ics with the filters of the list.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from alerts import calendar, feed
from api import saved, sources
from api.errors import NotThere
from api.filters import Filters
from api.gate import gate
from api.reader import Reader, language_of
from api.values import LARGEST_ID
from database import types
from database.session import reading

router = APIRouter(tags=["feeds"])

CALENDAR = "text/calendar; charset=utf-8"
Token = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Kept(Filters):
    """The filters of a list, and in which language it is told."""

    lang: Literal["zh", "en", "zh-Hant"] = Field("zh", description="language of titles and labels")


def _said(kind: str) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for its description."""
    words = {"schema": {"type": "string"}}
    return {200: {"content": {kind.partition(";")[0]: words}}, 304: {"description": "Unchanged"}}


def _answer(
    request: Request, token: str, make: Callable[[Session, str], bytes | None], kind: str
) -> Response:
    with reading() as session:
        body = make(session, token)
    if body is None:
        raise NotThere("there is no running subscription with this address")
    return _sent(request, body, kind)


def _sent(request: Request, body: bytes, kind: str) -> Response:
    """The bytes, or 304 to whoever has them."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


# Before the routes with a token, which would take "search" for one.
@router.get(
    "/feeds/search.atom",
    response_class=Response,
    responses=_said(feed.CONTENT_TYPE),
    dependencies=[Depends(gate)],
)
def search_feed(request: Request, asked: Annotated[Kept, Query()]) -> Response:
    """The newest notices of a search, as Atom."""
    with reading() as session:
        sources.check(session, asked.source)
        return _sent(request, saved.atom(session, Reader(asked.lang), _plain(asked)), feed.CONTENT_TYPE)


@router.get(
    "/calendars/search.ics",
    response_class=Response,
    responses=_said(CALENDAR),
    dependencies=[Depends(gate)],
)
def search_dates(request: Request, asked: Annotated[Kept, Query()]) -> Response:
    """The dates to come of a search, as iCalendar."""
    with reading() as session:
        sources.check(session, asked.source)
        return _sent(request, saved.ics(session, Reader(asked.lang), _plain(asked), types.now()), CALENDAR)


def _plain(asked: Kept) -> Filters:
    return Filters.model_validate(asked.model_dump(exclude={"lang"}))


@router.get("/feeds/{token}.atom", response_class=Response, responses=_said(feed.CONTENT_TYPE))
def atom(request: Request, token: Token) -> Response:
    """What a subscription was told, as Atom."""
    return _answer(request, token, feed.feed, feed.CONTENT_TYPE)


@router.get("/notices/{notice_id}.ics", response_class=Response, responses=_said(CALENDAR))
def dates(request: Request, notice_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> Response:
    """The dates of one notice, as iCalendar."""
    with reading() as session:
        body = calendar.attachment(session, [notice_id], language_of(request))
    if body is None:
        raise NotThere("there is no such notice, or it states no date to come")
    headers = {"Content-Disposition": f'attachment; filename="notice-{notice_id}.ics"'}
    return Response(body, media_type=CALENDAR, headers=headers)


@router.get("/calendars/{token}.ics", response_class=Response, responses=_said(CALENDAR))
def ics(request: Request, token: Token) -> Response:
    """The deadlines of a subscription, as iCalendar."""
    return _answer(request, token, calendar.calendar, CALENDAR)
