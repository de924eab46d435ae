"""Full texts: from a real server that misbehaves, and from addresses that must never be asked."""

import asyncio
import datetime as dt
import io
import json
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlmodel import select

from config.settings import settings
from crawlers import documents, extract, fetch
from crawlers.fetch import Library, NotFetched
from database import search
from database.session import reading, unit_of_work
from database.tables import Document, Notice, Reading, Snapshot
from database.types import now

WORDS = "The appliance shall bear a permanent label with the rated voltage and the name of the maker. "


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page; an empty one is a page without text."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for words in pages:
        stream = f"BT /F1 9 Tf 20 700 Td ({words}) Tj ET".encode() if words else b""
        objects.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>"
            b"/Contents %d 0 R>>" % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for one in paragraphs:
        document.add_paragraph(one)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Lead", "90 mg/kg"
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


@pytest.fixture
def mirrored(sqlite: Path, publisher: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The test's publisher stands in for the hosts that notices of the WTO lead to."""
    monkeypatch.setenv("TBT_SOURCE_URLS", json.dumps({"wto_eping": publisher.url}))
    settings.cache_clear()
    return publisher


def store(*urls: str, **values: Any) -> int:
    with unit_of_work() as session:
        links = [{"title": "notified document", "url": url} for url in urls]
        notice = Notice(
            source="wto_eping", source_id=values.pop("source_id", "1"), title="Toys", links=links, **values
        )
        session.add(notice)
        session.flush()
        return notice.id or 0


def had() -> dict[str, Document]:
    with reading() as session:
        return {row.url: row for row in session.exec(select(Document))}


def test_texts_are_fetched_archived_and_found_by_search(mirrored: Any, reply: Callable[..., Any]):
    page = f"<html><nav>Home Zebra</nav><body><main><p>{WORDS * 20}</p></main></body></html>".encode()
    answers = {"/a.pdf": pdf(WORDS, WORDS), "/b.docx": word(WORDS), "/c": page}
    mirrored.answer = lambda asked, n: reply(answers[asked.path])
    number = store(
        "https://members.wto.org/a.pdf", "https://members.wto.org/b.docx", "https://members.wto.org/c"
    )
    assert documents.fetch() == 1
    found = had()
    assert {row.url[-6:]: (row.status, row.kind, row.language) for row in found.values()} == {
        "/a.pdf": ("text", "pdf", "en"),
        "b.docx": ("text", "docx", "en"),
        ".org/c": ("text", "html", "en"),
    }
    assert found["https://members.wto.org/a.pdf"].pages == 2
    assert "90 mg/kg" in found["https://members.wto.org/b.docx"].text
    assert "Zebra" not in found["https://members.wto.org/c"].text
    with reading() as session:
        assert len(session.exec(select(Snapshot)).all()) == 3
        condition = search.matches(session, "permanent label voltage")
        assert condition is not None
        assert session.exec(select(Notice.id).where(condition)).all() == [number]
        assert documents.pending(session, 10) == []
    assert documents.fetch() == 0


def test_a_scanned_pdf_is_marked_and_an_unknown_format_is_too(mirrored: Any, reply: Callable[..., Any]):
    answers = {
        "/scan.pdf": pdf("", "", ""),
        "/x.xls": b"\xd0\xcf\x11\xe0old",
        "/locked.pdf": b"%PDF-1.7 broken",
    }
    mirrored.answer = lambda asked, n: reply(answers[asked.path])
    store(*(f"https://members.wto.org{path}" for path in answers))
    documents.fetch()
    states = {row.url.rpartition("/")[2]: row.status for row in had().values()}
    assert states == {"scan.pdf": "scanned", "x.xls": "other", "locked.pdf": "failed"}


def test_a_notice_without_links_is_looked_at_once(sqlite: Path):
    store()
    store("https://example.org/recall", source_id="2", kind="alert")
    store("https://example.org/old", source_id="3", first_seen_at=now() - dt.timedelta(days=90))
    assert documents.fetch() == 1
    assert [row.status for row in had().values()] == ["none"]
    with reading() as session:
        assert documents.pending(session, 10) == []


def test_a_failure_is_tried_again_later_and_then_given_up(
    mirrored: Any, reply: Callable[..., Any], monkeypatch: Any
):
    mirrored.answer = lambda asked, n: reply(status=503)
    store("https://members.wto.org/a.pdf")
    documents.fetch()
    row = had()["https://members.wto.org/a.pdf"]
    assert (row.status, row.tries) == ("failed", 1)
    assert "HTTP 503" in row.message
    assert documents.fetch() == 0, "not before its time"
    today = now()
    for days in range(1, 9):
        monkeypatch.setattr(documents, "now", lambda days=days: today + dt.timedelta(days=20 * days))
        monkeypatch.setattr(documents, "LOOK_BACK", dt.timedelta(days=999))
        documents.fetch()
    row = had()["https://members.wto.org/a.pdf"]
    assert (row.tries, row.again_at) == (documents.TRIES, None)
    mirrored.answer = lambda asked, n: reply(pdf(WORDS))
    assert documents.fetch() == 0, "given up"


def test_a_web_page_in_place_of_a_file_is_no_text(mirrored: Any, reply: Callable[..., Any]):
    mirrored.answer = lambda asked, n: reply(
        b"<html><body>Just a moment, checking your browser</body></html>"
    )
    store("https://members.wto.org/a.pdf")
    documents.fetch()
    row = had()["https://members.wto.org/a.pdf"]
    assert (row.status, row.text) == ("failed", "")
    assert row.again_at is not None


def test_a_cover_page_leads_to_the_files_of_its_own_host(mirrored: Any, reply: Callable[..., Any]):
    cover = (
        b"<html><body><h1>Decision 88</h1><a href='/files/88.pdf'>text</a>"
        b"<a href='https://elsewhere.example/x.pdf'>advert</a></body></html>"
    )
    mirrored.answer = lambda asked, n: reply(cover if asked.path == "/d/1" else pdf(WORDS))
    store("https://docs.example.org/d/1")
    documents.fetch()
    assert {url: row.status for url, row in had().items()} == {
        "https://docs.example.org/d/1": "text",
        "https://docs.example.org/files/88.pdf": "text",
    }


def test_changed_links_are_looked_at_again(mirrored: Any, reply: Callable[..., Any]):
    mirrored.answer = lambda asked, n: reply(pdf(WORDS))
    number = store("https://members.wto.org/a.pdf")
    documents.fetch()
    with unit_of_work() as session:
        notice = session.get_one(Notice, number)
        notice.version, notice.links = (
            2,
            [*notice.links, {"title": "", "url": "https://members.wto.org/b.pdf"}],
        )
    assert documents.fetch() == 1
    assert len(mirrored.asked) == 2
    assert {row.version for row in had().values()} == {2}


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:1/x",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "ftp://x/y",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(mirrored: Any, reply: Callable[..., Any], location: str):
    mirrored.answer = lambda asked, n: reply(status=302, headers={"Location": location})
    store("https://members.wto.org/a.pdf")
    documents.fetch()
    row = had()["https://members.wto.org/a.pdf"]
    assert (row.status, row.again_at) == ("refused", None)
    assert len(mirrored.asked) == 1


def test_redirects_without_end_and_answers_without_end_are_ended(
    mirrored: Any, reply: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    mirrored.answer = lambda asked, n: reply(
        status=302, headers={"Location": "https://members.wto.org/again"}
    )
    store("https://members.wto.org/a.pdf")
    documents.fetch()
    assert "led on more than" in had()["https://members.wto.org/a.pdf"].message
    monkeypatch.setattr(fetch, "MAXSIZE", 2**20)
    mirrored.answer = lambda asked, n: reply(stream=(b" " * 2**20 for _ in range(50)), length=50 * 2**20)
    store("https://members.wto.org/big.pdf", source_id="2")
    documents.fetch()
    assert "larger than 1 MiB" in had()["https://members.wto.org/big.pdf"].message


def test_what_robots_txt_forbids_is_not_fetched(mirrored: Any, reply: Callable[..., Any]):
    mirrored.robots = b"User-agent: *\nDisallow: /secret/\n"
    mirrored.answer = lambda asked, n: reply(pdf(WORDS))
    store("https://members.wto.org/secret/a.pdf", "https://members.wto.org/open/b.pdf")
    documents.fetch()
    assert [had()[f"https://members.wto.org/{path}"].status for path in ("secret/a.pdf", "open/b.pdf")] == [
        "refused",
        "text",
    ]


async def _get(address: str) -> None:
    async with Library() as library:
        library.robots = dict.fromkeys(["attacker.example", "127.0.0.1", "10.1.2.3", "[::1]", "2130706433"])
        await library.get(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://127.0.0.1/x",
            "http://10.1.2.3/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://0.0.0.0/",
        ),
        *("http://2130706433/", "https://user:word@example.org/", "https://example.org:8443/", "gopher://x/"),
    ],
)
def test_addresses_off_the_public_web_are_never_asked(data_dir: Path, address: str):
    with pytest.raises(NotFetched) as error:
        asyncio.run(_get(address))
    assert error.value.status == "refused"


