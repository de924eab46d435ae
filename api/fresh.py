"""Answers that are not sent twice: ETag and Last-Modified, 304 to whoever has them."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from email.utils import format_datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The same as the `If-None-Match` names"}}
CHANGES = "private, no-cache"  # kept, and asked for again each time


def _has(request: Request, tag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in given or tag in given


def answer(request: Request, shape: BaseModel, changed: Iterable[dt.datetime] = ()) -> Response:
    """The JSON of a shape, or 304. `changed`: when the things in it did, for Last-Modified.

    Only the tag decides: what is shown changes with the day too, which no date of a thing tells.
    """
    body = shape.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # Weak: the same answer may be sent compressed.
    headers = {"ETag": f"W/{tag}", "Cache-Control": CHANGES, "Vary": "Accept-Encoding"}
    if newest := max(changed, default=None):
        headers["Last-Modified"] = format_datetime(newest.astimezone(dt.UTC), usegmt=True)
    if _has(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
