"""`/account/briefs`: the weekly brief and the monthly report by mail, for whoever logs in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from alerts import briefs
from api import audit
from api.login.rights import person_of, signed
from api.reader import language_of
from api.rendering import render
from config.texts import LANGUAGES
from database.session import reading, unit_of_work

router = APIRouter(dependencies=[Depends(signed)])


@router.get("/account/briefs")
def page(request: Request, done: str = "") -> Response:
    """What one gets, and what was issued lately."""
    email = person_of(request).email
    with reading() as session:
        return render(
            request,
            "mailing.html",
            private=True,
            kinds=briefs.KINDS,
            chosen=briefs.wishes(session, email),
            language=briefs.language_of(session, email) or language_of(request),
            languages=LANGUAGES,
            issued=briefs.newest(session),
            done=bool(done),
        )


@router.post("/account/briefs")
def choose(
    request: Request,
    kind: Annotated[list[str] | None, Form(max_length=10)] = None,
    language: Annotated[str, Form(max_length=10)] = "zh",
) -> Response:
    """Get exactly these from now on."""
    person = person_of(request)
    kinds = [one for one in briefs.KINDS if one in (kind or [])]
    with unit_of_work() as session:
        before = sorted(briefs.wishes(session, person.email))
        briefs.choose(session, person.email, language if language in LANGUAGES else "zh", kinds)
        audit.write(
            session, person, "briefs.chosen", f"user {person.id}", {"kinds": before}, {"kinds": kinds}
        )
    return RedirectResponse("/account/briefs?done=saved", 303)
