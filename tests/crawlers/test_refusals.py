"""What a source's rules kept out can be looked at, and taken in from the answer it stood in."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawlers import admitting, refusals, relevance
from crawlers.crawl import crawl
from crawlers.errors import CrawlError
from crawlers.pages import Answer, Barred
from database.session import reading, unit_of_work
from database.tables import Notice, Refusal, Run

PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 11, 13)
Make = Callable[..., Any]


def recorded(name: str, file: str) -> bytes:
    return (PAGES / name / file).read_bytes()


def refused(source: str) -> dict[str, Refusal]:
    with reading() as session:
        return {row.record: row for row, _, _ in refusals.listed(session, source)}


def notices() -> set[str]:
    with reading() as session:
        return set(session.exec(select(Notice.source_id)))


def adilet(publisher: Any, reply: Make) -> Run:
    publisher.answer = lambda asked, n: reply(
        recorded("kz_adilet", "page.html").replace(b"nextpostslink", b"")
    )
    return crawl("kz_adilet", since=DAY, until=DAY, base_url=publisher.url)


def test_what_was_refused_stands_there_with_its_title_its_rule_and_its_answer(
    database: str, publisher: Any, reply: Make
):
    for _ in range(2):
        run = adilet(publisher, reply)
    assert sum(run.refused.values()) == 2
    with reading() as session:
        rows = refusals.listed(session, "kz_adilet")
        assert refusals.by_rule(session, "kz_adilet") == run.refused
    row, address, seen = next(one for one in rows if one[0].record == "/rus/docs/V2600038110")
    assert len(rows) == 2, "read twice, written down once"
    assert row.rule == "public services"
    assert row.title.startswith("Об утверждении правил")
    assert address.startswith("https://adilet.zan.kz/rus/search/docs/")
    assert seen is not None


def test_a_person_lets_a_record_in_without_a_question_to_the_publisher_and_it_stays_in(
    database: str, publisher: Any, reply: Make
):
    adilet(publisher, reply)
    before, asked = notices(), len(publisher.asked)
    one = refused("kz_adilet")["/rus/docs/V2600038110"]
    with unit_of_work() as session:
        refusals.admit(session, "kz_adilet", [one.id or 0], by="ann@example.org")
    with reading() as session:
        assert refusals.waiting(session) == ["kz_adilet"]
    refusals.take_in("kz_adilet")
    assert notices() - before == {"V2600038110"}
    assert len(publisher.asked) == asked
    with reading() as session:
        assert refusals.waiting(session) == []
        assert session.exec(select(Run.id)).all() == [1], "it is no run of the source"
    after = refused("kz_adilet")["/rus/docs/V2600038110"]
    assert (after.admitted_by, after.message) == ("ann@example.org", "")
    assert after.taken_at is not None
    run = adilet(publisher, reply)
    assert run.refused == {"no word of goods, safety or conformity": 1}
    assert run.changed == 0


def test_what_todays_rules_let_in_is_taken_from_the_stored_answers(
    sqlite: Path, publisher: Any, reply: Make, monkeypatch: pytest.MonkeyPatch
):
    adilet(publisher, reply)
    assert admitting.take("kz_adilet").refused == 2
    monkeypatch.setattr(relevance, "doors", lambda: {})
    relevance.door.cache_clear()
    done = admitting.take("kz_adilet")
    relevance.door.cache_clear()
    assert (done.new, done.refused, done.faults) == (2, 0, [])
    assert refused("kz_adilet") == {}


def test_a_record_with_a_page_of_its_own_is_asked_for_that_page_alone(
    sqlite: Path, publisher: Any, reply: Make
):
    own = recorded("vn_congbao", "2-document.html")
    pages = {"3.htm": own.replace(b"48/2026/TT-BKHCN", "2210/QĐ-TTg".encode()), "0.htm": own}
    feed = recorded("vn_congbao", "1-feed.rss")
    publisher.answer = lambda asked, n: reply(pages.get(asked.path[-5:], feed))
    crawl("vn_congbao", base_url=publisher.url)
    (row,) = refused("vn_congbao").values()
    publisher.asked.clear()
    with unit_of_work() as session:
        refusals.admit(session, "vn_congbao", [row.id or 0], by="x")
    done = admitting.take("vn_congbao", [row.id or 0], base_url=publisher.url)
    assert (done.new, done.faults) == (1, [])
    assert [asked.path for asked in publisher.asked] == ["/van-ban/quyet-dinh-so-2210-qd-ttg-471013.htm"]
    with reading() as session:
        title = session.exec(select(Notice.title).where(Notice.source_id == "2210/QĐ-TTg")).one()
    assert title.startswith("Quyết định số 2210/QĐ-TTg về việc đặt tên đường"), "as the feed announced it"


def test_what_is_no_record_at_all_cannot_be_taken_in_and_says_so(sqlite: Path, publisher: Any, reply: Make):
    publisher.answer = lambda asked, n: reply(recorded("tr_resmi_gazete", "fihrist.html"))
    crawl("tr_resmi_gazete", since=DAY, until=DAY, base_url=publisher.url)
    row = next(one for one in refused("tr_resmi_gazete").values() if one.rule == "the whole issue")
    with unit_of_work() as session:
        refusals.admit(session, "tr_resmi_gazete", [row.id or 0], by="x")
    refusals.take_in("tr_resmi_gazete")
    assert "nothing to take" in refused("tr_resmi_gazete")[row.record].message
    with reading() as session:
        assert refusals.waiting(session) == [], "it is not tried for ever"


def test_a_record_that_is_let_in_by_the_door_is_refused_no_longer(
    keep: Callable[..., Any], notice: Callable[..., Any]
):
    from crawlers import store
    from crawlers.form import form

    run = keep()
    page = Answer("https://epingalert.org/2", b"{}", barred=[Barred("7", "Toys", "no goods", "ab")])
    store.keep(run.id or 0, form("wto_eping"), page)
    assert refused("wto_eping")["7"].title == "Toys"
    page = Answer("https://epingalert.org/2", b"{}", notices=[notice("7")], let_in={"7"})
    store.keep(run.id or 0, form("wto_eping"), page)
    assert refused("wto_eping") == {}


def test_an_id_of_nothing_is_told(database: str):
    with unit_of_work() as session, pytest.raises(CrawlError, match="refused no record 3, 4"):
        refusals.admit(session, "wto_eping", [4, 3], by="x")


def test_a_dropped_federal_register_notice_is_let_in_past_its_rule(sqlite: Path, publisher: Any, reply: Make):
    page = json.loads(recorded("us_federal_register", "page.json"))
    notice = next(row for row in page["results"] if row["type"] == "Notice")
    row = {
        **notice,
        "document_number": "2026-1",
        "title": "Meeting of the Toy Committee",
        "action": "Notice.",
    }
    body = json.dumps({"count": 1, "results": [row]}).encode()
    publisher.answer = lambda asked, n: reply(body)
    crawl("us_federal_register", since=DAY, until=DAY, base_url=publisher.url)
    (kept_out,) = refused("us_federal_register").values()
    assert (kept_out.rule, kept_out.title) == ("meeting", "Meeting of the Toy Committee")
    with unit_of_work() as session:
        refusals.admit(session, "us_federal_register", [kept_out.id or 0], by="x")
    assert admitting.take("us_federal_register").new == 1
    assert notices() == {"2026-1"}
