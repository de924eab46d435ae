"""Errors as people and programs get them: RFC 9457 problems under /api, a plain page elsewhere.

InvalidParameter        a parameter that is well formed but means nothing here
NotThere                no such notice, measure, letter …
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from alerts.errors import BadLink, ExpiredLink
from api.rendering import render
from config.texts import text

log = logging.getLogger(__name__)

PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/feeds/", "/calendars/")
CALENDAR = ".ics"
LONGEST_ECHO = 80


class InvalidParameter(ValueError):
    """A parameter that cannot be used; names it, says why and what would do."""

    def __init__(self, parameter: str, reason: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(f"{parameter} {reason}")
        self.parameter, self.reason, self.allowed = parameter, reason, list(allowed)


class NotThere(LookupError):
    """There is nothing at this address."""


class Problem(JSONResponse):
    """An RFC 9457 problem."""

    media_type = "application/problem+json"


def problem(status: int, detail: str, **more: object) -> Problem:
    """A problem whose type is its status alone."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Problem({**body, **more}, status)


def _invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    detail = "; ".join(f"{one['parameter']}: {one['detail']}" for one in errors[:5])
    return problem(422, detail or "the request cannot be read", errors=list(errors))


def described(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Pydantic's errors as parameter, detail and allowed values; what was sent is cut short."""
    found = []
    for error in errors:
        place = [str(part) for part in error["loc"] if part not in ("query", "path", "body", "header")]
        given = error.get("input")
        one: dict[str, Any] = {"parameter": place[0] if place else "body", "detail": str(error["msg"])}
        if isinstance(given, str):
            one["given"] = given[:LONGEST_ECHO]
        if allowed := (error.get("ctx") or {}).get("allowed"):
            one["allowed"] = allowed
        found.append(one)
    return found


def for_programs(request: Request) -> bool:
    """Whether a problem is the right answer, rather than a page."""
    return request.url.path.startswith(PROGRAMS) or request.url.path.endswith(CALENDAR)


def answer(request: Request, status: int, detail: str = "", **more: object) -> Response:
    """The error in the form that fits who asks."""
    if for_programs(request):
        return problem(status, detail or HTTPStatus(status).phrase, **more)
    known = status if status in (403, 404, 405, 409, 413, 422) else 500 if status >= 500 else 400
    return render(request, "error.html", status=status, code=status, kind=f"error_{known}", detail=detail)


def unexpected(request: Request) -> Response:
    """The answer to a fault of ours: no trace, no detail."""
    return answer(request, 500, text("pages.error_500_detail", "en"))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    found = answer(request, error.status_code, detail)
    found.headers.update(error.headers or {})
    return found


async def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = described(error.errors())
    if for_programs(request):
        return _invalid(errors)
    if any(place[0] == "path" for place in (one["loc"] for one in error.errors())):
        return answer(request, 404)
    return answer(request, 422, "; ".join(f"{one['parameter']}: {one['detail']}" for one in errors))


async def _parameter(request: Request, error: Exception) -> Response:
    if not isinstance(error, InvalidParameter):
        raise error
    one: dict[str, Any] = {"parameter": error.parameter, "detail": error.reason}
    if error.allowed:
        one["allowed"] = error.allowed
    return _invalid([one]) if for_programs(request) else answer(request, 422, str(error))


async def _not_there(request: Request, error: Exception) -> Response:
    return answer(request, 404, str(error))


async def _bad_link(request: Request, error: Exception) -> Response:
    expired = isinstance(error, ExpiredLink)
    key = "link_expired" if expired else "link_bad"
    return render(
        request, "message.html", status=410 if expired else 404, private=True, heading=key,
        words=[f"{key}_words"], ok=False,
    )  # fmt: skip


def add_to(app: FastAPI) -> None:
    """Answer every error of the application."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(InvalidParameter, _parameter)
    app.add_exception_handler(NotThere, _not_there)
    app.add_exception_handler(BadLink, _bad_link)
