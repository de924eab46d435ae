"""`/login/oidc`: to the organisation's own log-in, and back."""

import hmac
import logging
from dataclasses import asdict

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from api.errors import NotThere
from api.login import oidc, sessions
from api.login.errors import LoginError
from api.pages.login import entered, inside
from api.reader import Reader, language_of
from api.rendering import render
from config.settings import settings

log = logging.getLogger(__name__)
router = APIRouter()

COOKIE, PATH, SECONDS = "tbt_oidc", "/login/oidc", 600


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().signing_key, salt="oidc")


def _off() -> None:
    if not oidc.on():
        raise NotThere


@router.get("/login/oidc")
async def away(request: Request, to: str = "") -> Response:
    """To the provider."""
    _off()
    one = oidc.fresh(inside(to))
    try:
        answer = RedirectResponse(await oidc.address(one), 303)
    except LoginError as error:
        return _refused(request, error)
    secure = settings().public_url.startswith("https://")
    answer.set_cookie(
        COOKIE, _serializer().dumps(asdict(one)), max_age=SECONDS, httponly=True, samesite="lax",
        secure=secure, path=PATH,
    )  # fmt: skip
    return answer


def _begun(request: Request) -> oidc.Try | None:
    try:
        kept = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=SECONDS)
        return oidc.Try(**kept)
    except (BadData, TypeError):
        return None


@router.get("/login/oidc/back")
async def back(request: Request, code: str = "", state: str = "") -> Response:
    """From the provider: a session, if all of it is right."""
    _off()
    one = _begun(request)
    try:
        if one is None or not code or not hmac.compare_digest(one.state.encode(), state.encode()):
            raise oidc.ProviderFailed("not begun here")
        found = await oidc.identity(one, code)
        cookie = await to_thread.run_sync(sessions.log_in_as, found.subject, found.email, found.role)
    except LoginError as error:
        return _refused(request, error)
    answer = await to_thread.run_sync(entered, cookie, one.to)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _refused(request: Request, error: LoginError) -> Response:
    log.warning("oidc_refused error=%s detail=%s", type(error).__name__, error)
    words = "oidc_no_role" if isinstance(error, oidc.NoRole) else "oidc_refused"
    said = Reader(language_of(request)).say(f"people.{words}")
    return render(
        request, "login.html", status=403, private=True, to="", email="", error=said, provider=oidc.on()
    )
