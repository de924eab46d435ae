"""A source: a filled-in form, and how its answers are read."""

import datetime as dt
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from scrapy import FormRequest, Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.errors import UnreadableAnswer
from crawlers.form import Form
from crawlers.manners import MAXSIZE, PASSING, TIMEOUT
from crawlers.order import Order
from crawlers.record import RawNotice
from crawlers.words import plain

log = logging.getLogger(__name__)

MOST_FAILURES = 3  # a source that fails so often in one run is left alone


@dataclass(frozen=True)
class Refused:
    """A record that is no business of this service, by a rule that can be named."""

    rule: str


@dataclass(frozen=True)
class Follow:
    """A record of which a list says too little: it is read from its own page."""

    address: str


@dataclass(frozen=True)
class Post:
    """A form to send: its address, its fields, and a name that tells its answer from the address's own."""

    address: str
    fields: tuple[tuple[str, str], ...]
    name: str


@dataclass
class Page:
    """What one answer holds."""

    rows: Sequence[Any]
    next: str | None = None  # the page after this one
    details: Sequence[str | Post] = ()  # addresses each of which is read for itself
    total: int | None = None  # rows on all pages together, if the publisher says
    unread: Sequence[str] = ()


@dataclass
class Chain:
    """How far the paging of one question has come."""

    pages: int = 0
    rows: int = 0
    seen: set[str] = field(default_factory=set)
    follow: dict[str, None] = field(default_factory=dict)  # pages of records, in order, not yet asked for


@dataclass
class Answer:
    """An answer with what was read from it, on its way to the store."""

    address: str
    body: bytes
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    notices: list[RawNotice] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)  # record, message
    refused: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


def short(address: str) -> str:
    """An address as a message names it: long questions are cut after the page's number."""
    path, _, query = address.partition("?")
    page = re.search(r"(?:^|&)page=\d+", query)
    return path + (f"?{page[0].lstrip('&')}" if page else "?…" if query else "")


