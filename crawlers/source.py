"""A source: a filled-in form, and how its answers are read."""

import asyncio
import datetime as dt
import hashlib
import json
import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from scrapy import FormRequest, Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.addresses import is_address
from crawlers.answers import is_cut_off, named_inside
from crawlers.errors import UnreadableAnswer
from crawlers.filled import Filled
from crawlers.manners import MAXSIZE, TIMEOUT
from crawlers.order import Order
from crawlers.pages import Answer, Barred, Broken, Chain, Follow, Page, Post, Refused
from crawlers.words import plain, storable

__all__ = ["Answer", "Broken", "Chain", "Follow", "Order", "Page", "Post", "Refused", "Source", "short"]

log = logging.getLogger(__name__)

MOST_FAILURES = 3  # in a row: then the source, or what only adds to it, is left alone for this run
# how a broken connection is told: [<twisted.python.failure.Failure …ConnectionDone: Connection was closed.>]
NESTED = re.compile(r"\w+Error: \[<twisted\.python\.failure\.Failure [\w.]+: (.*?)>.*\]")
GONE = (404, 410)  # a page of one record that is not there any more says nothing of the others


def short(address: str) -> str:
    """An address as a message names it: long questions are cut after the page's number."""
    path, _, query = address.partition("?")
    page = re.search(r"(?:^|&)page=\d+", query)
    return path + (f"?{page[0].lstrip('&')}" if page else "?…" if query else "")


def _named(asked: str | Post) -> str:
    """What an answer is known by: an address, or that and what was sent to it."""
    return asked if isinstance(asked, str) else f"{asked.address}#{asked.name}"


def _last_part(address: str) -> str:
    """What names a record in the address of its page."""
    return address.rstrip("/").rpartition("/")[2]


