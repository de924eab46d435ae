"""Signed links out of letters. A GET changes nothing: mail gateways open links."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from alerts import links, subscriptions
from alerts.errors import BadLink, ExpiredLink, InvalidSubscription
from alerts.facts import describe
from api.errors import NotThere
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database import types
from database.session import reading, unit_of_work
from database.tables import Subscriber

router = APIRouter()

PAUSE_DAYS = (7, 30)
Id = Annotated[int | None, Form(ge=1, le=LARGEST_ID)]


def _bad(request: Request, error: BadLink) -> HTMLResponse:
    expired = isinstance(error, ExpiredLink)
    key = "link_expired" if expired else "link_bad"
    return render(
        request, "message.html", status=410 if expired else 404, private=True, heading=key,
        words=[f"{key}_words"], ok=False,
    )  # fmt: skip


def _page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return render(request, template, status=status, private=True, **values)


@router.get("/confirm/{token}")
def confirm_page(request: Request, token: str) -> HTMLResponse:
    """What is to be confirmed, with a button."""
    reader = Reader(language_of(request))
    try:
        with reading() as session:
            holder = subscriptions.holder(session, "confirm", token)
            listed = links.read("confirm", token)[1]
            waiting = [one for one in subscriptions.unconfirmed(session, holder) if one.id in listed]
            wishes = [describe(one, reader.language) for one in waiting]
    except BadLink as error:
        return _bad(request, error)
    return _page(request, "confirm.html", wishes=wishes)


@router.post("/confirm/{token}")
def confirm(request: Request, token: str) -> Response:
    """Confirm, then show what the person has."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.confirm(session, token)
            where = f"/me/{links.token('manage', holder.token)}?done=confirmed"
    except BadLink as error:
        return _bad(request, error)
    return RedirectResponse(where, 303)


def _mine(session: Session, reader: Reader, holder: Subscriber) -> list[dict[str, Any]]:
    found = []
    for one in subscriptions.subscriptions(session, holder):
        paused = one.paused_until if one.paused_until and one.paused_until > types.now() else None
        found.append(
            {
                "id": one.id,
                "what": describe(one, reader.language),
                "pace": one.pace,
                "since": one.confirmed_at,
                "paused": paused,
                "feed": links.feed_url(one),
                "calendar": links.calendar_url(one),
            }
        )
    return found


@router.get("/me/{token}")
def manage(request: Request, token: str, done: str = "") -> HTMLResponse:
    """A person's subscriptions."""
    reader = Reader(language_of(request))
    try:
        with reading() as session:
            holder = subscriptions.holder(session, "manage", token)
            mine = _mine(session, reader, holder)
    except BadLink as error:
        return _bad(request, error)
    return _page(
        request, "me.html", subscriptions=mine, email=holder.email, ended=holder.ended_at, token=token,
        done=done if done in ("confirmed", "pause", "resume", "end") else "", pauses=PAUSE_DAYS,
        unsubscribe=links.token("unsubscribe", holder.token),
    )  # fmt: skip


@router.post("/me/{token}")
def change(
    request: Request,
    token: str,
    action: Annotated[Literal["pause", "resume", "end"], Form()],
    subscription: Id = None,
    days: Annotated[int, Form(ge=1, le=366)] = 30,
) -> Response:
    """Pause, resume or end one subscription; pause and resume also all of them."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            if action == "pause":
                until = types.now() + dt.timedelta(days=days)
                subscriptions.pause(session, holder, until, subscription)
            elif action == "resume":
                subscriptions.resume(session, holder, subscription)
            elif subscription is not None:
                subscriptions.end(session, holder, subscription)
    except BadLink as error:
        return _bad(request, error)
    except InvalidSubscription as error:
        raise NotThere from error
    return RedirectResponse(f"/me/{token}?done={action}", 303)


@router.get("/u/{token}")
def leave_page(request: Request, token: str) -> HTMLResponse:
    """Ask; a scanner that opens the link ends nothing."""
    try:
        with reading() as session:
            holder = subscriptions.holder(session, "unsubscribe", token)
    except BadLink as error:
        return _bad(request, error)
    return _page(request, "unsubscribe.html", token=token, ended=holder.ended_at is not None)


@router.post("/u/{token}")
def leave(request: Request, token: str) -> HTMLResponse:
    """End all letters (RFC 8058: no login, no cookie, no second step)."""
    try:
        with unit_of_work() as session:
            subscriptions.unsubscribe(session, token)
    except BadLink as error:
        return _bad(request, error)
    return _page(request, "unsubscribe.html", token=token, ended=True)


@router.post("/u/{token}/undo")
def undo(request: Request, token: str) -> Response:
    """Take it back."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.undo(session, token)
            where = f"/me/{links.token('manage', holder.token)}?done=resume"
    except BadLink as error:
        return _bad(request, error)
    return RedirectResponse(where, 303)
