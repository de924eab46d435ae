"""Every source against its own recorded pages with faults put in: one clear line, and no good record lost.

The source is driven as Scrapy drives it, without processes and sockets; those have tests of their own.
"""

import datetime as dt
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import replies
from scrapy import Request
from scrapy.http import TextResponse
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.errors import UnreadableRecord
from crawlers.form import form
from crawlers.order import Order
from crawlers.pages import Answer
from crawlers.record import normalise
from crawlers.source import Source
from crawlers.sources import names, source

pytestmark = pytest.mark.usefixtures("sqlite")
SINCE, UNTIL = dt.date(2026, 11, 12), dt.date(2026, 11, 20)
BLOCKED = (
    b"<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>"
)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>'
Reply = tuple[int, bytes]


@dataclass
class Ran:
    """How a source fared."""

    status: str = ""
    message: str = ""
    good: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0
    asked: int = 0


def run(name: str, answer: Callable[[str], Reply], most: int = 300) -> Ran:
    """A run of a source to its end, as the child process does it."""
    reader: Source = source(name)()
    closed: list[str] = []
    reader.leave = closed.append
    since = dt.date(2026, 3, 1) if name == "eu_tris" else SINCE
    reader.order = Order(1, name, since, UNTIL)
    waiting = deque(reader.request(address) for address in reader.addresses(since, UNTIL))
    ran = Ran()
    while waiting and not closed and ran.asked < most:
        request: Request = waiting.popleft()
        ran.asked += 1
        status, body = answer(request.url)
        response = TextResponse(request.url, status=status, body=body, request=request)
        failure = SimpleNamespace(value=HttpError(response), request=request) if status >= 300 else None
        for one in reader.lost(failure) if failure else reader.parse(response, **request.cb_kwargs):
            if isinstance(one, Answer):
                _keep(name, one, ran)
            else:
                waiting.append(one)
    ran.status, ran.message = reader.outcome(
        "finished" if not closed else closed[0], len(ran.good), len(ran.faults), str(ran.faults[:1])
    )
    return ran


def _keep(name: str, answer: Answer, ran: Ran) -> None:
    ran.faults += answer.faults
    ran.refused += sum(answer.refused.values())
    for raw in answer.notices:
        try:
            normalise(raw, form(name))
        except UnreadableRecord as error:
            ran.faults.append((raw.source_id, str(error)))
        else:
            ran.good.append(raw.source_id)


def whole(name: str) -> Callable[[str], Reply]:
    def answer(address: str) -> Reply:
        body = replies.served(name, address)
        return (200, body) if body is not None else (replies.NOT_THERE.get(name, 404), b"not there")

    return answer


def spoilt(name: str, change: Callable[[bytes], Reply]) -> Callable[[str], Reply]:
    def answer(address: str) -> Reply:
        status, body = whole(name)(address)
        return change(body) if status == 200 else (status, body)

    return answer


