"""The traps of gazettes and registers east of the Union, on a real local server."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawlers.crawl import crawl
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.relevance import Door
from crawlers.sources import source
from database.session import reading
from database.tables import Fault, Notice, Snapshot

PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 11, 13)


def recorded(name: str, file: str) -> bytes:
    return (PAGES / name / file).read_bytes()


def test_what_a_feed_announces_is_read_from_its_own_page(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    publisher.answer = lambda asked, n: reply(
        recorded("vn_congbao", "2-document.html" if asked.path.endswith(".htm") else "1-feed.rss")
    )
    run = crawl("vn_congbao", base_url=publisher.url)
    assert (run.status, run.pages, run.new) == ("ok", 2, 1)
    assert run.refused == {"no word of goods, safety or conformity": 1}
    with reading() as session:
        notice = session.exec(select(Notice)).one()
    assert notice.title.startswith("Thông tư số 48/2026/TT-BKHCN ban hành QCVN")
    assert (notice.published_on, notice.in_force_on) == (dt.date(2026, 11, 12), dt.date(2027, 5, 1))


def test_pages_of_records_are_followed_from_each_page_of_a_list(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    def answer(asked: Any, n: int) -> Any:
        if asked.path.startswith("/id/"):
            body = recorded("id_peraturan", "2-regulation.html")
            return reply(body.replace(b"permenperin-no-41-tahun-2026", asked.path[4:].encode()))
        number = asked.query["page"][0]
        body = recorded("id_peraturan", "1-list.html").replace(
            b"no-41", f"no-{asked.path[1:]}{number}".encode()
        )
        return reply(body)

    publisher.answer = answer
    run = crawl("id_peraturan", since=DAY - dt.timedelta(days=6), until=DAY, base_url=publisher.url)
    assert (run.status, run.message) == ("ok", "")
    assert run.new == 4 * 2, "four lists of two pages, one regulation on each"
    assert run.refused["budget and staff"] == 4, "the other row is the same on both pages of a list"


def test_a_list_is_asked_for_in_full_by_its_own_form(sqlite: Path, publisher: Any, reply: Callable[..., Any]):
    sent: list[bytes] = []
    handler = publisher.server.RequestHandlerClass

    def do_post(self: Any) -> None:
        sent.append(self.rfile.read(int(self.headers["Content-Length"])))
        handler.do_GET(self)

    handler.do_POST = do_post
    more = recorded("sa_saso", "list.html").replace(b"TR-lifts", b"TR-more")
    publisher.answer = lambda asked, n: reply(recorded("sa_saso", "list.html") if n == 0 else more)
    run = crawl("sa_saso", base_url=publisher.url)
    assert (run.status, run.pages, run.new) == ("ok", 2, 3)
    assert b"__VIEWSTATE=dGVzdA%3D%3D" in sent[0]
    assert b"ctl00%24x%24DDL_PageSize=100" in sent[0]
    with reading() as session:
        assert {url.rpartition("/")[2] for url in session.exec(select(Snapshot.url))} == {
            "default.aspx",
            "default.aspx#all",
        }


def test_a_gazette_is_asked_day_by_day_and_for_its_second_issues(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    empty = b"<html><body><div id='html-content'></div></body></html>"
    second = recorded("tr_resmi_gazete", "fihrist.html").replace(b"20261113-", b"20261113M1-")

    def answer(asked: Any, n: int) -> Any:
        if "mukerrer" in asked.query:
            return reply(second)
        return reply(
            recorded("tr_resmi_gazete", "fihrist.html") if asked.query["tarih"] == ["2026-11-13"] else empty
        )

    publisher.answer = answer
    run = crawl("tr_resmi_gazete", since=DAY - dt.timedelta(days=1), until=DAY, base_url=publisher.url)
    assert (run.status, run.pages, run.new) == ("ok", 3, 4)
    with reading() as session:
        assert "20261113M1-3" in session.exec(select(Notice.source_id)).all()


def test_an_issue_of_another_day_is_read_once_for_what_it_is(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    publisher.answer = lambda asked, n: (
        reply(recorded("tr_resmi_gazete", "fihrist.html"))
        if asked.query["tarih"] == ["2026-11-13"]
        else reply(status=302, headers={"Location": "/fihrist?tarih=2026-11-13"})
    )
    run = crawl("tr_resmi_gazete", since=DAY - dt.timedelta(days=1), until=DAY, base_url=publisher.url)
    assert (run.status, run.new) == ("ok", 2)
    with reading() as session:
        assert set(session.exec(select(Notice.published_on))) == {DAY}


def test_a_register_is_read_back_to_the_beginning_of_the_window(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    page = recorded("kz_adilet", "page.html").decode()
    publisher.answer = lambda asked, n: reply(
        page.replace("30 октября 2026", ["30 октября 2026", "1 мая 2026"][min(n, 1)])
        .replace("8127", f"81{n}7")
        .encode()
    )
    run = crawl("kz_adilet", since=dt.date(2026, 10, 1), until=DAY, base_url=publisher.url)
    assert (run.status, run.pages) == ("ok", 2)
    with reading() as session:
        withdrawn = session.exec(select(Notice).where(Notice.source_id == "V1800017441")).one()
    assert withdrawn.withdrawn


def test_an_unknown_status_is_an_error_of_its_record_alone(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    page = recorded("kz_adilet", "page.html").decode().replace("Утративший силу", "Приостановленный")
    publisher.answer = lambda asked, n: reply(page.replace("nextpostslink", "").encode())
    run = crawl("kz_adilet", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.read, run.faults) == ("partial", 1, 1)
    with reading() as session:
        assert session.exec(select(Fault.message)).one() == "unknown status 'Приостановленный'"


def test_a_hundred_rows_lead_to_the_next_page_and_fewer_end_the_list(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    page = recorded("eaeu_documents", "page.html").decode()
    head, item, tail = page.partition('<div class="DocSearchResult_Item">\n')
    first = item + tail[: tail.index('<div class="DocSearchResult_Item">\n', 9)]

    def answer(asked: Any, n: int) -> Any:
        count = 100 if n == 0 else 3
        rows = [first.replace("/463/11021/", f"/463/{n}{k:03}/") for k in range(count)]
        return reply((head + "".join(rows) + "</div></body></html>").encode())

    publisher.answer = answer
    run = crawl("eaeu_documents", since=dt.date(2026, 11, 1), until=DAY, base_url=publisher.url)
    assert (run.status, run.pages, run.new) == ("ok", 2, 103)
    assert publisher.asked[1].query["PAGEN_1"] == ["2"]
    publisher.answer = answer
    later = crawl("eaeu_documents", since=dt.date(2026, 11, 10), until=DAY, base_url=publisher.url)
    assert later.pages in (1, 2)


def test_encrypted_answers_are_called_by_their_name():
    with pytest.raises(UnreadableAnswer, match="encrypts its answers"):
        source("my_agc")().page(
            "https://x/?start=0", json.dumps({"encrypted": True, "data": "aGk="}).encode()
        )


def test_a_renamed_attribute_is_an_error():
    reader = source("id_peraturan")()
    body = recorded("id_peraturan", "2-regulation.html").replace(b"Ditetapkan Tanggal", b"Tanggal Ditetapkan")
    (row,) = reader.page("https://peraturan.go.id/id/x", body).rows
    with pytest.raises(UnreadableRecord, match="ditetapkan tanggal"):
        reader.read(row)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("TÜRK GIDA KODEKSİ", ""),
        ("Tıbbi cihaz", ""),
        ("TIBBİ CİHAZ YÖNETMELİĞİ", ""),
        ("О техническом регламенте", ""),
        ("المنتجات الكهربائية", ""),
        ("玩具安全", ""),
        ("egida", "no word of goods, safety or conformity"),
        ("Üniversitesi gıda bölümü", "university"),
        ("impor ban", ""),
        ("bangunan", "no word of goods, safety or conformity"),
    ],
)
def test_terms_are_found_in_any_script_and_case(words: str, rule: str):
    terms = ("gıda", "tıbbi cihaz", "техническ* регламент", "منتج", "玩具", "ban=")
    assert Door(terms, (("university", ("üniversitesi",)),)).refuses(words) == rule
