"""One document from anywhere on the public network, and never from a private one.

A name is resolved here, and the connection goes to the very address that was found public: nothing can change
between the look and the call. Each redirect is looked at like the first address.
"""

import asyncio
import ipaddress
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from protego import Protego

from crawlers.addresses import is_address, joined
from crawlers.manners import is_loopback, user_agent

MAXSIZE = 24 * 2**20
SECONDS = 60
REDIRECTS = 5
DELAY = 2.0  # seconds between two requests to one host
PASSING = frozenset([408, 425, 429, 500, 502, 503, 504, 520, 522, 524])


class NotFetched(Exception):
    """A document could not be had; `status` says whether for good."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status  # refused, gone, or failed: may pass


@dataclass(frozen=True)
class Fetched:
    """An answer and where it came from in the end."""

    address: str
    body: bytes
    content_type: str
    etag: str
    last_modified: str


class Public(AbstractResolver):
    """Resolves names to public addresses only."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises NotFetched if one of them is private."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotFetched("failed", f"{host} has no address ({error.strerror})") from error
        results: list[ResolveResult] = []
        for kind, _, proto, _, at in found:
            check_public(str(at[0]), host)
            results.append(
                {
                    "hostname": host,
                    "host": str(at[0]),
                    "port": port,
                    "family": kind,
                    "proto": proto,
                    "flags": 0,
                }
            )
        return results

    async def close(self) -> None:
        """Nothing to close."""


def check_public(address: str, host: str) -> None:
    """Raise NotFetched unless an IP address can be reached by everybody."""
    at = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(at, "ipv4_mapped", None) or at
    if not mapped.is_global or mapped.is_multicast:
        raise NotFetched("refused", f"{host} is a private address here ({address}): refused")


class Library:
    """Fetches documents, one host at a time and slowly. `mirror` stands in for every host (replay, tests)."""

    def __init__(self, mirror: str = "") -> None:
        self.mirror = urlsplit(mirror)
        self.robots: dict[str, Protego | None] = {}
        self.last: dict[str, float] = {}
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Library":
        connector = aiohttp.TCPConnector(
            resolver=None if self.mirror.netloc else Public(), use_dns_cache=False, limit=4
        )
        self.session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=SECONDS),
            headers={"User-Agent": user_agent()},
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=32_000,
            max_field_size=32_000,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.session is not None:
            await self.session.close()

    async def get(self, address: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """The document at an address. Raises NotFetched. Headers go to its own host only."""
        if not is_address(address):
            raise NotFetched("refused", f"{address[:200]} is no web address: refused")
        first = urlsplit(address).hostname
        for _ in range(REDIRECTS + 1):
            target = self._target(address, first)
            if not await self._allowed(target):
                raise NotFetched("refused", f"{address}: robots.txt forbids it")
            own = urlsplit(address).hostname == first
            answer, onward = await self._ask(target, address, headers if own else None)
            if answer is not None:
                return answer
            address = joined(address, onward) or onward
        raise NotFetched("failed", f"{address}: led on more than {REDIRECTS} times")

    def _target(self, address: str, first: str | None) -> str:
        """The address to ask. Raises NotFetched for one that is not on the public web."""
        parts = urlsplit(address)
        try:
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise NotFetched("refused", f"{address[:200]} is no address") from error
        if parts.scheme not in ("http", "https") or not host or parts.username:
            raise NotFetched("refused", f"{address[:200]} is no web address: refused")
        if self.mirror.netloc and (host == first or parts.netloc == self.mirror.netloc):
            return urlunsplit((self.mirror.scheme, self.mirror.netloc, *parts[2:4], ""))
        if self.mirror.netloc:  # it answers for the first host only, and nothing else is asked
            raise NotFetched("refused", f"{address[:200]} is not on the mirror: refused")
        if port not in (None, 80, 443):
            raise NotFetched("refused", f"{address[:200]} asks for port {port}: refused")
        if re.fullmatch(r"[\d.]+|.*:.*", host):  # never resolved, so it is looked at here
            try:
                check_public(host, host)
            except ValueError as error:  # 2130706433 is 127.0.0.1 to the system
                raise NotFetched("refused", f"{address[:200]} is no web address: refused") from error
        return urlunsplit(parts._replace(fragment=""))

    async def _wait(self, host: str) -> None:
        pause = self.last.get(host, 0.0) + DELAY - time.monotonic()
        if pause > 0 and not is_loopback(f"http://{host}"):
            await asyncio.sleep(pause)
        self.last[host] = time.monotonic()

    async def _allowed(self, target: str) -> bool:
        parts = urlsplit(target)
        if parts.netloc not in self.robots:
            try:
                answer, _ = await self._ask(f"{parts.scheme}://{parts.netloc}/robots.txt", "robots.txt")
                words = answer.body.decode("utf-8", "replace") if answer else ""
                self.robots[parts.netloc] = (
                    Protego.parse(words) if "<html" not in words[:500].lower() else None
                )
            except NotFetched as error:
                if error.status == "failed":
                    raise  # without an answer there is no leave
                self.robots[parts.netloc] = None
        rules = self.robots[parts.netloc]
        return rules is None or bool(rules.can_fetch(target, user_agent()))

    async def _ask(
        self, target: str, address: str, headers: Mapping[str, str] | None = None
    ) -> tuple[Fetched | None, str]:
        """The answer, or where it leads."""
        assert self.session is not None  # noqa: S101 - within `async with`
        await self._wait(urlsplit(target).hostname or "")
        try:
            async with self.session.get(target, allow_redirects=False, headers=headers) as answer:
                if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                    return None, answer.headers["Location"]
                if answer.status != 200:
                    raise NotFetched(_meaning(answer.status), f"{address}: HTTP {answer.status}")
                body = await _bounded(answer, address)
                return (
                    Fetched(
                        address,
                        body,
                        answer.headers.get("Content-Type", ""),
                        answer.headers.get("ETag", ""),
                        answer.headers.get("Last-Modified", ""),
                    ),
                    "",
                )
        except TimeoutError as error:
            raise NotFetched("failed", f"{address}: no whole answer within {SECONDS} seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error.__cause__, NotFetched):
                raise error.__cause__ from None
            raise NotFetched("failed", f"{address}: {type(error).__name__} {str(error)[:200]}") from error


def _meaning(status: int) -> str:
    if status in PASSING:
        return "failed"
    return "gone" if status in (404, 410) else "refused"


async def _bounded(answer: Any, address: str) -> bytes:
    found = bytearray()
    async for piece in answer.content.iter_chunked(2**16):
        found += piece
        if len(found) > MAXSIZE:
            raise NotFetched("refused", f"{address}: larger than {MAXSIZE // 2**20} MiB")
    return bytes(found)
