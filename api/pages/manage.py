"""Signed links out of letters. A GET changes nothing: mail gateways open links.

A link that is none of ours, or too old, raises BadLink, which api/errors.py answers.
"""

import datetime as dt
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from alerts import links, narrow, organisations, privacy, subscriptions
from alerts.errors import InvalidSubscription
from alerts.facts import describe
from api.errors import NotThere
from api.reader import Reader, language_of
from api.rendering import render
from api.values import LARGEST_ID
from config.texts import LANGUAGES
from database import types
from database.session import reading, unit_of_work
from database.tables import Organisation, Subscriber

router = APIRouter()

PAUSE_DAYS = (7, 30, 90)
DONE = ("confirmed", "pause", "resume", "end", "changed", "renew", "undo_rule", "join", "leave", "language")
Action = Literal["pause", "resume", "end", "renew", "undo_rule", "join", "leave", "language", "erase"]
Id = Annotated[int | None, Form(ge=1, le=LARGEST_ID)]
Words = Annotated[str, Form(max_length=200)]


def _page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return render(request, template, status=status, private=True, **values)


def _to_me(holder: Subscriber, done: str) -> Response:
    return RedirectResponse(f"/me/{links.token('manage', holder.token)}?done={done}", 303)


@router.get("/confirm/{token}")
def confirm_page(request: Request, token: str) -> HTMLResponse:
    """What is to be confirmed, with a button."""
    reader = Reader(language_of(request))
    with reading() as session:
        holder = subscriptions.holder(session, "confirm", token)
        listed = links.read("confirm", token)[1]
        waiting = [one for one in subscriptions.unconfirmed(session, holder) if one.id in listed]
        wishes = [describe(one, reader.language) for one in waiting]
    return _page(request, "confirm.html", wishes=wishes)


@router.post("/confirm/{token}")
def confirm(token: str) -> Response:
    """Confirm, then show what the person has."""
    with unit_of_work() as session:
        return _to_me(subscriptions.confirm(session, token), "confirmed")


def _mine(session: Session, reader: Reader, holder: Subscriber) -> list[dict[str, Any]]:
    rules: dict[int, list[tuple[int | None, str]]] = {}
    for row in narrow.taken(session, holder):
        words = narrow.rule(row.field, row.added, reader.language)
        rules.setdefault(row.subscription_id, []).append((row.id, words))
    found = []
    for one in subscriptions.subscriptions(session, holder):
        paused = one.paused_until if one.paused_until and one.paused_until > types.now() else None
        found.append(
            {
                "one": one,
                "what": describe(one, reader.language),
                "paused": paused,
                "rules": rules.get(one.id or 0, []),
                "feed": links.feed_url(one),
                "calendar": links.calendar_url(one),
            }
        )
    return found


@router.get("/me/{token}")
def manage(request: Request, token: str, done: str = "") -> HTMLResponse:
    """A person's subscriptions."""
    return _me(request, token, done=done if done in DONE else "")


def _me(request: Request, token: str, *, done: str = "", error: str = "") -> HTMLResponse:
    reader = Reader(language_of(request))
    with reading() as session:
        holder = subscriptions.holder(session, "manage", token)
        firm = session.get(Organisation, holder.organisation_id) if holder.organisation_id else None
        return _page(
            request, "me.html", 422 if error else 200, subscriptions=_mine(session, reader, holder),
            email=holder.email, ended=holder.ended_at, token=token, done=done, error=error,
            pauses=PAUSE_DAYS, speaks=holder.language, languages=LANGUAGES, firm=firm,
            unsubscribe=links.token("unsubscribe", holder.token),
            colleagues=len(organisations.recipients(session, firm)) if firm else 0,
        )  # fmt: skip


@router.post("/me/{token}")
def change(
    request: Request,
    token: str,
    action: Annotated[Action, Form()],
    subscription: Id = None,
    rule: Id = None,
    days: Annotated[int, Form(ge=1, le=366)] = 30,
    language: Words = "",
    sure: Words = "",
    uscc: Words = "",
    firm: Words = "",
) -> Response:
    """Pause, resume or end one subscription or all; undo a rule; join a firm; renew links; be forgotten."""
    try:
        with unit_of_work() as session:
            holder = subscriptions.holder(session, "manage", token)
            if action == "pause":
                until = types.now() + dt.timedelta(days=days)
                subscriptions.pause(session, holder, until, subscription)
            elif action == "resume":
                subscriptions.resume(session, holder, subscription)
            elif action == "end" and subscription is not None:
                subscriptions.end(session, holder, subscription)
            elif action == "renew":
                subscriptions.revoke_links(session, holder)
            elif action == "undo_rule" and rule is not None:
                narrow.undo(session, holder, rule)
            elif action == "join":
                organisations.join(session, holder, uscc, firm)
            elif action == "leave":
                organisations.leave(session, holder)
            elif action == "language":
                subscriptions.speak(session, holder, language)
            elif action == "erase" and sure:
                privacy.erase(session, holder)
                return RedirectResponse("/me-erased", 303)
            return _to_me(holder, action)
    except InvalidSubscription as error:
        if error.field in ("uscc", "language"):
            words = error.sentence(language_of(request)).partition(": ")[2]
            return _me(request, token, error=words)
        raise NotThere from error


@router.get("/me-erased")
def erased(request: Request) -> HTMLResponse:
    """Nothing is left."""
    return render(request, "message.html", heading="erased_heading", words=["erased_words"], ok=True)


@router.get("/me/{token}/export.json")
def export(token: str) -> Response:
    """All that is kept of a person, as a file."""
    with reading() as session:
        body = json.dumps(
            privacy.export(session, subscriptions.holder(session, "manage", token)),
            ensure_ascii=False,
            indent=2,
        )
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


@router.get("/u/{token}")
def leave_page(request: Request, token: str) -> HTMLResponse:
    """Ask; a scanner that opens the link ends nothing."""
    with reading() as session:
        holder = subscriptions.holder(session, "unsubscribe", token)
    return _left(request, token, holder)


def _left(request: Request, token: str, holder: Subscriber) -> HTMLResponse:
    manage, ended = links.token("manage", holder.token), holder.ended_at is not None
    return _page(request, "unsubscribe.html", token=token, manage=manage, ended=ended)


@router.post("/u/{token}")
def leave(request: Request, token: str) -> HTMLResponse:
    """End all letters (RFC 8058: no login, no cookie, no second step)."""
    with unit_of_work() as session:
        holder = subscriptions.unsubscribe(session, token)
    return _left(request, token, holder)


@router.post("/u/{token}/undo")
def undo(token: str) -> Response:
    """Take it back."""
    with unit_of_work() as session:
        return _to_me(subscriptions.undo(session, token), "resume")