class Source(Filled):
    """What every source does: asks, follows, gives each record a try of its own, and says how it went."""

    def __init__(self, *args: Any, order: Order | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order or Order(0, self.name, dt.date.min, dt.date.max)
        self.failures: list[str] = []
        self.remarks: list[str] = []
        self.spared: list[str] = []  # what only adds to what is known, and was not had
        self.bad = {False: 0, True: 0}  # answers in a row that nothing could be read from; True: spare ones
        self.leaving: asyncio.Task[None] | None = None
        self.taken = 0
        self.answered = 0
        self.questions: set[str] = set()  # addresses, each of which is asked once in a run
        self.announced: dict[str, dict[str, Any]] = {}  # by page of a record: what only the list says of it
        self.admitted: frozenset[str] = frozenset()  # labels of records that a person let in

    def request(self, asked: str | Post, chain: Chain | None = None) -> Request:
        """A request that comes back to `parse`."""
        address = asked if isinstance(asked, str) else asked.address
        sent = {} if isinstance(asked, str) else {"formdata": list(asked.fields)}
        self.questions.add(_named(asked))
        return FormRequest(
            address,
            callback=self.parse,
            errback=self.lost,
            headers=self.headers(address),
            meta={"address": _named(asked)},
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
            page = self.page(address, named_inside(response.body, answer.content_type))
        except UnreadableAnswer as error:
            self._lose(address, str(error), answer)
        except Exception as error:
            log.exception("answer_unreadable source=%s", self.name)
            self._lose(address, told(error), answer)
        else:
            self.bad[self.spare(address)] = 0
            if is_cut_off(response.body):
                self.remarks.append(f"{short(address)}: the page is cut off, what stands before is kept")
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
            digest = digest_of(row)
            if digest in chain.seen or self.enough:
                continue
            chain.seen.add(digest)
            if isinstance(row, Broken):
                answer.faults.append((row.record, row.message))
                continue
            label = self._label(row)
            try:
                read = self.read_as_let_in(row, label in self.admitted)
            except Exception as error:
                answer.faults.append((label, told(error)))
                continue
            if isinstance(read, Refused):
                rule = storable(read.rule)
                answer.refused[rule] += 1
                answer.barred.append(Barred(label or digest, self._title(row), rule, digest))
                continue
            answer.let_in.add(label)
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

    def _title(self, row: Any) -> str:
        try:
            return plain(str(self.titled(row))).replace("\n", " ")[:500]
        except Exception:
            return ""

    def _onward(self, address: str, page: Page, chain: Chain, fresh: bool) -> Iterator[Request]:
        yield from map(self.request, self._sound(address, (*page.details, *chain.follow)))
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
        elif not is_address(page.next):
            self.fail(f"{short(address)}: the next page has no readable address ({page.next[:200]!r})")
        else:
            yield self.request(page.next, chain)

    def _sound(self, address: str, details: Iterable[str | Post]) -> Iterator[str | Post]:
        """The details that can be asked for, and were not yet in this run."""
        for one in details:
            if not is_address(_named(one)):
                self.fail(f"{short(address)}: leads to what is no address ({_named(one)[:200]!r})")
            elif _named(one) not in self.questions:
                yield one

    def lost(self, failure: Any) -> Sequence[Request | Answer]:
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
            reason = NESTED.sub(r"\1", told(error))
        if "exceeded DOWNLOAD_MAXSIZE" in reason:
            reason = f"the answer is larger than {MAXSIZE // 2**20} MiB when unpacked"
        answer = Answer(address, came=False)
        gone = isinstance(error, HttpError) and error.response.status in GONE
        self._lose(address, reason, answer, gone=gone)
        return [answer] if answer.faults else []

    def _lose(self, address: str, reason: str, answer: Answer, *, gone: bool = False) -> None:
        """Say what is missing: a record, what only adds to records, or a list that the run needs."""
        reason = " ".join(f"{short(address)}: {reason}".split())[:600]  # parsers quote line ends, too
        spare = self.spare(address)
        self.bad[spare] += not gone
        if spare:
            self.spared.append(reason)
        elif address in self.announced and self.bad[spare] < MOST_FAILURES:
            answer.faults.append((_last_part(address), reason))
        else:
            self.fail(reason)

    def is_left_out(self, address: str) -> bool:
        """Whether this only adds to what is known, and the like of it was asked for in vain."""
        return self.bad[True] >= MOST_FAILURES and self.spare(address)

    def fail(self, message: str) -> None:
        """The window will not have been read to its end."""
        message = " ".join(message.split())[:600]
        log.error("read_failed source=%s why=%s", self.name, message)
        self.failures.append(message)
        if self.bad[False] >= MOST_FAILURES:
            self.leave("failed")

    def leave(self, reason: str) -> None:
        """End the run before its end, without waiting for what was asked for."""
        engine: Any = self.crawler.engine
        self.leaving = asyncio.get_running_loop().create_task(engine.close_spider_async(reason=reason))

    def outcome(self, reason: str, read: int, faults: int, example: str = "") -> tuple[str, str]:
        """Status and message of the run that ends; `example` is one of the faults, in words."""
        spoilt = f"{faults} of {read + faults} records could not be read (such as {example})"
        if self.failures:
            return "failed", _first_of(self.failures)
        if reason not in ("finished", "limit"):
            return "failed", f"stopped before its end ({reason})"
        if not self.answered:
            return "failed", "nothing was asked"
        if faults > read:
            return "failed", f"{spoilt}; has the layout changed?"
        if self.spared:
            self.remarks.append(_first_of(self.spared))
        if faults:
            return "partial", "; ".join((spoilt, *self.remarks))
        if self.enough:
            self.remarks.append(f"ended at the limit of {self.order.limit}")
        return ("partial" if self.remarks and not self.enough else "ok"), "; ".join(self.remarks)


def _first_of(messages: Sequence[str]) -> str:
    return messages[0] + (f" (and {len(messages) - 1} more)" if len(messages) > 1 else "")


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")


def digest_of(row: Any) -> str:
    """Tells a record from others as it stands in its answer."""
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()


def told(error: BaseException) -> str:
    """An error in one line; known ones speak for themselves."""
    words = " ".join(str(error).split())
    known = isinstance(error, UnreadableAnswer) or type(error).__name__ == "UnreadableRecord"
    return words[:300] if known else f"{type(error).__name__}: {words[:300]}"
