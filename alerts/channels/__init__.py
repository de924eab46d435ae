"""Ways a letter can leave: one file each, found by listing.

A channel is a module with two coroutines: `send(mail) -> str` returns what the other side said when it took
the letter, or raises `Unreachable` or `Refused`; `close()` ends the connections of the running event loop.

One that leads to an address a reader chose also has `endpoint(url, secret)`, which returns both as they are
stored or raises `InvalidEndpoint`, and `SIGNS_WITH`: "ours", a secret made here and shown once, or "theirs",
one the other side gave; without it messages are not signed.
"""

import pkgutil
from collections.abc import Awaitable
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from alerts.letter import Mail


class Channel(Protocol):
    """What a module of this folder offers."""

    def send(self, mail: Mail) -> Awaitable[str]:
        """Deliver one letter, or raise Unreachable or Refused."""

    def close(self) -> Awaitable[None]:
        """End the connections of the running event loop."""


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """All channels."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def channel(name: str) -> Channel:
    """The channel of that name. Raises KeyError for an unknown one."""
    if name not in names():
        raise KeyError(f"no channel {name!r}; there are: {', '.join(names())}")
    return cast(Channel, import_module(f"alerts.channels.{name}"))
