"""`/review/measures`: which documents are one measure; joined and taken apart by people, with undo."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from api import audit, notices
from api.errors import InvalidParameter
from api.login.rights import person_of, signed
from api.login.sessions import Person
from api.proposals import decide, links, proposals
from api.rendering import render
from api.values import LARGEST_ID
from crawlers import measures
from database.session import reading, unit_of_work
from database.tables import MeasureLink, Notice

router = APIRouter(dependencies=[Depends(signed)])


@router.get("/review/measures")
def page(request: Request) -> Response:
    """What may be one, and what was joined."""
    with reading() as session:
        return render(request, "joining.html", proposals=proposals(session), links=links(session))


class Pair(BaseModel):
    """Two notices, and why somebody thought of them together."""

    notice: int = Field(ge=1, le=LARGEST_ID)
    other: int = Field(ge=1, le=LARGEST_ID)
    reason: str = Field("", max_length=200)


def _decided(session: Session, person: Person, pair: Pair, *, accepted: bool) -> tuple[Notice, Notice]:
    """The two notices, of which it is remembered what a person said."""
    one, two = notices.fetch(session, pair.notice), notices.fetch(session, pair.other)
    decide(session, one, two, accepted=accepted, by=person.email, reason=pair.reason)
    return one, two


@router.post("/review/measures/join")
def join(request: Request, pair: Annotated[Pair, Form()]) -> Response:
    """Two notices are of one measure."""
    person = person_of(request)
    with unit_of_work() as session:
        one, two = _decided(session, person, pair, accepted=True)
        if one.measure_id is None or two.measure_id is None or one.measure_id == two.measure_id:
            raise InvalidParameter("other", "stands under the same measure already")
        before, reason = {"measures": [one.measure_id, two.measure_id]}, pair.reason or "joined by hand"
        kept = measures.merge(session, one.measure_id, two.measure_id, reason, person.email)
        audit.write(session, person, "measures.joined", f"measure {kept}", before, {"measure": kept})
    return RedirectResponse("/review/measures", 303)


@router.post("/review/measures/refuse")
def refuse(request: Request, pair: Annotated[Pair, Form()]) -> Response:
    """Two notices are not of one measure; they are not proposed again."""
    person = person_of(request)
    with unit_of_work() as session:
        one, two = _decided(session, person, pair, accepted=False)
        audit.write(session, person, "measures.refused", f"notice {one.id}", after={"other": two.id})
    return RedirectResponse("/review/measures", 303)


@router.post("/review/measures/part")
def part(request: Request, link: Annotated[int, Form(ge=1, le=LARGEST_ID)]) -> Response:
    """A notice goes back to where it stood before it was joined."""
    person = person_of(request)
    with unit_of_work() as session:
        row = session.get(MeasureLink, link)
        try:
            back = measures.undo(session, link)
        except ValueError as error:
            raise InvalidParameter("link", str(error)) from error
        if row is not None:
            before, after = {"measure": row.measure_id}, {"measure": back}
            audit.write(session, person, "measures.parted", f"notice {row.notice_id}", before, after)
    return RedirectResponse("/review/measures", 303)