@pytest.mark.parametrize("name", names())
def test_the_recorded_pages_make_a_good_run(name: str):
    ran = run(name, whole(name))
    assert (ran.status, ran.message, ran.faults) == ("ok", "", [])
    assert ran.good


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("cut off", lambda body: (200, body[: len(body) // 2])),
        ("block page", lambda body: (200, BLOCKED)),
        ("block page 202", lambda body: (202, BLOCKED)),
        ("busy", lambda body: (500, b"<h1>Oops</h1>")),
        ("forbidden", lambda body: (403, BLOCKED)),
        ("empty", lambda body: (200, b"")),
        ("null", lambda body: (200, b"null")),
        ("another kind", lambda body: (200, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type /Catalog>>")),
        ("noise", lambda body: (200, bytes(range(256)) * 8)),
        ("entities", lambda body: (200, ENTITIES)),
        ("deep", lambda body: (200, b"[" * 100_000)),
    ],
)
def test_an_answer_that_is_not_the_page_fails_the_run_in_one_clear_line(
    name: str, fault: str, change: Callable[[bytes], Reply]
):
    ran = run(name, spoilt(name, change))
    if fault == "cut off" and "cut off, what stands before is kept" in ran.message:
        assert ran.status == "partial"
        assert set(ran.good) <= set(run(name, whole(name)).good)
        return
    assert (ran.status, ran.good) == ("failed", []), (ran.status, ran.message)
    assert ran.message
    assert "\n" not in ran.message
    assert len(ran.message) < 700
    assert not re.search(r"Traceback|KeyError|TypeError|AttributeError|IndexError", ran.message), ran.message


@pytest.mark.parametrize("name", sorted(replies.RENAMED))
def test_a_renamed_field_costs_its_record_and_none_beside_it(name: str):
    good = run(name, whole(name)).good
    ran = run(name, spoilt(name, lambda body: (200, replies.renamed(name, body))))
    assert len(ran.faults) >= 1
    assert all(re.search(r"field|unknown|no |neither|leads|empty|missing", words) for _, words in ran.faults)
    assert set(ran.good) <= set(good)
    assert len(ran.good) < len(good)
    assert ran.status == ("partial" if len(ran.faults) <= len(ran.good) else "failed")
    assert ran.message


@pytest.mark.parametrize("name", ["kz_adilet", "tr_resmi_gazete", "eu_cellar", "id_peraturan"])
def test_a_list_that_leads_to_itself_is_left_and_no_record_is_lost(name: str):
    good = run(name, whole(name)).good
    ran = run(name, lambda address: (200, replies.served(name, address, last=False) or b""), most=1000)
    assert ran.asked < 50
    assert set(good) <= set(ran.good)
    if ran.status == "failed":
        assert re.search(r"the pages repeat|no end after", ran.message)


@pytest.mark.parametrize("name", names())
def test_records_that_come_twice_are_read_once_and_every_one_is_named(name: str):
    ran = run(name, whole(name))
    assert all(ran.good)
    reader: Any = source(name)()
    for path, address in replies.recorded.pages(name):
        rows = reader.page(address, path.read_bytes()).rows
        assert all(reader.label(row) for row in rows), path


def test_pages_of_records_that_are_gone_cost_those_records_only():
    feed = replies.served("vn_congbao", "https://congbao.chinhphu.vn/cac-van-ban-moi-ban-hanh.rss") or b""
    item = re.search(rb"<item>(?:(?!<item>).)*?thong-tu.*?</item>", feed, re.DOTALL)
    assert item
    more = b"".join(item[0].replace(b".htm<", b"-%d.htm<" % n) for n in range(6))
    listed = feed.replace(b"</channel>", more + b"</channel>")

    def answer(address: str) -> Reply:
        if address.endswith(".rss"):
            return 200, listed
        number = re.search(r"-(\d)\.htm$", address)
        if number and int(number[1]) < 5:
            return 404, b"<h1>Not found</h1>"
        return whole("vn_congbao")(address)

    good = run("vn_congbao", whole("vn_congbao")).good
    ran = run("vn_congbao", answer)
    assert (ran.status, len(ran.faults)) == ("failed" if len(good) < 5 else "partial", 5), ran.message
    assert set(good) <= set(ran.good)
    assert all("HTTP 404" in words for _, words in ran.faults)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("eu_safety_gate", "/list/xml/en"),
        ("eu_safety_gate", "/detail/xml/1"),
        ("eu_cellar", "/ingestion"),
        ("eu_have_your_say", "/searchInitiatives"),
        ("vn_congbao", ".rss"),
        ("wto_eping", "getRelatedNotifications"),
    ],
)
def test_a_publisher_that_answers_everything_with_one_page_leads_nowhere_and_is_told(name: str, address: str):
    body = replies.served(name, address, last=False)
    assert body
    ran = run(name, lambda _: (200, body), most=200)
    assert ran.asked < 50, "no question twice"
    assert ran.status != "ok"
    assert re.search("not the known form|not JSON|web page", ran.message), ran.message


def test_what_is_told_beside_a_list_costs_nothing_of_it_where_it_cannot_be_read():
    good = run("eu_have_your_say", whole("eu_have_your_say")).good
    for status, body in ((200, BLOCKED), (500, b"Oops"), (200, b'{"error": "gone"}'), (200, b"")):

        def answer(address: str, status: int = status, body: bytes = body) -> Reply:
            return (status, body) if "/groupInitiatives/" in address else whole("eu_have_your_say")(address)

        ran = run("eu_have_your_say", answer)
        assert set(ran.good) == set(good)
        assert (ran.status, ran.faults) == ("partial", [])
        assert "groupInitiatives" in ran.message
    reader: Any = source("eu_have_your_say")()
    reader.bad[True] = 3
    assert reader.is_left_out("https://ec.europa.eu/info/law/better-regulation/brpapi/groupInitiatives/1")
    assert not reader.is_left_out("https://ec.europa.eu/info/law/better-regulation/brpapi/searchInitiatives")
