"""Calls to addresses that a reader chose, made so that they cannot reach anything of our own.

A name is looked up once, every address it has must be public, and the connection goes to what was looked up.

InvalidSubscription
└─ InvalidEndpoint   an address or secret that cannot be used; names what to give instead
Refused
└─ Gone              nobody listens there any more
"""

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from alerts.errors import InvalidSubscription, Refused, Unreachable
from config.settings import settings
from config.texts import text

PORTS = (443, 8443)
LONGEST_URL = 1000
MOST_REPLY = 64 * 1024
HOST = 3  # so many pieces between slashes: scheme, nothing, host
PLAIN = 15  # a longer piece of a path may be a key
SECONDS = 15
SECONDS_TO_CONNECT = 5
# Ranges that belong to nobody in particular, or lead to an IPv4 address inside them, which may be anybody's.
NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24", "192.88.99.0/24",
            "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23", "::/96",
        ),
    )
)  # fmt: skip


def masked(url: str) -> str:
    """An address as its owner knows it again, without what lets others use it: keys and user names."""
    place, _, query = re.sub(r"//[^/?#]*@", "//…@", url[:LONGEST_URL]).partition("?")
    pieces = [piece if at < HOST else _hidden(piece, PLAIN) for at, piece in enumerate(place.split("/"))]
    values = [name + mark + _hidden(value) for name, mark, value in map(_value, query.split("&"))]
    return "/".join(pieces) + (f"?{'&'.join(values)}" if query else "")


def _value(pair: str) -> tuple[str, str, str]:
    name, mark, value = pair.partition("=")
    return (name, mark, value) if mark else ("", "", name)


def _hidden(words: str, plain: int = 0) -> str:
    """The beginning of words, unless they are so few that they can be no key."""
    return words if len(words) <= plain else f"{words[: min(4, len(words) // 4)]}…"


class InvalidEndpoint(InvalidSubscription):
    """An address to push to cannot be used."""

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, in the reader's language."""
        return f"{self.field}: " + text(f"channels.{self.reason}", language, **self.values)


class Gone(Refused):
    """The endpoint is gone; nothing is sent there any more."""


@dataclass(frozen=True)
class Answer:
    """What came back, of which at most 64 KiB are kept."""

    status: int
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open Internet and to one machine there."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local:
            return False
    if any(ip in network for network in NEVER):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_private)


def is_loopback(host: str) -> bool:
    """Whether a host, as a number or by its common name, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked(url: str) -> URL:
    """The address as it is called, if its form allows it. Nothing is looked up. Raises InvalidEndpoint."""
    refusal = InvalidEndpoint("url", "unsafe_address", url=masked(url))
    if len(url) > LONGEST_URL or any(c in "\\" or unicodedata.category(c)[0] in "CZ" for c in url):
        raise refusal
    try:
        found = URL(url)
        host, port = found.raw_host or "", found.port
    except (ValueError, UnicodeError) as error:
        raise refusal from error
    if not host or found.raw_user is not None or found.raw_password is not None or found.raw_fragment:
        raise refusal
    if settings().call_loopback and found.scheme in ("http", "https") and is_loopback(host):
        return found
    if found.scheme != "https" or port not in PORTS:
        raise refusal
    # Numbers are addresses also in old spellings (2130706433, 127.1), which no check here would read alike.
    if (":" in host or host.rstrip(".").rpartition(".")[2].isdigit()) and not is_public(host):
        raise refusal
    return found


async def lookup(host: str, port: int) -> list[tuple[int, str]]:
    """Family and number of every address of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((row[0], str(row[4][0])) for row in rows))


def _may_connect(address: str) -> bool:
    return is_public(address) or (settings().call_loopback and is_loopback(address))


def _socket(place: AddrInfoType) -> socket.socket:
    """The last gate: whatever was looked up or spelled, this is where the connection goes."""
    if not _may_connect(str(place[4][0])):
        raise OSError("the address is not public")
    return socket.socket(place[0], place[1], place[2])


class _Public(AbstractResolver):
    """Gives the connection addresses to use only if all a name has may be called."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await lookup(host, port)
        if not all(_may_connect(address) for _, address in found):
            raise OSError("the name leads to an address that is not public")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body; a redirect is an answer like any other. Raises Unreachable, also for an unsafe address."""
    try:
        target = checked(url)
    except InvalidEndpoint as error:
        raise Unreachable("the address must not be called") from error
    connector = aiohttp.TCPConnector(
        resolver=_Public(), socket_factory=_socket, use_dns_cache=False, force_close=True
    )
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a small answer must not swell
                timeout=aiohttp.ClientTimeout(total=SECONDS, sock_connect=SECONDS_TO_CONNECT),
                headers={"User-Agent": "tbt-early-warning", "Accept-Encoding": "identity"},
            ) as client,
            client.post(target, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return Answer(response.status, await _some(response))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(type(error).__name__) from error


async def _some(response: aiohttp.ClientResponse) -> bytes:
    kept = b""
    while len(kept) < MOST_REPLY and (more := await response.content.read(MOST_REPLY - len(kept))):
        kept += more
    return kept
