"""`/subscribe`: what you make, where you sell, how often; what that would bring; then the mailbox."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from alerts import titles
from alerts.errors import InvalidSubscription
from alerts.preview import Preview, preview
from api import gate, suggest, wish_form
from api.reader import Reader, language_of
from api.rendering import render
from api.subscribing import subscribe
from api.wish_form import Given, choices, sentence
from database.session import reading

router = APIRouter()

Form = Annotated[Given, Depends(wish_form.given)]
HOUR = 3_600
PREVIEWS = 120  # a minute


def _form(request: Request, given: Given, *, error: str = "", field: str = "", **more: Any) -> HTMLResponse:
    reader = Reader(language_of(request))
    return render(
        request,
        "subscribe.html",
        status=422 if error else 200,
        given=given,
        error=error,
        field=field,
        **choices(reader),
        **{"found": [], "looked": False, "shown": None, **more},
    )


def _shown(reader: Reader, found: Preview) -> dict[str, Any]:
    """A preview in words."""
    examples = [
        (titles.title(about.notice, about.tags, reader.language, about.edited).words, about.notice, relevance)
        for about, relevance in found.examples
    ]
    return {"preview": found, "examples": examples}


def _limited(request: Request) -> None:
    """A preview reads thousands of notices: so many a minute for one address. Raises TooMany."""
    gate.buckets.take(f"preview {request.client.host if request.client else ''}", PREVIEWS)


@router.get("/subscribe")
def form(request: Request) -> HTMLResponse:
    """The empty form, or one filled in from a search."""
    return _form(request, wish_form.prefilled(request))


@router.post("/subscribe")
def send(request: Request, given: Form) -> Response:
    """Look a product up, preview, or store the wish; the answer is the same for every address.

    A wish that would bring very much is shown with its preview first, and stored when it is sent again.
    """
    reader = Reader(language_of(request))
    try:
        wish = given.wish()
        if given.act == "lookup":
            return _form(request, given, looked=True, found=wish_form.looked_up(reader, given))
        if given.act == "preview" or not given.flags["seen"]:
            _limited(request)
            with reading() as session:
                found = preview(session, wish)
                if given.act == "preview" or found.warned:
                    return _form(request, given, shown=_shown(reader, found))
        if not given.flags["agreed"]:
            return _form(request, given, error=reader.say("consent_missing"), field="agreed")
        subscribe(given.words["email"], given.words["language"], wish, "page")
    except InvalidSubscription as error:
        return _form(request, given, error=sentence(reader, error), field=error.field)
    return RedirectResponse("/subscribe/sent", 303)


@router.post("/subscribe/preview")
def part(request: Request, given: Form) -> Response:
    """The preview alone, for the page to show while the form is filled in."""
    reader = Reader(language_of(request))
    _limited(request)
    try:
        with reading() as session:
            shown = _shown(reader, preview(session, given.wish()))
            return render(request, "preview.html", private=True, shown=shown)
    except InvalidSubscription as error:
        return render(request, "preview.html", private=True, shown=None, error=sentence(reader, error))


@router.get("/subscribe/suggest")
def suggested(request: Request, q: Annotated[str, Query(max_length=suggest.LONGEST)] = "") -> JSONResponse:
    """What may be meant by a word or the beginning of a code."""
    found = suggest.suggestions(Reader(language_of(request)), q)
    items = [
        {"value": one.value, "hs": one.hs, "heading": one.heading, "sector": one.sector_name} for one in found
    ]
    headers = {"Cache-Control": f"private, max-age={HOUR}", "Vary": "Accept-Language, Cookie"}
    return JSONResponse({"items": items}, headers=headers)


@router.get("/subscribe/sent")
def sent(request: Request) -> HTMLResponse:
    """Look into your mailbox."""
    return render(request, "message.html", heading="sent_heading", words=["sent_words", "sent_none"], ok=True)
