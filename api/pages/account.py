"""`/account` and `/logout`: one's own password, codes and session."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import audit, charts
from api.login import codes, passwords, sessions
from api.login.errors import TooMany, WeakPassword
from api.login.rights import person_of, signed
from api.reader import language_of
from api.rendering import render
from config.texts import text
from database.session import reading, unit_of_work
from database.tables import User

router = APIRouter(dependencies=[Depends(signed)])

Words = Annotated[str, Form(max_length=254)]


@router.post("/logout")
def leave(request: Request) -> Response:
    """End the session."""
    sessions.end(person_of(request).session_id)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(sessions.COOKIE, path="/")
    return answer


def _account(
    request: Request, *, status: int = 200, error: str = "", done: str = "", secret: str = ""
) -> Response:
    """The page. `secret`: the one shown before, which a program may hold by now."""
    person = person_of(request)
    with reading() as session:
        user = session.get_one(User, person.id)
    fresh = "" if user.totp_secret else secret if codes.is_ours(secret) else codes.fresh()
    address = codes.address(fresh, user.email) if fresh else ""
    label = text("people.codes_square", language_of(request))
    return render(
        request,
        "account.html",
        status=status,
        private=True,
        coded=bool(user.totp_secret),
        fresh=fresh,
        address=address,
        square=charts.square_code(address, label) if fresh else "",
        error=error,
        done=done,
    )


@router.get("/account")
def account(request: Request, done: str = "") -> Response:
    """Change the password, switch codes on or off."""
    return _account(request, done=done if done in ("password", "codes_on", "codes_off") else "")


def _mine(session: Session, request: Request) -> User:
    return session.get_one(User, person_of(request).id, with_for_update=True)


def _wrong(request: Request, password: str, secret: str = "") -> Response | None:
    """The answer to a password that is not the person's, or was guessed at too often; None: it is right."""
    try:
        if sessions.knows_password(
            person_of(request), password, request.client.host if request.client else ""
        ):
            return None
    except TooMany as error:
        answer = _account(request, status=429, error="password_too_many", secret=secret)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return _account(request, status=422, error="password_wrong", secret=secret)


@router.post("/account/password")
def change(request: Request, password: Words = "", new: Words = "", again: Words = "") -> Response:
    """A new password; every other session of the person ends."""
    person = person_of(request)
    if (wrong := _wrong(request, password)) is not None:
        return wrong
    if new != again:
        return _account(request, status=422, error="password_differs")
    try:
        hashed = passwords.hashed(new, person.email)
    except WeakPassword:
        return _account(request, status=422, error="password_weak")
    with unit_of_work() as session:
        _mine(session, request).password_hash = hashed
        sessions.end_all(session, person.id, besides=person.session_id)
        audit.write(session, person, "password.changed", f"user {person.id}")
    return RedirectResponse("/account?done=password", 303)


@router.post("/account/codes")
def codes_on(request: Request, password: Words = "", secret: Words = "", code: Words = "") -> Response:
    """Ask for a code at log-in from now on; a first code proves that the program has the secret."""
    person = person_of(request)
    if (wrong := _wrong(request, password, secret)) is not None:
        return wrong
    step = codes.step_of(secret, code) if codes.is_ours(secret) else None
    if step is None:
        return _account(request, status=422, error="code_wrong", secret=secret)
    with unit_of_work() as session:
        user = _mine(session, request)
        user.totp_secret, user.totp_last = secret, step
        audit.write(session, person, "codes.on", f"user {person.id}")
    return RedirectResponse("/account?done=codes_on", 303)


@router.post("/account/codes/off")
def codes_off(request: Request, password: Words = "") -> Response:
    """The password is enough again."""
    person = person_of(request)
    if (wrong := _wrong(request, password)) is not None:
        return wrong
    with unit_of_work() as session:
        user = _mine(session, request)
        user.totp_secret, user.totp_last = "", 0
        audit.write(session, person, "codes.off", f"user {person.id}")
    return RedirectResponse("/account?done=codes_off", 303)
