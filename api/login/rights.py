"""What each role may open: the one place where that is decided, for every request before any route runs.

An area is a path and all below it; one that ends in a slash is only what is below. Whoever is not logged in
is sent to the log-in; whoever has another role gets 403. What changes something must come from our own
pages: the browser says so, and so does the form.
"""

import hmac
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.login.sessions import COOKIE, Person, find

EVERYONE = frozenset({"analyst", "official", "admin"})
AREAS = {
    "/account": EVERYONE,
    "/logout": EVERYONE,
    "/review": frozenset({"analyst", "admin"}),
    "/help": frozenset({"official", "analyst", "admin"}),
    "/help/": frozenset({"analyst", "admin"}),  # answering; officials see how they go
    "/warnings": frozenset({"analyst", "admin"}),
    "/coverage": frozenset({"official", "analyst", "admin"}),
    "/admin": frozenset({"admin"}),
    "/sources/": frozenset({"analyst", "admin"}),  # below the public page: what was refused
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def allowed(path: str) -> frozenset[str] | None:
    """The roles that may open a path; None: everybody, also without log-in."""
    parts = path.split("/")
    area = "/" + parts[1] if len(parts) > 1 else ""
    return (AREAS.get(f"{area}/") if len(parts) > 2 else None) or AREAS.get(area)


def person_of(request: Request) -> Person:
    """Who asks; in areas of AREAS there is always somebody."""
    found = request.scope.get("person")
    if not isinstance(found, Person):
        raise HTTPException(403)
    return found


def from_here(request: Request) -> bool:
    """Whether the browser says that a page of ours sent this; programs say nothing, and abuse no cookie."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def signed(request: Request) -> None:
    """Dependency of every router of logged-in people: a form brings the session's own mark along."""
    if request.method in SAFE:
        return
    given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given, person_of(request).csrf):
        raise HTTPException(403)


class Rights:
    """ASGI middleware that knows the person behind a request and lets through what the role allows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, send to the log-in, or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        cookie = request.cookies.get(COOKIE)
        person = await to_thread.run_sync(find, cookie) if cookie else None
        scope["person"] = person
        roles = allowed(scope["path"])
        if roles is None or (person is not None and person.role in roles):
            if roles is None or request.method in SAFE or from_here(request):
                await self.app(scope, receive, send)
                return
        elif person is None:
            target = scope["path"] if request.method in SAFE else "/"
            await RedirectResponse(f"/login?to={quote(target)}", 303)(scope, receive, send)
            return
        await errors.answer(request, 403)(scope, receive, send)
