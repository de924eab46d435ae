"""`/me/{token}/products`: what a person sells where, and what is open and coming for it; no account."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from alerts import exposure, products, subscriptions, upload
from alerts.dates import days_to_comment
from alerts.errors import InvalidProduct
from alerts.exposure import Exposed, Share
from alerts.level import RELEVANCES
from api import exports
from api.cards import cards
from api.reader import Reader, address, language_of
from api.rendering import render
from api.values import LARGEST_ID, market_codes
from config import taxonomy
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Product, Subscriber

router = APIRouter(prefix="/me/{token}/products")

SHOWN, SHARES_SHOWN = 20, 4
DONE = ("added", "removed", "uploaded", "firm")
BOM = "\ufeff"
EMPTY = dict.fromkeys(upload.FIELDS, "")
Words = Annotated[str, Form(max_length=200)]


def _tenths(n: int) -> str:
    return f"{n / 10:g}"


def _value(reader: Reader, one: Product) -> str:
    """Where the dollars of a product come from, unless they were stated."""
    if one.value is None:
        return reader.say("exporters.value_unstated", value=reader.number(exposure.UNSTATED_VALUE))
    if one.currency == "CNY":
        value = reader.number(one.value)
        return reader.say("exporters.value_converted", value=value, rate=settings().cny_per_usd)
    return ""


def place(reader: Reader, market: str) -> str:
    """A market or country by name."""
    return reader.name("market" if market in market_codes() else "country", market)


def _share(reader: Reader, one: Share) -> dict[str, str]:
    relevance, level, time = one.factors
    days = one.level.days_left
    return {
        "what": f"{one.product.name or 'HS ' + one.product.hs} → {place(reader, one.product.market)}",
        "sum": reader.say(
            "exporters.share",
            value=reader.number(one.value),
            relevance=_tenths(relevance),
            relevance_word=reader.say(f"letters.relevance_{one.relevance}"),
            level=level,
            level_word=reader.say(f"letters.level_{one.level.name}"),
            time=_tenths(time),
            time_word=reader.say("exporters.time_none")
            if days is None
            else reader.say("exporters.time_days", n=days),
            points=reader.number(one.points),
        ),
        "value": _value(reader, one.product),
    }


def _rows(session: Session, reader: Reader, found: list[Exposed], now: dt.datetime) -> list[dict[str, Any]]:
    shown = cards(session, reader, [one.about.notice for one in found], now)
    rows = []
    for one, card in zip(found, shown, strict=True):
        rest = one.shares[SHARES_SHOWN:]
        best = max(one.shares, key=lambda share: (RELEVANCES.index(share.relevance), share.points))
        rows.append(
            {
                "card": card,
                "level": best.level.name,
                "points": one.points,
                "shares": [_share(reader, share) for share in one.shares[:SHARES_SHOWN]],
                "rest": len(rest),
                "rest_points": sum(share.points for share in rest),
                "others": one.others,
                "measure": one.about.notice.measure_id,
            }
        )
    return rows


def _wish(mine: list[Product]) -> str:
    """The form to subscribe, filled in with the list."""
    markets = [one.market for one in mine]
    return address(
        "/subscribe",
        {
            "hs": list(dict.fromkeys(one.hs for one in mine))[:50],
            "market": list(dict.fromkeys(one for one in markets if one in market_codes())),
            "country": list(dict.fromkeys(one for one in markets if one not in market_codes()))[:50],
        },
    )


def _page(
    request: Request, token: str, *, error: InvalidProduct | None = None, given: dict[str, str] | None = None,
    faults: upload.Upload | None = None, done: str = "", everything: bool = False,
) -> Response:  # fmt: skip
    reader, now = Reader(language_of(request)), types.now()
    with reading() as session:
        holder = subscriptions.holder(session, "manage", token)
        mine = list(products.products(session, holder))
        found = exposure.ranked(session, mine, now)
        opened = sum(days_to_comment(one.about.notice, now) is not None for one in found)
        rows = _rows(session, reader, found if everything else found[:SHOWN], now)
        firm = products.firm(session, holder)
    return render(
        request,
        "products.html",
        status=422 if error or faults else 200,
        private=True,
        token=token,
        mine=[(one, place(reader, one.market)) for one in mine],
        rows=rows,
        total=len(found),
        opened=opened,
        firm=firm,
        sizes=products.SIZES,
        cities=taxonomy.cities().values(),
        markets=market_codes(),
        countries=reader.countries(),
        wish=_wish(mine),
        error=error.sentence(reader.language) if error else "",
        field=error.field if error else "",
        given={**EMPTY, **(given or {})},
        faults=_faults(reader, faults) if faults else [],
        more=faults.more if faults else False,
        limits={"rows": upload.MOST_ROWS, "size": upload.MOST_BYTES // 1024, "faults": upload.MOST_FAULTS},
        rate=settings().cny_per_usd,
        unstated=exposure.UNSTATED_VALUE,
        done=done if done in DONE else "",
    )


def _faults(reader: Reader, found: upload.Upload) -> list[tuple[str, str, str]]:
    """Row, column and what is wrong there."""
    short = {"value": "product_value_short", "name": "product_name_short"}
    return [
        (
            reader.say("exporters.upload_row", row=one.row) if one.row else "",
            reader.say(f"exporters.{short.get(one.field, 'product_' + one.field)}") if one.row else "",
            one.error.sentence(reader.language),
        )
        for one in found.faults
    ]


def _back(token: str, done: str) -> Response:
    return RedirectResponse(f"/me/{token}/products?done={done}", 303)


@router.get("")
def page(request: Request, token: str, done: str = "", all: str = "") -> Response:
    """The list, and what concerns it."""
    return _page(request, token, done=done, everything=bool(all))


@router.post("")
def add(
    request: Request, token: str, hs: Words = "", market: Words = "", value: Words = "",
    currency: Words = "USD", name: Words = "",
) -> Response:  # fmt: skip
    """Add a product, or change what is known of it."""
    given = {"hs": hs, "market": market, "value": value, "currency": currency, "name": name}
    try:
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            products.put(session, holder, [products.checked(given)])
    except InvalidProduct as error:
        return _page(request, token, error=error, given=given)
    return _back(token, "added")


@router.post("/remove")
def remove(token: str, product: Annotated[int, Form(ge=1, le=LARGEST_ID)]) -> Response:
    """Take one off the list."""
    with unit_of_work() as session:
        products.remove(session, subscriptions.holder(session, "manage", token), product)
    return _back(token, "removed")


@router.post("/upload")
def take(
    request: Request, token: str, file: Annotated[UploadFile, File()],
    replace: Annotated[str, Form(max_length=10)] = "",
) -> Response:  # fmt: skip
    """A whole file, or nothing of it."""
    found = upload.read(file.file.read(upload.MOST_BYTES + 1))
    with unit_of_work() as session:
        holder = subscriptions.holder(session, "manage", token)
        if not found.faults:
            try:
                products.put(session, holder, found.rows, replace=bool(replace))
            except InvalidProduct as error:
                found.faults.append(upload.Fault(0, error.field, error))
    return _page(request, token, faults=found) if found.faults else _back(token, "uploaded")


@router.post("/firm")
def firm(request: Request, token: str, city: Words = "", size: Words = "") -> Response:
    """Where the firm is and how large."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            products.describe_firm(session, holder, city, size)
    except InvalidProduct as error:
        return _page(request, token, error=error)
    return _back(token, "firm")


def _lines(reader: Reader, holder: Subscriber, session: Session) -> str:
    heading = [reader.say(f"exporters.{name}") for name in ("product_hs", "product_market")]
    short = ("product_value_short", "product_currency", "product_name_short")
    heading += [reader.say(f"exporters.{name}") for name in short]
    rows = [
        [one.hs, place(reader, one.market), one.value or "", one.currency, one.name]
        for one in products.products(session, holder)
    ]
    return exports.sheet([heading, *rows])


@router.get(".csv")
def download(request: Request, token: str) -> Response:
    """The list as it may be uploaded again."""
    with reading() as session:
        holder = subscriptions.holder(session, "manage", token)
        body = BOM + _lines(Reader(language_of(request)), holder, session)
    headers = {"Content-Disposition": 'attachment; filename="products.csv"', "Cache-Control": "no-store"}
    return Response(body.encode(), media_type="text/csv; charset=utf-8", headers=headers)
