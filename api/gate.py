"""Who may ask the API, and how often: everybody a little, programs with a key what their key allows.

Requests are counted in each process by itself, in a bucket that fills evenly: with several web processes the
whole is so many times the limit.
"""

import math
import time
from collections import OrderedDict
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from api import keys
from config.settings import settings

MOST_BUCKETS = 20_000
MINUTE = 60

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="a key; more requests a minute")
_bearer = HTTPBearer(auto_error=False, description="the same key as a bearer token")


class UnknownKey(HTTPException):
    """The key opens nothing: mistyped, or taken back."""

    def __init__(self) -> None:
        super().__init__(401, self.__doc__, {"WWW-Authenticate": "Bearer"})


class OutOfScope(HTTPException):
    """The key does not open this."""

    def __init__(self, scope: str) -> None:
        super().__init__(403, f"the key lacks the scope {scope}")


class TooMany(HTTPException):
    """More requests than the limit allows."""

    def __init__(self, limit: int, seconds: int) -> None:
        detail = f"more than {limit} requests a minute; try again in {seconds} seconds"
        super().__init__(429, detail, {"Retry-After": str(seconds)})


class Buckets:
    """For each asker the requests left, and when that was."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, who: str, limit: int) -> int:
        """Take one request of so many a minute; returns how many are left. Raises TooMany."""
        now = time.monotonic()
        with self._lock:
            left, at = self._left.get(who, (float(limit), now))
            left = min(limit, left + (now - at) * limit / MINUTE)
            if left < 1:
                raise TooMany(limit, math.ceil((1 - left) * MINUTE / limit))
            self._left[who] = (left - 1, now)
            self._left.move_to_end(who)
            while len(self._left) > MOST_BUCKETS:
                self._left.popitem(last=False)
        return int(left - 1)


buckets = Buckets()


def _scope(request: Request) -> str:
    """What a request asks for."""
    if request.method == "POST":
        return "subscribe"
    return "export" if request.query_params.get("format", "json") != "json" else "read"


def gate(
    request: Request,
    header: Annotated[str | None, Depends(_header)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
) -> None:
    """Let a request in. Raises UnknownKey, OutOfScope, TooMany."""
    key = header or (bearer.credentials if bearer else None)
    if key is None:
        limit, who = (
            settings().requests_per_minute,
            f"address {request.client.host if request.client else ''}",
        )
    else:
        holder = keys.holder(key)
        if holder is None:
            # Guessing counts against whoever guesses.
            buckets.take(f"guess {request.client.host if request.client else ''}", MINUTE)
            raise UnknownKey
        if (scope := _scope(request)) not in holder.scopes:
            raise OutOfScope(scope)
        limit, who = holder.per_minute, f"key {holder.id}"
    if limit:
        left = buckets.take(who, limit)
        request.state.limits = {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(left)}