class Source(Spider):
    """What every source has. One fills in the form (see `Form`), `addresses`, `page` and `read`."""

    date_order: ClassVar[str] = Form.date_order
    gazette: ClassVar[bool] = Form.gazette
    undated: ClassVar[bool] = Form.undated
    overlap_days: ClassVar[int] = Form.overlap_days
    first_window_days: ClassVar[int] = Form.first_window_days
    quiet_days: ClassVar[int] = Form.quiet_days
    max_pages: ClassVar[int] = Form.max_pages
    time_limit: ClassVar[int] = Form.time_limit
    texts: ClassVar[tuple[str, ...]] = Form.texts
    text_languages: ClassVar[tuple[str, ...]] = Form.text_languages
    tells: ClassVar[bool] = Form.tells
    needs: ClassVar[str] = Form.needs
    delay: ClassVar[float] = 1.0  # seconds between two requests
    accept: ClassVar[str] = "application/json"
    passing: ClassVar[frozenset[int]] = PASSING  # HTTP errors after which asking again helps

    def __init__(self, *args: Any, order: Order | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order or Order(0, self.name, dt.date.min, dt.date.max)
        self.failures: list[str] = []
        self.remarks: list[str] = []
        self.taken = 0
        self.answered = 0

    # What a source fills in ------------------------------------------------------------------

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Where to begin, for a window of days (both included)."""
        raise NotImplementedError

    def page(self, address: str, body: bytes) -> Page:
        """What an answer holds. Raises UnreadableAnswer if it has not the known form."""
        raise NotImplementedError

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """One record. Raises UnreadableRecord for a field that is missing or of another kind."""
        raise NotImplementedError

    def label(self, row: Any) -> str:
        """The publisher's number of a record that may be broken."""
        return ""

    def headers(self, address: str) -> dict[str, str]:
        """Headers of a request."""
        return {"Accept": self.accept}

    def explain(self, address: str, status: int) -> str:
        """What an HTTP status means at this source; empty: what it says."""
        return ""

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """What to ask after an HTTP error that is no failure here, nothing more being []; None: it is one."""
        return None

    def spare(self, address: str) -> bool:
        """Whether the run is whole without this answer: one that only adds to what is known."""
        return False

    # What is the same for all ----------------------------------------------------------------

    def request(self, asked: str | Post, chain: Chain | None = None) -> Request:
        """A request that comes back to `parse`."""
        address = asked if isinstance(asked, str) else asked.address
        sent = {} if isinstance(asked, str) else {"formdata": list(asked.fields)}
        return FormRequest(
            address,
            callback=self.parse,
            errback=self.lost,
            headers=self.headers(address),
            meta={"address": address if isinstance(asked, str) else f"{address}#{asked.name}"},
            **sent,
            cb_kwargs={"chain": chain or Chain()},
            dont_filter=True,
        )

    async def start(self) -> AsyncIterator[Request]:
        """The first requests."""
        for address in self.addresses(self.order.since, self.order.until):
            yield self.request(address)

    def parse(self, response: Response, chain: Chain) -> Iterator[Answer | Request]:
        """Read an answer: its records, each for itself, then where it leads."""
        self.answered += 1
        address = str(response.meta["address"])
        answer = Answer(
            address,
            response.body,
            content_type=_header(response, "Content-Type"),
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )
        try:
            page = self.page(address, response.body)
        except UnreadableAnswer as error:
            self.fail(f"{short(address)}: {error}")
        except Exception as error:
            log.exception("answer_unreadable source=%s", self.name)
            self.fail(f"{short(address)}: {_told(error)}")
        else:
            before = len(chain.seen)
            self._take(page, chain, answer)
            yield answer
            if not self.enough:
                yield from self._onward(address, page, chain, fresh=len(chain.seen) > before)
            return
        yield answer

    @property
    def enough(self) -> bool:
        """Whether the limit that was asked for is reached."""
        return self.order.limit is not None and self.taken >= self.order.limit

    def _take(self, page: Page, chain: Chain, answer: Answer) -> None:
        chain.pages += 1
        chain.rows += len(page.rows)
        answer.unread.update(page.unread)
        for row in page.rows:
            digest = hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()
            if digest in chain.seen or self.enough:
                continue
            chain.seen.add(digest)
            try:
                read = self.read(row)
            except Exception as error:
                answer.faults.append((self._label(row), _told(error)))
                continue
            if isinstance(read, Refused):
                answer.refused[read.rule] += 1
                continue
            if isinstance(read, Follow):
                chain.follow.setdefault(read.address)
                continue
            self.taken += 1
            answer.unread.update(read.unread)
            answer.notices.append(read)

    def _label(self, row: Any) -> str:
        try:
            return plain(str(self.label(row)))[:200]
        except Exception:
            return ""

    def _onward(self, address: str, page: Page, chain: Chain, fresh: bool) -> Iterator[Request]:
        yield from (self.request(detail) for detail in (*page.details, *chain.follow))
        chain.follow.clear()
        done = page.total is not None and chain.rows >= page.total
        if page.next is None or not page.rows or done:
            if page.total is not None and not done and not page.details:
                found = f"{page.total} records were promised, {chain.rows} came"
                self.remarks.append(f"{short(address)}: {found}")
        elif not fresh:
            self.fail(f"{short(address)}: the pages repeat after {len(chain.seen)} records; not read on")
        elif chain.pages >= self.max_pages:
            self.fail(f"{short(address)}: no end after {chain.pages} pages; ask for fewer days")
        else:
            yield self.request(page.next, chain)

    def lost(self, failure: Any) -> Sequence[Request]:
        """An answer that did not come: the run fails and says why, or asks what the source says instead."""
        self.answered += 1
        error, request = failure.value, failure.request
        address = str(request.meta.get("address", request.url))
        if isinstance(error, HttpError):
            response = error.response
            following = self.instead(address, response.status, response.body)
            if following is not None:
                return [self.request(one, request.cb_kwargs.get("chain")) for one in following]
            reason = self.explain(address, response.status) or f"HTTP {response.status}"
            if asked := response.headers.get("Retry-After"):
                reason += f", asks to wait {asked.decode('latin-1')[:40]}"
            if words := plain(response.body[:400].decode("utf-8", "replace")).replace("\n", " "):
                reason += f" ({words[:160]})"
        elif isinstance(error, IgnoreRequest):
            reason = str(error)
        elif "Timeout" in type(error).__name__:
            reason = f"no answer within {TIMEOUT} seconds"
        elif "Cancelled" in type(error).__name__:
            reason = f"the answer is larger than {MAXSIZE // 2**20} MiB"
        else:
            reason = _told(error)
        if "exceeded DOWNLOAD_MAXSIZE" in reason:
            reason = f"the answer is larger than {MAXSIZE // 2**20} MiB when unpacked"
        if self.spare(address):
            if not self.remarks:
                self.remarks.append(f"{short(address)}: {reason}")
            return ()
        self.fail(f"{short(address)}: {reason}")
        return ()

    def fail(self, message: str) -> None:
        """The window will not have been read to its end."""
        log.error("read_failed source=%s why=%s", self.name, message)
        self.failures.append(message)
        if len(self.failures) == MOST_FAILURES:
            self.crawler.engine.close_spider(self, "failed")

    def outcome(self, reason: str, read: int, faults: int, example: str = "") -> tuple[str, str]:
        """Status and message of the run that ends; `example` is one of the faults, in words."""
        spoilt = f"{faults} of {read + faults} records could not be read (such as {example})"
        if self.failures:
            more = f" (and {len(self.failures) - 1} more)" if len(self.failures) > 1 else ""
            return "failed", self.failures[0] + more
        if reason not in ("finished", "limit"):
            return "failed", f"stopped before its end ({reason})"
        if not self.answered:
            return "failed", "nothing was asked"
        if faults > read:
            return "failed", f"{spoilt}; has the layout changed?"
        if faults:
            return "partial", spoilt
        if self.enough:
            self.remarks.append(f"ended at the limit of {self.order.limit}")
        return ("partial" if self.remarks and not self.enough else "ok"), "; ".join(self.remarks)


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")


def _told(error: BaseException) -> str:
    words = " ".join(str(error).split())
    known = isinstance(error, UnreadableAnswer) or type(error).__name__ == "UnreadableRecord"
    return words[:300] if known else f"{type(error).__name__}: {words[:300]}"
