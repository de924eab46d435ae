"""`/me/{token}/channels`: where a person's alerts go besides the mailbox; no account.

A secret made here is in the answer that made it and nowhere after; of an address no key is shown.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from alerts import endpoint_log, endpoints, subscriptions, trial
from alerts.calls import LONGEST_URL, InvalidEndpoint, masked
from alerts.endpoint_log import Line
from alerts.facts import describe
from alerts.ledger import key
from alerts.notes import ROLLING, TEST, is_rolling
from api.errors import NotThere
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database.session import reading, unit_of_work
from database.tables import Endpoint, Subscriber

router = APIRouter(prefix="/me/{token}/channels")

DONE = ("added", "on", "off", "chosen", "removed")
TRIED = "tried"
LONGEST_WORDS = 160
EMPTY: dict[str, Any] = {"kind": "", "address": "", "chosen": []}
Words = Annotated[str, Form(max_length=2 * LONGEST_URL)]
Chosen = Annotated[list[Annotated[int, Form(ge=1, le=LARGEST_ID)]], Form(max_length=100)]
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Act = Literal["test", "on", "off", "choose", "roll", "remove"]


def _mine(session: Session, reader: Reader, holder: Subscriber) -> dict[int, str]:
    """The running subscriptions to choose from, in words."""
    return {key(one): describe(one, reader.language) for one in subscriptions.subscriptions(session, holder)}


def _row(session: Session, one: Endpoint, mine: dict[int, str]) -> dict[str, Any]:
    """An endpoint without its keys."""
    return {
        "id": key(one),
        "kind": one.channel,
        "address": masked(one.url),
        "off": one.disabled_why if one.disabled_at else "",
        "health": endpoint_log.health(session, one),
        "failures": one.failures,
        "since": one.failing_since,
        "chosen": [number for number in one.subscriptions if number in mine],
        "names": [mine[number] for number in one.subscriptions if number in mine],
        "silent": bool(one.subscriptions) and not any(number in mine for number in one.subscriptions),
    }


def _said(reader: Reader, line: Line) -> str:
    """What came back, in one cell."""
    words = line.words[:LONGEST_WORDS]
    if line.code:
        return f"{line.code} {words}".strip()
    return reader.say("endpoints.no_answer", words=words) if words else reader.say("endpoints.cut_off")


def _error(request: Request, error: InvalidEndpoint) -> str:
    return error.sentence(language_of(request)).partition(": ")[2]


def _list(
    request: Request, token: str, *, error: InvalidEndpoint | None = None,
    given: dict[str, Any] | None = None, done: str = "",
) -> HTMLResponse:  # fmt: skip
    reader = Reader(language_of(request))
    with reading() as session:
        holder = subscriptions.holder(session, "manage", token)
        mine = _mine(session, reader, holder)
        rows = [_row(session, one, mine) for one in endpoints.endpoints(session, holder)]
    return render(
        request, "channels.html", status=422 if error else 200, private=True, token=token, rows=rows,
        mine=mine, kinds=endpoints.kinds(), most=endpoints.MOST_ENDPOINTS, given=given or EMPTY,
        error=_error(request, error) if error else "", field=error.field if error else "",
        done=done if done in DONE else "",
    )  # fmt: skip


def _one(
    request: Request, token: str, number: int, *, error: InvalidEndpoint | None = None, secret: str = "",
    done: str = "",
) -> HTMLResponse:  # fmt: skip
    reader = Reader(language_of(request))
    with reading() as session:
        one = _found(session, token, number)
        mine = _mine(session, reader, subscriptions.holder(session, "manage", token))
        log = endpoint_log.lines(session, one)
        tried = next((line for line in log if line.kind == TEST), None) if done == TRIED else None
        return render(
            request, "channel.html", status=422 if error else 200, private=True, token=token,
            row=_row(session, one, mine), mine=mine, log=[(line, _said(reader, line)) for line in log],
            tried=tried, said=_said(reader, tried) if tried else "", secret=secret,
            rolls=endpoints.makes_secret(one.channel), edition=endpoints.edition(one),
            rolling=one.rolled_at + ROLLING if one.rolled_at and is_rolling(one) else None,
            per_hour=trial.PER_HOUR, error=_error(request, error) if error else "",
            done=done if done in DONE else "",
        )  # fmt: skip


def _found(session: Session, token: str, number: int) -> Endpoint:
    holder = subscriptions.holder(session, "manage", token)
    try:
        return endpoints.find(session, holder, number)
    except InvalidEndpoint as error:
        raise NotThere from error


def _back(token: str, number: int | None, done: str) -> Response:
    place = "" if number is None else f"/{number}"
    return RedirectResponse(f"/me/{token}/channels{place}?done={done}", 303)


@router.get("")
def page(request: Request, token: str, done: str = "") -> HTMLResponse:
    """The channels, and a form for another."""
    return _list(request, token, done=done)


@router.post("")
def add(
    request: Request, token: str, kind: Words = "", address: Words = "", secret: Words = "",
    subscription: Chosen = [],  # noqa: B006 (FastAPI copies it)
) -> Response:  # fmt: skip
    """Add one. A secret that was made for it is shown in the answer, once."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            one = endpoints.add(session, holder, kind, address, secret, subscription)
            number, made = key(one), one.secret
    except InvalidEndpoint as error:
        given = {"kind": kind, "address": address, "chosen": subscription}
        return _list(request, token, error=error, given=given)
    if endpoints.makes_secret(kind):
        return _one(request, token, number, secret=made, done="added")
    return _back(token, number, "added")


@router.get("/{number:int}")
def look(request: Request, token: str, number: Id, done: str = "") -> HTMLResponse:
    """One channel: how it fares, its log, and what can be done about it."""
    return _one(request, token, number, done=done)


@router.post("/{number:int}")
def act(
    request: Request, token: str, number: Id, action: Annotated[Act, Form()],
    subscription: Chosen = [],  # noqa: B006 (FastAPI copies it)
    edition: Words = "", sure: Words = "",
) -> Response:  # fmt: skip
    """Try it out, switch it, choose its subscriptions, replace its secret, or remove it."""
    try:
        if action == "test":
            with reading() as session:
                _found(session, token, number)
            trial.try_out(number)
            return _back(token, number, TRIED)
        with unit_of_work() as session:
            one = _found(session, token, number)
            if action == "roll":
                made = endpoints.roll(session, one, edition)
            elif action == "remove" and sure:
                endpoints.remove(session, one)
            elif action == "choose":
                endpoints.choose(session, one, subscription)
            elif action == "on":
                endpoints.enable(session, one)
            elif action == "off":
                endpoints.disable(session, one)
    except InvalidEndpoint as error:
        return _one(request, token, number, error=error)
    if action == "roll":
        return _one(request, token, number, secret=made)
    done = {"choose": "chosen", "remove": "removed" if sure else ""}.get(action, action)
    return _back(token, None if action == "remove" and sure else number, done)
