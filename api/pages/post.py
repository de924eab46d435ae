"""`/admin/mail`: the switch that stops all mail, ceilings, alarms and seed boxes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from alerts import alarms, brakes, seeds
from api import audit
from api.login.rights import person_of, signed
from api.reader import Reader, language_of
from api.rendering import render
from config.texts import catalogue
from database.session import reading, unit_of_work
from database.tables import Switch

router = APIRouter(dependencies=[Depends(signed)])


def _words(reader: Reader, kind: str) -> tuple[str, str]:
    """What an alarm means and what to do; an unnamed one stands for itself."""
    name = f"steering.alarm_{kind}"
    return (reader.say(name), reader.say(f"{name}_todo")) if name in catalogue() else (kind, "")


@router.get("/admin/mail")
def page(request: Request) -> Response:
    """How mail stands."""
    reader = Reader(language_of(request))
    with reading() as session:
        return render(
            request,
            "post.html",
            private=True,
            stopped=brakes.is_stopped(session),
            switch=session.get(Switch, brakes.MAIL),
            used=brakes.used(session),
            waiting=brakes.waiting(session),
            alarms=[(one, *_words(reader, one.kind)) for one in alarms.ringing(session)],
            boxes=seeds.boxes(session),
        )


@router.post("/admin/mail")
def turn(
    request: Request,
    act: Annotated[str, Form(max_length=10)],
    why: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Stop all mail at once, or let it go on; what is owed stays owed."""
    person = person_of(request)
    with unit_of_work() as session:
        if act == "stop":
            brakes.stop(session, person.email, " ".join(why.split()))
            audit.write(session, person, "mail.stopped", "mail", {}, {"why": why})
        elif act == "go_on":
            brakes.go_on(session)
            audit.write(session, person, "mail.goes_on", "mail")
    return RedirectResponse("/admin/mail", 303)
