"""`/subscribe`: what you make, where you sell, how often; then the mailbox."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from alerts.errors import InvalidSubscription
from alerts.wishes import PACES
from api.reader import Reader, language_of
from api.rendering import render
from api.subscribing import subscribe
from api.values import MOST_VALUES, market_codes
from config import taxonomy
from config.texts import LANGUAGES

router = APIRouter()

LONGEST = 2_000
BETWEEN = re.compile(r"[\s,;，；、。]+")
LINES = re.compile(r"[\n,;，；、]+")


def _form(request: Request, given: dict[str, Any], error: str = "", field: str = "") -> HTMLResponse:
    return render(
        request,
        "subscribe.html",
        status=422 if error else 200,
        given=given,
        error=error,
        field=field,
        sectors=list(taxonomy.sectors()),
        markets=market_codes(),
        countries=sorted(taxonomy.countries(), key=lambda code: _sorted(request, code)),
        paces=[pace for pace in PACES if pace != "off"],
        languages=LANGUAGES,
    )


def _sorted(request: Request, code: str) -> bytes:
    """English by letter; Chinese by sound, which is the order of the national character set."""
    country = taxonomy.countries()[code]
    return country.en.encode() if language_of(request) == "en" else country.zh.encode("gb18030")


def _prefilled(request: Request) -> dict[str, Any]:
    """What a search was narrowed to is offered as the wish; unknown values are passed over."""
    known = {
        "sector": taxonomy.sectors(),
        "market": market_codes(),
        "country": taxonomy.countries(),
        "measure_type": taxonomy.measure_types(),
    }
    query = request.query_params

    def several(name: str) -> list[str]:
        return [value[:200] for value in query.getlist(name)[:MOST_VALUES]]

    return {
        **{name: [one for one in several(name) if one in codes] for name, codes in known.items()},
        "hs": " ".join(re.sub(r"[^0-9 .]", "", one) for one in several("hs")),
        "keywords": " ".join(several("keyword")),
        "email": "",
        "pace": "daily",
        "language": language_of(request),
    }


@router.get("/subscribe")
def form(request: Request) -> HTMLResponse:
    """The empty form, or one filled in from a search."""
    return _form(request, _prefilled(request))


@router.post("/subscribe")
def send(
    request: Request,
    email: Annotated[str, Form(max_length=254)] = "",
    sector: Annotated[list[str] | None, Form(max_length=100)] = None,
    market: Annotated[list[str] | None, Form(max_length=20)] = None,
    country: Annotated[list[str] | None, Form(max_length=300)] = None,
    hs: Annotated[str, Form(max_length=LONGEST)] = "",
    keywords: Annotated[str, Form(max_length=LONGEST)] = "",
    pace: Annotated[str, Form(max_length=20)] = "daily",
    language: Annotated[str, Form(max_length=10)] = "zh",
    agreed: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Store the wish; the answer is the same for every address."""
    reader = Reader(language_of(request))
    given = {
        "email": email, "sector": sector or [], "market": market or [], "country": country or [],
        "measure_type": [], "hs": hs, "keywords": keywords, "pace": pace, "language": language,
    }  # fmt: skip
    if not agreed:
        return _form(request, given, reader.say("consent_missing"), "agreed")
    wish = {
        "sectors": given["sector"],
        "markets": given["market"],
        "countries": given["country"],
        "hs": [one for one in BETWEEN.split(hs) if one],
        "keywords": [one.strip() for one in LINES.split(keywords) if one.strip()],
        "pace": pace,
    }
    try:
        subscribe(email, language, wish, "page")
    except InvalidSubscription as error:
        return _form(request, given, _sentence(reader, error), error.field)
    return RedirectResponse("/subscribe/sent", 303)


def _sentence(reader: Reader, error: InvalidSubscription) -> str:
    """The error without the field's technical name."""
    return error.sentence(reader.language).partition(": ")[2]


@router.get("/subscribe/sent")
def sent(request: Request) -> HTMLResponse:
    """Look into your mailbox."""
    return render(request, "message.html", heading="sent_heading", words=["sent_words", "sent_none"], ok=True)