def test_a_name_that_resolves_to_a_private_address_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    async def private(*_: object, **__: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.7", 443)),
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", private)
    with pytest.raises(NotFetched, match="private address") as error:
        asyncio.run(_get("https://attacker.example/a.pdf"))
    assert error.value.status == "refused"


def test_a_packed_file_that_is_huge_inside_is_refused(monkeypatch: pytest.MonkeyPatch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", b" " * (300 * 2**20))
    found = extract.extract(packed.getvalue())
    assert (found.status, found.text) == ("failed", "")
    assert "200 MiB when unpacked" in found.message


def test_a_page_in_another_charset_is_read_as_it_names():
    body = "<html><head><meta charset='windows-1251'></head><body><p>Технический регламент</p></body></html>"
    assert extract.extract(body.encode("windows-1251")).text == "Технический регламент"


def test_a_notice_whose_text_arrived_is_to_be_read_again(mirrored: Any, reply: Callable[..., Any]):
    number = store("https://members.wto.org/a.pdf")
    with unit_of_work() as session:
        session.add(Reading(notice_id=number, version=1, fingerprint="f"))
        session.add(Reading(notice_id=number, version=0, fingerprint="f"))
    mirrored.answer = lambda asked, n: reply(status=503)
    documents.fetch()
    with reading() as session:
        assert len(session.exec(select(Reading)).all()) == 2, "nothing came"
        session.rollback()
    with unit_of_work() as session:
        row = session.exec(select(Document)).one()
        row.again_at = now()
        session.add(row)
    mirrored.answer = lambda asked, n: reply(pdf(WORDS))
    documents.fetch()
    with reading() as session:
        assert [one.version for one in session.exec(select(Reading))] == [0]
