"""What publishers tell beside their lists: the WTO with a key, the Commission of an initiative, and texts."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from config.settings import settings
from crawlers import documents
from crawlers.crawl import crawl
from crawlers.sources.us_federal_register import UsFederalRegister
from database.session import reading, unit_of_work
from database.tables import Document, Event, Notice
from database.types import now

pytestmark = pytest.mark.usefixtures("sqlite")
PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 6, 9)
Make = Callable[..., Any]


def stored() -> dict[str, Notice]:
    with reading() as session:
        return {notice.source_id: notice for notice in session.exec(select(Notice))}


# The WTO's own API ---------------------------------------------------------------------------


@pytest.fixture
def keyed(sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TBT_WTO_KEY", "secret")
    settings.cache_clear()


def row(number: int, symbol: str, **values: Any) -> dict[str, Any]:
    made = json.loads((PAGES / "wto_eping" / "page.json").read_bytes())["items"][0]
    made |= {"id": number, "documentSymbol": f" {symbol}", "distributionDate": "2026-06-05T00:00:00"}
    return {**made, "notifyingMember": "Cameroon", "notifyingMemberCode": "C120", **values}


def wto(rows: list[dict[str, Any]], reply: Make) -> Callable[[Any, int], Any]:
    """Answers as the keyed API does (an envelope of two fields) and as the public site beside it."""

    def answer(asked: Any, n: int) -> Any:
        if asked.path == "/eping/notifications/search":
            if asked.headers.get("Ocp-Apim-Subscription-Key") != "secret":
                return reply(b"{}", status=401)
            language = int(asked.query["language"][0])
            some = [{**one, **one.get("words", {}).get(language, {})} for one in rows]
            for one in some:
                one.pop("words", None)
            if "documentSymbol" in asked.query:
                some = [
                    one for one in some if one["documentSymbol"].strip() == asked.query["documentSymbol"][0]
                ]
            return reply(json.dumps({"items": some, "totalCount": len(some)}).encode())
        assert "Ocp-Apim-Subscription-Key" not in asked.headers, "the key goes to its own address only"
        if asked.path.endswith("/getRelatedNotifications"):
            return reply(json.dumps(["G/TBT/N/CMR/41", "G/TBT/N/CMR/41/Add.1", "G/TBT/N/CMR/7"]).encode())
        if asked.path.endswith("/getDownloadLinks"):
            files = [
                {"displayName": f"text ({code})", "urlLink": f"https://members.wto.org/26_1_{code}.pdf"}
                for code in ("e", "f")
            ]
            return reply(json.dumps(files).encode())
        return reply(b"", status=404)

    return answer


@pytest.mark.usefixtures("keyed")
def test_with_a_key_related_notifications_and_files_come_into_the_one_notice(publisher: Any, reply: Make):
    rows = [
        row(1, "G/TBT/N/CMR/41/Add.1", notifiedDocumentLink=None),
        row(2, "G/TBT/N/CMR/7", notifiedDocumentLink="https://members.wto.org/7.pdf"),
        row(3, "G/TBT/N/CMR/8", notifiedDocumentLink=None),
        row(4, "G/TBT/N/CMR/9", notifiedDocumentLink=None, distributionDate="2026-05-01T00:00:00"),
    ]
    publisher.answer = wto(rows, reply)
    for _ in range(2):
        run = crawl("wto_eping", since=dt.date(2026, 5, 1), until=DAY, base_url=publisher.url)
        assert (run.status, run.faults, run.unread) == ("ok", 0, {})
    assert run.changed == 0, "reading it again changes nothing"
    found = stored()
    assert set(found) == {one["documentSymbol"].strip() for one in rows}
    files = {"https://members.wto.org/26_1_e.pdf", "https://members.wto.org/26_1_f.pdf"}
    for symbol, has in {"41/Add.1": True, "7": False, "8": True, "9": False}.items():
        assert (files <= {link["url"] for link in found[f"G/TBT/N/CMR/{symbol}"].links}) is has
    assert found["G/TBT/N/CMR/41/Add.1"].measure_id == found["G/TBT/N/CMR/7"].measure_id, "related"
    assert found["G/TBT/N/CMR/8"].measure_id != found["G/TBT/N/CMR/7"].measure_id
    beside = [one.path.rpartition("/")[2] for one in publisher.asked[:4] if "eping/" not in one.path]
    assert sorted(beside) == ["getDownloadLinks", "getDownloadLinks", "getRelatedNotifications"]
    rows[0] |= {"commentDeadlineDate": "2026-12-24T00:00:00"}
    crawl("wto_eping", since=dt.date(2026, 5, 1), until=DAY, base_url=publisher.url)
    assert stored()["G/TBT/N/CMR/41/Add.1"].comment_deadline == dt.date(2026, 12, 24)


@pytest.mark.usefixtures("keyed")
def test_with_a_key_the_languages_are_one_notice(publisher: Any, reply: Make):
    none = {"title": None, "description": None, "descriptionPlain": None}
    french = {"title": "Casques", "description": "Essai de choc obligatoire."}
    publisher.answer = wto([row(1, "G/TBT/N/CMR/41", words={1: none, 2: french, 3: none})], reply)
    run = crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.refused) == ("ok", {"no words in es, either": 1})
    only = stored()["G/TBT/N/CMR/41"]
    assert (only.title, only.text) == ("Casques", "Essai de choc obligatoire.")
    with reading() as session:
        assert [event.reason for event in session.exec(select(Event))] == ["new"]


@pytest.mark.usefixtures("keyed")
def test_without_the_public_site_the_keyed_search_stands_alone(publisher: Any, reply: Make):
    search = wto([row(1, "G/TBT/N/CMR/41/Add.1", notifiedDocumentLink=None)], reply)
    publisher.answer = lambda asked, n: search(asked, n) if "eping/" in asked.path else reply(status=404)
    run = crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new) == ("ok", 1)
    assert len(publisher.asked) == 3


@pytest.mark.usefixtures("keyed")
@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_is_said(publisher: Any, reply: Make, status: int):
    publisher.answer = lambda asked, n: reply(b"{}", status=status)
    run = crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, "TBT_WTO_KEY is missing or wrong" in run.message) == ("failed", True)
    assert "secret" not in run.message


# Have your say -------------------------------------------------------------------------------

OWN = {
    "id": 15204,
    "shortTitle": "Batteries – labels for portable batteries",
    "dossierSummary": "<p>Labels shall state the capacity of portable batteries.</p>",
    "publications": [
        {"id": 1, "type": "CFE_IMPACT_ASSESS", "reference": "Ares(2025)1", "endDate": "2026/03/02 23:59:59"},
        {
            "id": 2,
            "type": "PROP_REG",
            "reference": "COM(2026)688",
            "endDate": "2026/12/07 23:59:59",
            "attachments": [{"documentId": "090166e5", "filename": "draft.pdf"}, {"id": 3}],
        },
    ],
}


def initiatives(reply: Make, own: Any, status: int = 200) -> Callable[[Any, int], Any]:
    page = (PAGES / "eu_have_your_say" / "page.json").read_bytes()

    def answer(asked: Any, n: int) -> Any:
        if "/groupInitiatives/" in asked.path:
            return reply(
                json.dumps({**own, "id": int(asked.path.rpartition("/")[2])}).encode(), status=status
            )
        if asked.query["feedbackStatus"] == ["UPCOMING"] or asked.query["page"] != ["0"]:
            return reply(b'{"initiativeResultDtoPage": {"content": [], "totalElements": 0}}')
        return reply(page)

    return answer


def test_an_open_initiative_is_told_in_the_words_of_its_own_page(publisher: Any, reply: Make):
    publisher.answer = initiatives(reply, OWN)
    for _ in range(2):
        run = crawl("eu_have_your_say", since=DAY, until=dt.date(2026, 11, 20), base_url=publisher.url)
    assert (run.status, run.changed) == ("ok", 0), run.message
    one = stored()["15204"]
    assert one.text.startswith("Labels shall state the capacity of portable batteries.")
    assert one.comment_deadline == dt.date(2026, 12, 7)
    assert [link["url"].rpartition("/")[2] for link in one.links] == ["090166e5"]
    with reading() as session:
        assert "CELEX 52026PC0688" in measure_keys(session, one)
        assert {event.reason for event in session.exec(select(Event))} == {"new"}


def measure_keys(session: Any, notice: Notice) -> list[str]:
    from database.tables import MeasureKey

    return list(session.exec(select(MeasureKey.key).where(MeasureKey.measure_id == notice.measure_id)))


@pytest.mark.parametrize(
    ("status", "own", "outcome"), [(404, OWN, "ok"), (200, {"publications": 7}, "partial")]
)
def test_the_list_stands_where_the_own_page_is_missing_and_a_changed_one_is_told(
    publisher: Any, reply: Make, status: int, own: Any, outcome: str
):
    publisher.answer = initiatives(reply, own, status)
    run = crawl("eu_have_your_say", since=DAY, until=dt.date(2026, 11, 20), base_url=publisher.url)
    assert run.status == outcome
    assert stored()["15204"].comment_deadline == dt.date(2026, 12, 7)


# Texts ---------------------------------------------------------------------------------------


def link(source: str, **links: str) -> None:
    with unit_of_work() as session:
        listed = [{"title": name.replace("_", " "), "url": url} for name, url in links.items()]
        session.add(Notice(source=source, source_id="1", title="Toys", links=listed, first_seen_at=now()))


def had() -> list[tuple[str, str, str, str]]:
    with reading() as session:
        rows = session.exec(select(Document).order_by(Document.id)).all()
        return [(row.url, row.status, row.kind, row.language) for row in rows]


def test_a_text_is_asked_for_in_english_and_then_in_the_other_languages(
    publisher: Any, reply: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TBT_SOURCE_URLS", json.dumps({"eu_cellar": publisher.url}))
    settings.cache_clear()

    def answer(asked: Any, n: int) -> Any:
        if asked.headers.get("Accept-Language") != "fra":
            return reply(b"not acceptable", status=406)
        assert "text/html" in asked.headers["Accept"]
        return reply(
            b"<html><body><p>Le jouet porte une \xc3\xa9tiquette permanente du fabricant.</p></body></html>"
        )

    publisher.answer = answer
    work = "http://publications.europa.eu/resource/cellar/3a17c2d0"
    link("eu_cellar", EUR_Lex="https://eur-lex.europa.eu/x", CELLAR=work)
    documents.fetch()
    assert had() == [(work, "text", "html", "fr")]
    assert [one.headers["Accept-Language"] for one in publisher.asked] == ["eng", "fra"]


def test_of_a_federal_register_document_only_the_full_text_is_fetched(
    publisher: Any, reply: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TBT_SOURCE_URLS", json.dumps({"us_federal_register": publisher.url}))
    settings.cache_clear()
    publisher.answer = lambda asked, n: reply(b"SUMMARY: The Commission sets a standard for toys.\n" * 40)
    link(
        "us_federal_register",
        document="https://www.federalregister.gov/d/1",
        full_text="https://www.federalregister.gov/documents/full_text/text/1.txt",
        PDF="https://www.govinfo.gov/1.pdf",
    )
    documents.fetch()
    assert had() == [("https://www.federalregister.gov/documents/full_text/text/1.txt", "text", "text", "en")]


@pytest.mark.parametrize(
    ("docket", "page"),
    [
        ("EERE-2026-BT-STD-0031", "https://www.regulations.gov/docket/EERE-2026-BT-STD-0031"),
        ("FRL-12345-01-R9", None),
    ],
)
def test_a_docket_has_its_page_where_the_journal_names_none(docket: str, page: str | None):
    rows = json.loads((PAGES / "us_federal_register" / "page.json").read_bytes())["results"]
    read = UsFederalRegister().read({**rows[0], "regulations_dot_gov_url": None, "docket_ids": [docket]})
    assert dict(read.links).get("docket") == page
