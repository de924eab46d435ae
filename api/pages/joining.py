"""`/review/measures`: which documents are one measure; joined and taken apart by people, with undo."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import audit, notices
from api.errors import InvalidParameter
from api.login.rights import person_of, signed
from api.proposals import decide, links, proposals
from api.rendering import render
from crawlers import measures
from database.session import reading, unit_of_work
from database.tables import MeasureLink

router = APIRouter(dependencies=[Depends(signed)])

Number = Annotated[int, Form(ge=1, le=2**31)]


@router.get("/review/measures")
def page(request: Request) -> Response:
    """What may be one, and what was joined."""
    with reading() as session:
        return render(request, "joining.html", proposals=proposals(session), links=links(session))


@router.post("/review/measures/join")
def join(
    request: Request, notice: Number, other: Number, reason: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Two notices are of one measure."""
    person = person_of(request)
    with unit_of_work() as session:
        one, two = notices.fetch(session, notice), notices.fetch(session, other)
        if one.measure_id is None or two.measure_id is None or one.measure_id == two.measure_id:
            raise InvalidParameter("other", "stands under the same measure already")
        before = {"measures": [one.measure_id, two.measure_id]}
        kept = measures.merge(
            session, one.measure_id, two.measure_id, reason or "joined by hand", person.email
        )
        decide(session, one, two, accepted=True, by=person.email, reason=reason)
        audit.write(session, person, "measures.joined", f"measure {kept}", before, {"measure": kept})
    return RedirectResponse("/review/measures", 303)


@router.post("/review/measures/refuse")
def refuse(
    request: Request, notice: Number, other: Number, reason: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Two notices are not of one measure; they are not proposed again."""
    person = person_of(request)
    with unit_of_work() as session:
        one, two = notices.fetch(session, notice), notices.fetch(session, other)
        decide(session, one, two, accepted=False, by=person.email, reason=reason)
        audit.write(session, person, "measures.refused", f"notice {notice}", after={"other": other})
    return RedirectResponse("/review/measures", 303)


@router.post("/review/measures/part")
def part(request: Request, link: Number) -> Response:
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
