"""`/me/{token}/alerts`: what a person was sent, also what a letter had no room for; no account."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from alerts import subscriptions
from alerts.told import told
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database.session import reading

router = APIRouter()

Id = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@router.get("/me/{token}/alerts")
def page(request: Request, token: str, letter: Id = None, before: Id = None) -> HTMLResponse:
    """The newest first, or all of one letter in its order."""
    with reading() as session:
        holder = subscriptions.holder(session, "manage", token)
        language = Reader(language_of(request)).language
        rows, following = told(session, holder, language, letter=letter, before=before)
    return render(
        request, "told.html", private=True, token=token, rows=rows, letter=letter, following=following,
        begun=before is None,
    )  # fmt: skip
