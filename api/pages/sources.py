"""`/sources`: how fresh each source is, so that silence and breakage do not look alike; what it refused."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from api import audit, sources
from api.errors import NotThere
from api.login.rights import person_of, signed
from api.reader import language_of
from api.rendering import render
from api.values import LARGEST_ID
from crawlers import refusals
from crawlers.form import forms
from database import types
from database.session import reading, unit_of_work

router = APIRouter()

PAGE = 100
Chosen = Annotated[Sequence[Annotated[int, Field(ge=1, le=LARGEST_ID)]], Form(max_length=PAGE)]


@router.get("/sources")
def page(request: Request) -> HTMLResponse:
    """All sources, and the alarms about them."""
    with reading() as session:
        found, alarms = sources.states(session), sources.told(session, language_of(request))
    return render(request, "sources.html", sources=found, alarms=alarms, now=types.now())


@router.get("/sources/{name}/refused")
def refused(
    request: Request, name: str, rule: str = "", before: int = LARGEST_ID, asked: int = 0
) -> HTMLResponse:
    """What a source's rules kept out, for analysts: the newest first, of one rule or of all."""
    if name not in forms():
        raise NotThere
    before = min(max(before, 1), LARGEST_ID)
    with reading() as session:
        rows = refusals.listed(session, name, rule=rule[:200], before=before, limit=PAGE + 1)
        rules = refusals.by_rule(session, name)
    older = rows[PAGE - 1][0].id if len(rows) > PAGE else None
    return render(
        request,
        "refused.html",
        private=True,
        source=forms()[name],
        rows=rows[:PAGE],
        rules=rules,
        rule=rule,
        older=older,
        asked=min(max(asked, 0), PAGE),
    )


@router.post("/sources/{name}/refused", dependencies=[Depends(signed)])
def let_in(request: Request, name: str, record: Chosen = ()) -> RedirectResponse:
    """Let records in; the clock takes them in at its next look, from the answers they stand in."""
    if name not in forms():
        raise NotThere
    person = person_of(request)
    try:
        with unit_of_work() as session:
            found = refusals.admit(session, name, record, by=person.email)
            for one in found:
                about = f"source {name}"
                audit.write(
                    session, person, "record.let_in", about, {"rule": one.rule}, {"record": one.record}
                )
    except refusals.UnknownRefusal as error:
        raise NotThere from error
    return RedirectResponse(f"/sources/{name}/refused?asked={len(found)}", 303)
