"""How the crawlers behave towards a publisher: where they may go, how long they wait, what they ask again."""

import asyncio
import datetime as dt
import email.utils
import ipaddress
import socket
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from config.settings import settings
from crawlers import snapshots
from database import types

MAXSIZE = 32 * 2**20
TIMEOUT = 60
TRIES = 4
PASSING = frozenset([408, 429, 500, 502, 503, 504, 522, 524])
PASSING_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    OSError,
)


def is_loopback(address: str) -> bool:
    """Whether an address is on this very machine: a test or a replay, where nobody needs to be spared."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def user_agent() -> str:
    """Who we are, and whom to write to."""
    contact = " ".join(settings().contact.split())
    return f"tbt-early-warning/{version('tbt-early-warning')}" + (f" (+{contact})" if contact else "")


def scrapy_settings(base_url: str, delay: float) -> dict[str, Any]:
    """Scrapy's settings for one crawl."""
    local = bool(base_url) and is_loopback(base_url)
    return {
        "USER_AGENT": user_agent(),
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0.0 if local else delay,
        "DOWNLOAD_MAXSIZE": MAXSIZE,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": TIMEOUT,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "HTTPPROXY_ENABLED": not base_url,
        "REDIRECT_MAX_TIMES": 5,
        "URLLENGTH_LIMIT": 0,  # a question too long would be dropped without a word
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "RETRY_ENABLED": False,  # Patience below waits before it asks again
        "REQUEST_FINGERPRINTER_CLASS": "scrapy.utils.request.RequestFingerprinter",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "%(levelname)s %(name)s %(message)s",
        "WAIT_FIRST": 0.05 if local else 2.0,
        "WAIT_LONGEST": 3.0 if local else 120.0,
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.manners.OwnHosts": 40,
            "crawlers.manners.Unchanged": 545,
            "crawlers.manners.Patience": 550,
        },
        "ITEM_PIPELINES": {"crawlers.child.Keep": 300},
    }


class OwnHosts:
    """Requests go to the source's own hosts only, or to those that stand in for them (`--base-url`)."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.checked: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "OwnHosts":
        """As Scrapy makes it."""
        return cls(crawler)

    def _home(self, url: str) -> str:
        """The address to ask in place of this one. Raises IgnoreRequest for one that is not the source's."""
        source: Any = self.crawler.spider
        parts, base = urlsplit(url), urlsplit(source.order.base_url)
        if parts.scheme in ("http", "https"):
            if base.netloc and (parts.hostname in source.hosts or parts.netloc == base.netloc):
                return str(urlunsplit((base.scheme, base.netloc, *parts[2:])))
            if not base.netloc and parts.hostname in source.hosts and parts.port in (None, 80, 443):
                return url
        raise IgnoreRequest(f"the source led to {url[:200]}, which is not an address of its own: refused")

    async def process_request(self, request: Request) -> Request | None:
        """Rewrite, let pass, or refuse."""
        source: Any = self.crawler.spider
        if source.is_left_out(str(request.meta.get("address", ""))):
            raise IgnoreRequest("not asked for: the like of it was not answered before")
        home = self._home(request.url)
        if home != request.url:
            return request.replace(url=home, dont_filter=True)
        if not source.order.base_url and not getproxies():
            await self._check_public(urlsplit(home).hostname or "")
        return None

    async def _check_public(self, host: str) -> None:
        if host in self.checked:
            return
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        except OSError:
            return  # the download will say so
        for *_, address in found:
            if not ipaddress.ip_address(str(address[0]).split("%")[0]).is_global:
                raise IgnoreRequest(f"{host} is a private address here ({address[0]}): refused")
        self.checked.add(host)


class Unchanged:
    """Ask only for what changed since the last answer of an address; if nothing did, read that one again."""

    def process_request(self, request: Request) -> None:
        """Name what we have."""
        address = request.meta.get("address")
        if not address or "If-None-Match" in request.headers or "If-Modified-Since" in request.headers:
            return
        if known := snapshots.last(str(address)):
            if known.etag:
                request.headers["If-None-Match"] = known.etag
            if known.last_modified:
                request.headers["If-Modified-Since"] = known.last_modified

    def process_response(self, request: Request, response: Response) -> Response:
        """Put the kept bytes in place of "not modified"."""
        if response.status != 304:
            return response
        known = snapshots.last(str(request.meta.get("address", "")))
        if known is None:
            return response
        response.headers.setdefault("Content-Type", known.content_type)
        response.headers.setdefault("ETag", known.etag)
        response.headers.setdefault("Last-Modified", known.last_modified)
        body: Response = response.replace(status=200, body=snapshots.body(known.sha256))
        return body


class Patience:
    """Wait and ask again after a passing error, longer each time, or as long as the server asks."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.first = crawler.settings.getfloat("WAIT_FIRST")
        self.longest = crawler.settings.getfloat("WAIT_LONGEST")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Patience":
        """As Scrapy makes it."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Ask again, or give up and hand the error on."""
        source: Any = self.crawler.spider
        if response.status not in source.passing:
            return response
        asked = _seconds(response.headers.get("Retry-After"))
        return await self._again(request, asked) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Ask again after a broken connection."""
        return await self._again(request, None) if isinstance(exception, PASSING_ERRORS) else None

    async def _again(self, request: Request, asked: float | None) -> Request | None:
        tried = int(request.meta.get("tried", 0)) + 1
        wait = self.first * 2 ** (tried - 1) if asked is None else asked
        # robots.txt is asked for once: without it there is no rule to obey
        if tried >= TRIES or wait > self.longest or request.meta.get("dont_obey_robotstxt"):
            return None
        await asyncio.sleep(wait)
        again: Request = request.replace(dont_filter=True, meta={**request.meta, "tried": tried})
        return again


def _seconds(header: bytes | None) -> float | None:
    if header is None:
        return None
    words = header.decode("latin-1").strip()
    if words.isdigit():
        return float(words)
    try:
        at = email.utils.parsedate_to_datetime(words)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return max(0.0, (at - types.now()).total_seconds())
