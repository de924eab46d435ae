"""What holds for every request: security headers, a bound on bodies, HEAD, and no trace of a fault."""

import logging

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from config.settings import settings

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**changes: str) -> str:
    """The content security policy, with some directives (script_src=…) changed."""
    directives = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class TooLarge(HTTPException):
    """The body is larger than any form of ours."""

    def __init__(self) -> None:
        super().__init__(413)


class Guard:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head, started, read = scope["method"] == "HEAD", False, 0
        inner = {**scope, "state": {**scope.get("state", {})}, "method": "GET" if head else scope["method"]}

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise TooLarge
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers.update(inner.get("state", {}).get("limits", {}))  # of api/gate.py
                _harden(headers)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, bounded, guarded)
        except Exception:
            if started:
                raise
            log.exception("request_failed method=%s route=%s", scope["method"], _route(inner))
            await errors.unexpected(Request(scope))(scope, receive, guarded)


def _route(scope: Scope) -> str:
    """The pattern of the address: an address itself may hold somebody's token."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _harden(headers: MutableHeaders) -> None:
    headers.setdefault("Content-Security-Policy", policy())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers.setdefault("Cache-Control", "no-cache")
    if settings().public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
