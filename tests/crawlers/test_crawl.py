"""Whole crawls: the real child process against a real server that misbehaves."""

import dataclasses
import datetime as dt
import gzip
import itertools
import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlmodel import select

from crawlers import crawl as crawls
from crawlers.crawl import close_dead_runs, covered, crawl
from crawlers.errors import CrawlError, UnknownSource
from crawlers.form import form
from crawlers.order import Order
from crawlers.source import Chain
from crawlers.sources.wto_eping import WtoEping
from database.session import reading, unit_of_work
from database.tables import Fault, Notice, Run, Snapshot
from database.types import now

pytestmark = pytest.mark.usefixtures("sqlite")
PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 6, 1)
REPORT = "/safety-gate-alerts/api/download/weeklyReport/detail/xml/1"


def row(number: int, **values: Any) -> dict[str, Any]:
    """One ePing row in the publisher's form."""
    template = json.loads((PAGES / "wto_eping" / "page.json").read_bytes())["items"][2]
    return {**template, "id": number, "documentSymbol": f"G/TBT/N/VNM/{number}", **values}


def page(*rows: dict[str, Any], total: int | None = None) -> bytes:
    return json.dumps({"items": rows, "totalCount": len(rows) if total is None else total}).encode()


def eping(publisher: Any, **values: Any) -> Run:
    return crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url, **values)


def safety_gate(publisher: Any) -> Run:
    return crawl("eu_safety_gate", since=DAY, until=DAY, base_url=publisher.url)


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "crawlers.child" in " ".join(p.cmdline())]


