"""GET /feeds/{token}.atom and /calendars/{token}.ics: what programs read by themselves."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlmodel import Session

from alerts import calendar, feed
from api.errors import NotThere
from api.reader import language_of
from api.values import LARGEST_ID
from database.session import reading

router = APIRouter(tags=["feeds"])

CALENDAR = "text/calendar; charset=utf-8"
Token = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


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
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


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
