"""`/help`: readers who need help: who answers, until when, and the answer."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from alerts import assistance
from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.interest import subjects
from alerts.ledger import key
from alerts.titles import title
from api import audit
from api.errors import NotThere
from api.login.rights import person_of, signed
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database import types
from database.session import reading, unit_of_work
from database.tables import Organisation, User

router = APIRouter(dependencies=[Depends(signed)])

STATES = (assistance.OPEN, assistance.ANSWERED)
Number = Annotated[int, Form(ge=1, le=LARGEST_ID)]


def _rows(session: Session, reader: Reader, state: str) -> list[dict[str, Any]]:
    found = assistance.requests(session, state)
    about = subjects(session, {key(notice) for _, notice, _ in found})
    firms = {one.id: one for one in session.exec(select(Organisation))} if found else {}
    day = today(types.now())
    rows = []
    for one, notice, who in found:
        subject = about[key(notice)]
        firm = firms.get(who.organisation_id)
        rows.append(
            {
                "one": one,
                "notice": notice,
                "title": title(notice, subject.tags, reader.language, subject.edited).words,
                "firm": (firm.name or firm.uscc) if firm else "",
                "language": who.language,
                "late": state == assistance.OPEN and one.due_on < day,
            }
        )
    return rows


def _page(request: Request, state: str, *, error: str = "", wrong: int = 0) -> Response:
    reader = Reader(language_of(request))
    with reading() as session:
        owners = session.exec(
            select(User.email)
            .where(col(User.role).in_(("analyst", "admin")), col(User.disabled_at).is_(None))
            .order_by(User.email)
        ).all()
        return render(
            request,
            "help.html",
            status=422 if error else 200,
            private=True,
            rows=_rows(session, reader, state),
            state=state,
            states=STATES,
            owners=owners,
            error=error,
            wrong=wrong,
        )


@router.get("/help")
def page(request: Request, state: str = assistance.OPEN) -> Response:
    """Those that wait, the first due first; or those that were answered."""
    return _page(request, state if state in STATES else assistance.OPEN)


@router.post("/help/{number:int}")
def change(
    request: Request,
    number: int,
    act: Annotated[str, Form(max_length=10)],
    owner: Annotated[str, Form(max_length=254)] = "",
    due_on: Annotated[dt.date | None, Form()] = None,
    answer: Annotated[str, Form(max_length=assistance.LONGEST_ANSWER)] = "",
) -> Response:
    """Say who answers and until when, or answer: the reader gets a letter at once."""
    person = person_of(request)
    if not 0 < number <= LARGEST_ID:
        raise NotThere
    try:
        with unit_of_work() as session:
            if act == "answer":
                assistance.answer(session, number, person.email, answer)
                audit.write(session, person, "help.answered", f"request {number}")
            else:
                assistance.assign(session, number, owner or person.email, due_on)
                after = {"owner": owner or person.email, "due_on": due_on.isoformat() if due_on else ""}
                audit.write(session, person, "help.assigned", f"request {number}", after=after)
    except InvalidSubscription as error:
        if error.field == "request":
            raise NotThere from error
        words = error.sentence(language_of(request)).partition(": ")[2]
        return _page(request, assistance.OPEN, error=words, wrong=number)
    return RedirectResponse("/help", 303)