def test_a_page_becomes_notices_and_the_run_says_so(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(page(row(1), row(2, annexUrl="x")))
    seen: list[str] = []
    run = eping(publisher, progress=lambda run: seen.append(run.status))
    assert (run.status, run.message, run.read, run.new, run.pages) == ("ok", "", 2, 2, 1)
    assert (run.since, run.until, run.unread) == (DAY, DAY, {"annexUrl": 1})
    assert run.ended_at is not None
    assert seen[0] == "running"
    assert seen[-1] == "ok"
    asked = publisher.asked[0]
    assert asked.query["distributionDateFrom"] == ["2026-06-01"]
    assert asked.headers["User-Agent"].startswith("tbt-early-warning/")
    assert "tests@example.org" in asked.headers["User-Agent"]
    with reading() as session:
        assert session.exec(select(Snapshot.url)).one().startswith("https://epingalert.org/api/v1/")


def test_pages_are_followed_until_the_count_is_reached(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(page(row(2 * n), row(2 * n + 1), total=6))
    run = eping(publisher)
    assert (run.status, run.pages, run.new) == ("ok", 3, 6)
    assert [asked.query["page"] for asked in publisher.asked] == [["1"], ["2"], ["3"]]


def test_nothing_published_is_a_good_answer(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(page())
    run = eping(publisher)
    assert (run.status, run.read, run.pages) == ("ok", 0, 1)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"items": [{"id": 1, "area": "T', "cut off"),
        (b"<!DOCTYPE html><html><body>Just a moment</body></html>", "a web page, not JSON"),
    ],
)
def test_an_answer_that_is_not_the_page_fails_the_run_with_its_address(
    body: bytes, why: str, publisher: Any, reply: Callable[..., Any]
):
    publisher.answer = lambda asked, n: reply(body)
    run = eping(publisher)
    assert run.status == "failed"
    assert why in run.message
    assert "https://epingalert.org/api/v1/azureSearch/getAll" in run.message
    with reading() as session:
        assert session.exec(select(Snapshot.size)).one() == len(body), "the answer is kept to look at"


def test_a_server_that_asks_to_wait_is_waited_for(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: (
        reply(status=429, headers={"Retry-After": "1"}) if n == 0 else reply(page(row(1)))
    )
    run = eping(publisher)
    assert (run.status, run.new, len(publisher.asked)) == ("ok", 1, 2)


def test_a_server_that_asks_for_too_long_is_left_alone(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(b"busy", status=429, headers={"Retry-After": "86400"})
    run = eping(publisher)
    assert (run.status, len(publisher.asked)) == ("failed", 1)
    assert "HTTP 429, asks to wait 86400" in run.message


def test_a_server_that_stays_broken_fails_the_run_after_some_tries(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(b"<h1>Oops</h1>", status=500)
    run = eping(publisher)
    assert (run.status, len(publisher.asked)) == ("failed", 4)
    assert run.message.endswith("HTTP 500 (Oops)")


def test_a_server_that_is_not_there_fails_the_run(publisher: Any):
    publisher.close()
    run = eping(publisher)
    assert run.status == "failed"
    assert "epingalert.org" in run.message
    publisher.thread.join()


def test_pages_that_repeat_end_the_run_and_say_so(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(page(row(1), row(2), total=900))
    run = eping(publisher)
    assert (run.status, run.new, len(publisher.asked)) == ("failed", 2, 2)
    assert "the pages repeat after 2 records" in run.message


def test_pages_without_end_are_not_followed_for_ever(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(WtoEping, "max_pages", 5)
    source = WtoEping(order=Order(1, "wto_eping", DAY, DAY))
    request, chain = source.request("https://epingalert.org/x?page=1"), Chain()
    for number in itertools.count():
        response = type("R", (), {"meta": request.meta, "headers": {}, "body": page(row(number), total=9999)})
        following = list(source.parse(response, chain))[1:]  # type: ignore[arg-type]
        if not following:
            break
        request = following[0]  # type: ignore[assignment]
    assert chain.pages == 5
    assert source.outcome("finished", 5, 0)[0] == "failed"
    assert "no end after 5 pages" in source.outcome("finished", 5, 0)[1]


def test_one_broken_record_is_a_fault_and_all_broken_is_a_failure(publisher: Any, reply: Callable[..., Any]):
    def renamed(number: int) -> dict[str, Any]:
        broken = row(number)
        broken["closingDate"] = broken.pop("commentDeadlineDate")
        return broken

    publisher.answer = lambda asked, n: reply(page(row(1), row(2), renamed(3)))
    run = eping(publisher)
    assert (run.status, run.read, run.faults) == ("partial", 2, 1)
    with reading() as session:
        fault = session.exec(select(Fault)).one()
    assert (fault.record, fault.message) == ("G/TBT/N/VNM/3", "field 'commentDeadlineDate' is missing")
    publisher.answer = lambda asked, n: reply(page(*map(renamed, range(9))))
    run = eping(publisher)
    assert (run.status, run.read, run.faults) == ("failed", 0, 9)
    assert "layout" in run.message


def test_an_answer_without_end_is_cut_off_and_not_kept(publisher: Any, reply: Callable[..., Any]):
    pieces = itertools.repeat(b" " * 2**20, 300)
    publisher.answer = lambda asked, n: reply(stream=pieces, length=300 * 2**20)
    run = eping(publisher)
    assert run.status == "failed"
    assert "larger than 32 MiB" in run.message
    with reading() as session:
        assert session.exec(select(Snapshot)).all() == []


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(publisher: Any, reply: Callable[..., Any]):
    bomb = gzip.compress(b" " * (200 * 2**20), 9)
    publisher.answer = lambda asked, n: reply(bomb, headers={"Content-Encoding": "gzip"})
    run = eping(publisher)
    assert run.status == "failed"
    assert "larger than 32 MiB when unpacked" in run.message


def test_xml_with_entities_of_its_own_is_refused(publisher: Any, reply: Callable[..., Any]):
    evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Safety-Gate><a>&e;</a></Safety-Gate>'
    publisher.answer = lambda asked, n: reply(evil)
    run = safety_gate(publisher)
    assert run.status == "failed"
    assert "entities" in run.message


def test_a_redirect_and_a_link_to_elsewhere_are_refused(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(status=302, headers={"Location": "http://169.254.169.254/x"})
    run = eping(publisher)
    assert run.status == "failed"
    assert "led to http://169.254.169.254/x" in run.message
    listed = (
        "<Safety-Gate><weeklyReport><publicationDate>01/06/2026</publicationDate>"
        "<URL>http://127.0.0.1:1/secret</URL></weeklyReport></Safety-Gate>"
    )
    publisher.answer = lambda asked, n: reply(listed.encode())
    run = safety_gate(publisher)
    assert run.status == "failed"
    assert "led to http://127.0.0.1:1/secret" in run.message


def test_a_page_that_did_not_change_is_not_sent_again(publisher: Any, reply: Callable[..., Any]):
    listed = (
        "<Safety-Gate><weeklyReport><publicationDate>01/06/2026</publicationDate>"
        f"<URL>https://ec.europa.eu{REPORT}?search=x,</URL></weeklyReport></Safety-Gate>"
    )

    def answer(asked: Any, n: int) -> Any:
        if asked.headers.get("If-None-Match") == '"7"':
            return reply(status=304, headers={"ETag": '"7"'})
        if asked.path == REPORT:
            return reply((PAGES / "eu_safety_gate" / "report.xml").read_bytes(), headers={"ETag": '"7"'})
        return reply(listed.encode(), headers={"ETag": '"7"'})

    publisher.answer = answer
    first, second = safety_gate(publisher), safety_gate(publisher)
    assert (first.status, first.new, first.pages) == ("ok", 4, 2)
    assert (second.status, second.read, second.new, second.changed) == ("ok", 4, 0, 0)
    assert [asked.headers.get("If-None-Match") for asked in publisher.asked] == [None, None, '"7"', '"7"']


def test_what_robots_txt_forbids_is_not_asked(publisher: Any, reply: Callable[..., Any]):
    publisher.robots = b"User-agent: *\nDisallow: /api/\n"
    run = eping(publisher)
    assert (run.status, publisher.asked) == ("failed", [])
    assert "robots.txt" in run.message


def test_a_limit_ends_the_run_early_and_covers_no_day(publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(page(row(2 * n), row(2 * n + 1), total=100))
    run = eping(publisher, limit=3)
    assert (run.status, run.read, run.until) == ("ok", 3, None)
    assert "limit of 3" in run.message


def test_a_killed_crawl_is_closed_as_died(publisher: Any, reply: Callable[..., Any]):
    def kill(asked: Any, n: int) -> Any:
        for child in children():
            child.kill()
        return reply(page(row(1)))

    publisher.answer = kill
    run = eping(publisher)
    assert run.status == "died"
    assert "signal 9" in run.message


def test_a_crawl_that_is_asked_to_end_keeps_what_it_has(publisher: Any, reply: Callable[..., Any]):
    def answer(asked: Any, n: int) -> Any:
        if n == 1:
            for child in children():
                child.send_signal(signal.SIGTERM)
        return reply(page(row(n), total=9999))

    publisher.answer = answer
    run = eping(publisher)
    assert run.status == "failed"
    assert "stopped before its end" in run.message
    assert 1 <= run.new <= 3
    with reading() as session:
        assert len(session.exec(select(Notice)).all()) == run.new


def test_a_crawl_that_takes_too_long_is_ended(
    publisher: Any, reply: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    hold = threading.Event()
    publisher.answer = lambda asked, n: (hold.wait(20), reply(page()))[1]
    monkeypatch.setattr(crawls, "form", lambda name: dataclasses.replace(form(name), time_limit=3))
    monkeypatch.setattr(crawls, "GRACE", 0.5)
    run = eping(publisher)
    hold.set()
    assert run.status == "failed"
    assert "took longer than 3 seconds" in run.message
    assert children() == []


def test_runs_of_dead_processes_are_closed(sqlite: Path):
    import socket

    with unit_of_work() as session:
        session.add(Run(source="wto_eping", worker=f"{socket.gethostname()}:999999:1"))
        session.add(Run(source="wto_eping", worker="another-host:1:1"))
        session.add(Run(source="wto_eping", worker=f"{socket.gethostname()}:999999:1", status="ok"))
    assert close_dead_runs() == 1
    assert close_dead_runs() == 0
    with reading() as session:
        assert sorted(session.exec(select(Run.status)).all()) == ["died", "ok", "running"]


def test_the_next_window_begins_where_the_last_complete_one_ended(sqlite: Path):
    today = now().date()

    def ran(days: int, until: int = 0, status: str = "ok", limited: bool = False) -> None:
        with unit_of_work() as session:
            end = None if limited else today - dt.timedelta(days=until)
            since = today - dt.timedelta(days=days)
            started = now() - dt.timedelta(days=until)
            session.add(Run(source="s", status=status, since=since, until=end, started_at=started))

    def end() -> int | None:
        with reading() as session:
            found = covered(session, "s")
        return (today - found).days if found else None

    ran(90, until=20, status="failed")
    assert end() is None
    ran(90, until=20)
    assert end() == 20
    ran(5, limited=True)
    assert end() == 20
    ran(10)
    assert end() == 20, "a window that leaves a gap does not cover it"
    ran(25, until=3, status="partial")
    assert end() == 3


def test_wrong_arguments_are_refused_before_anything_is_written(sqlite: Path):
    with pytest.raises(UnknownSource, match="wto_eping"):
        crawl("wto_epong")
    with pytest.raises(CrawlError, match="after until"):
        crawl("wto_eping", since=DAY, until=DAY - dt.timedelta(days=1))
    with pytest.raises(CrawlError, match="ftp://x"):
        crawl("wto_eping", since=DAY, base_url="ftp://x")
    with pytest.raises(CrawlError, match="limit"):
        crawl("wto_eping", since=DAY, limit=0)
    with reading() as session:
        assert session.exec(select(Run)).all() == []
