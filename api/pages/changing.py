"""`/me/{token}/{id}`: change one subscription, with the form it was made by and the same preview."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from alerts import subscriptions
from alerts.errors import InvalidSubscription
from alerts.facts import describe
from alerts.wishes import PACES
from api import wish_form
from api.errors import NotThere
from api.reader import Reader, language_of
from api.rendering import render
from api.wish_form import Given, choices, sentence
from database.session import reading, unit_of_work
from database.tables import Subscription

router = APIRouter()

Form = Annotated[Given, Depends(wish_form.given)]


def _one(session: Session, token: str, number: int) -> Subscription:
    holder = subscriptions.holder(session, "manage", token)
    found = next((one for one in subscriptions.subscriptions(session, holder) if one.id == number), None)
    if found is None:
        raise NotThere
    return found


def _page(request: Request, one: Subscription, given: Given, token: str, **more: Any) -> HTMLResponse:
    reader = Reader(language_of(request))
    values: dict[str, Any] = {"error": "", "field": "", "found": [], "looked": False, **more}
    return render(
        request,
        "change.html",
        status=422 if values["error"] else 200,
        private=True,
        what=describe(one, reader.language),
        given=given,
        token=token,
        **{**choices(reader), "paces": PACES},
        **values,
    )


@router.get("/me/{token}/{number:int}")
def form(request: Request, token: str, number: int) -> HTMLResponse:
    """The subscription as it stands."""
    with reading() as session:
        one = _one(session, token, number)
        return _page(request, one, wish_form.of(one), token)


@router.post("/me/{token}/{number:int}")
def change(request: Request, token: str, number: int, given: Form) -> Response:
    """Store what was changed; the subscription looks back once more, and nothing comes twice."""
    reader = Reader(language_of(request))
    with reading() as session:
        one = _one(session, token, number)
    try:
        wish = given.wish()
        if given.act == "lookup":
            return _page(request, one, given, token, looked=True, found=wish_form.looked_up(reader, given))
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            subscriptions.change(session, holder, number, **wish)
    except InvalidSubscription as error:
        return _page(request, one, given, token, error=sentence(reader, error), field=error.field)
    return RedirectResponse(f"/me/{token}?done=changed", 303)
