"""`/review/{id}/date`: put a date of a notice right, from its place in the text or by hand."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import dating, notices
from api.errors import InvalidParameter
from api.login.rights import person_of, signed
from api.rendering import render
from crawlers import corrections
from database.session import reading, unit_of_work

router = APIRouter(dependencies=[Depends(signed)])

Place = Annotated[int, Form(ge=-1, le=10_000_000)]


def _day(written: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(written) if written else None
    except ValueError as error:
        raise InvalidParameter("day", "must be a day like 2026-01-31, or empty") from error


def _page(request: Request, notice_id: int, chosen: Mapping[str, object], *, status: int = 200) -> Response:
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        return render(
            request, "dating.html", status=status, notice=notice, places=dating.places(notice),
            chosen={**dating.NOTHING, **chosen}, roles=dating.ROLES,
            fixes=corrections.standing(session, notice_id),
        )  # fmt: skip


@router.get("/review/{notice_id:int}/date")
def page(
    request: Request, notice_id: int, day: str = "", field: str = "", start: int = -1, end: int = -1
) -> Response:
    """Choose what a date is."""
    chosen = {"day": _day(day[:10]), "field": field[:20], "start": start, "end": end}
    return _page(request, notice_id, chosen)


@router.post("/review/{notice_id:int}/date")
def fix(
    request: Request,
    notice_id: int,
    role: Annotated[str, Form(max_length=40)],
    day: Annotated[str, Form(max_length=10)] = "",
    field: Annotated[str, Form(max_length=20)] = "",
    start: Place = -1,
    end: Place = -1,
    was_comment_deadline: Annotated[str, Form(max_length=10)] = "",
    was_in_force_on: Annotated[str, Form(max_length=10)] = "",
    was_adoption_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Let it hold."""
    was = {
        "comment_deadline": was_comment_deadline,
        "in_force_on": was_in_force_on,
        "adoption_on": was_adoption_on,
    }
    wanted, place = _day(day), {"field": field, "start": start, "end": end}
    try:
        with unit_of_work() as session:
            dating.fix(session, person_of(request), notice_id, role, was.get(role, ""), wanted, place)
    except dating.Moved:
        return _page(request, notice_id, {"day": wanted, "moved": True, **place}, status=409)
    return RedirectResponse(f"/review/{notice_id}#dates", 303)


@router.post("/review/{notice_id:int}/date/undo")
def undo(request: Request, notice_id: int, fix: Annotated[int, Form(ge=1, le=2**31)]) -> Response:
    """Let what the publisher's record says stand again."""
    with unit_of_work() as session:
        dating.undo(session, person_of(request), notice_id, fix)
    return RedirectResponse(f"/review/{notice_id}#dates", 303)
