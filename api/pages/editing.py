"""`/review/{id}/text`: Chinese title, gist and response card, figures checked as one types."""

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from alerts.facts import gist_of
from alerts.interest import subjects
from api import editorial, notices, tags
from api.cards import spoken
from api.editorial import CARD, LONGEST, LONGEST_CARD, Conflict, Text, Unverified
from api.login.rights import person_of, signed
from api.reader import Reader, language_of
from api.rendering import render
from database import types
from database.session import reading, unit_of_work
from database.tables import Audit, Editorial, Notice, User

router = APIRouter(dependencies=[Depends(signed)])

HISTORY = 20


async def _given(request: Request) -> tuple[Text, int]:
    """The text and the version a form holds, cut to what may be stored."""
    form: FormData = await request.form()

    def words(name: str, most: int) -> str:
        value = form.get(name)
        return value.replace("\r\n", "\n").replace("\0", "").strip()[:most] if isinstance(value, str) else ""

    try:
        due = dt.date.fromisoformat(words("due_on", 10))
    except ValueError:
        due = None
    plain = {name: words(name, most) for name, most in LONGEST.items()}
    card = {name: words(f"card_{name}", LONGEST_CARD) for name in CARD}
    version = words("version", 9)
    number = int(version) if version.isascii() and version.isdigit() else -1
    return Text(**plain, card=card, due_on=due), number


Given = Annotated[tuple[Text, int], Depends(_given)]


def _page(
    request: Request, session: Session, notice: Notice, text: Text, row: Editorial, **more: Any
) -> Response:
    number = notices.identity(notice)
    codes = tags.of(session, [number])[number]
    history = session.exec(
        select(Audit).where(Audit.object == f"notice {number}").order_by(col(Audit.id).desc()).limit(HISTORY)
    ).all()
    owners = session.exec(
        select(User.email).where(User.role == "analyst", col(User.disabled_at).is_(None)).order_by(User.email)
    ).all()
    values: dict[str, Any] = {"status": 200, "saved": False, "theirs": None, **more}
    return render(
        request,
        "editing.html",
        notice=notice,
        text=text,
        row=row,
        composed=spoken(Reader(language_of(request)), notice, codes)[0],
        gist=gist_of(replace(subjects(session, [number])[number], edited={}), "zh", types.now())[0],
        missing=editorial.missing(notice, text),
        fields=CARD,
        history=history,
        owners=owners,
        **values,
    )


@router.get("/review/{notice_id:int}/text")
def form(request: Request, notice_id: int, saved: bool = False) -> Response:
    """The text as stored."""
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        row = editorial.fetch(session, notice_id)
        return _page(request, session, notice, editorial.text_of(row), row, saved=saved)


@router.post("/review/{notice_id:int}/text")
def save(request: Request, notice_id: int, given: Given) -> Response:
    """Store the text; over another's newer one only after it was seen."""
    text, version = given
    try:
        with unit_of_work() as session:
            notice = notices.fetch(session, notice_id)
            editorial.save(session, person_of(request), notice, text, version)
    except Conflict:
        return _conflict(request, notice_id, text)
    return RedirectResponse(f"/review/{notice_id}/text?saved=true", 303)


def _conflict(request: Request, notice_id: int, text: Text) -> Response:
    """Both texts; the form now holds the other's version, so that saving again is a decision."""
    with reading() as session:
        notice, row = notices.fetch(session, notice_id), editorial.fetch(session, notice_id)
        return _page(request, session, notice, text, row, status=409, theirs=editorial.text_of(row))


@router.post("/review/{notice_id:int}/text/approve")
def approve(request: Request, notice_id: int, given: Given) -> Response:
    """Show readers what is stored."""
    text, version = given
    try:
        with unit_of_work() as session:
            notice = notices.fetch(session, notice_id)
            row = editorial.fetch(session, notice_id)
            if version != row.version or editorial.text_of(row) != text:
                row = editorial.save(session, person_of(request), notice, text, version)
                session.flush()
            editorial.approve(session, person_of(request), notice, row.version)
    except Conflict:
        return _conflict(request, notice_id, text)
    except Unverified:
        with reading() as session:
            notice = notices.fetch(session, notice_id)
            return _page(request, session, notice, text, editorial.fetch(session, notice_id), status=422)
    return RedirectResponse(f"/review/{notice_id}/text?saved=true", 303)


@router.post("/review/{notice_id:int}/text/check")
def check(notice_id: int, given: Given) -> Response:
    """The figures that have no source, while one types."""
    with reading() as session:
        return JSONResponse({"missing": editorial.missing(notices.fetch(session, notice_id), given[0])})
