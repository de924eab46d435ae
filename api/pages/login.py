"""`/login`: begin a session."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.login import oidc, sessions
from api.login.errors import LoginError, TooMany
from api.login.rights import from_here
from api.reader import Reader, language_of
from api.rendering import render
from config.settings import settings

router = APIRouter()

HOMES = {"analyst": "/review", "official": "/risk", "admin": "/admin"}
Words = Annotated[str, Form(max_length=254)]


def inside(target: str) -> str:
    """A path of ours to go on to; empty for anything else."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if plain and not parts.netloc and not parts.scheme and len(target) < 300 else ""


@router.get("/login")
def form(request: Request, to: str = "") -> Response:
    """The form."""
    return render(request, "login.html", private=True, to=inside(to), email="", error="", provider=oidc.on())


@router.post("/login")
def enter(
    request: Request, email: Words = "", password: Words = "", code: Words = "", to: Words = ""
) -> Response:
    """Begin a session."""
    reader = Reader(language_of(request))
    try:
        if not from_here(request):
            raise LoginError
        cookie = sessions.log_in(email, password, code, request.client.host if request.client else "")
    except TooMany as error:
        words = reader.say("people.login_too_many", minutes=-(-error.seconds // 60))
        answer = _refused(request, 429, email, to, words)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except LoginError:
        return _refused(request, 403, email, to, reader.say("people.login_refused"))
    return entered(cookie, to)


def entered(cookie: str, to: str) -> Response:
    """On to where somebody wanted to, with the cookie of a session."""
    person = sessions.find(cookie)
    answer = RedirectResponse(inside(to) or HOMES.get(person.role if person else "", "/"), 303)
    secure = settings().public_url.startswith("https://")
    answer.set_cookie(sessions.COOKIE, cookie, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


def _refused(request: Request, status: int, email: str, to: str, error: str) -> Response:
    return render(
        request, "login.html", status=status, private=True, to=inside(to), email=email, error=error,
        provider=oidc.on(),
    )  # fmt: skip
