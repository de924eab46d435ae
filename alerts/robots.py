"""Group robots: chat services that take a markdown message and answer with an error code in a 200."""

import json
from collections.abc import Mapping
from typing import Any

from alerts.calls import InvalidEndpoint, checked, is_loopback, masked, post
from alerts.channels.mail import without_addresses
from alerts.errors import NotDelivered, Unreachable

HTTP_OK = 200


def address(url: str, begins: str) -> str:
    """The robot's address as stored; it must be at its service. Raises InvalidEndpoint."""
    found = checked(url)
    # A loopback address passes `checked` only where it is allowed, to stand in for the service.
    expected = checked(begins)
    if (found.host, found.path) != (expected.host, expected.path) and not is_loopback(found.host or ""):
        raise InvalidEndpoint("url", "unsafe_host", url=masked(url), expected=begins)
    return str(found)


async def say(url: str, message: dict[str, Any], codes: Mapping[int, type[NotDelivered]]) -> str:
    """Post a message and read the code in the answer. An unknown code means "not now"."""
    body = json.dumps(message, ensure_ascii=False).encode()
    answer = await post(url, body, {"Content-Type": "application/json; charset=utf-8"})
    if answer.status != HTTP_OK:
        raise Unreachable(str(answer.status))
    try:
        found = json.loads(answer.body)
        code, words = int(found["errcode"]), str(found.get("errmsg", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreachable("the answer is not that of a robot") from error
    said = f"{code} {without_addresses(words)}"
    if code != 0:
        raise codes.get(code, Unreachable)(said)
    return said
