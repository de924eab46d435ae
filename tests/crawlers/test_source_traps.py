"""What single publishers are known to do, each against a real server."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy import Request
from sqlmodel import select

from config.settings import settings
from crawlers.crawl import crawl
from crawlers.errors import CrawlError, UnreadableAnswer, UnreadableRecord
from crawlers.form import form
from crawlers.health import health
from crawlers.record import normalise
from crawlers.source import Refused
from crawlers.sources import eu_cellar, eu_tris, names, source, us_federal_register
from crawlers.sources.eu_cellar import EuCellar
from crawlers.sources.eu_rasff import EuRasff
from crawlers.sources.us_regulations_gov import UsRegulationsGov
from database.session import reading
from database.tables import Event, Fault, Notice, Run
from database.types import now

pytestmark = pytest.mark.usefixtures("sqlite")
PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 11, 1)
Make = Callable[..., Any]


def recorded(name: str, page: str = "page.json") -> Any:
    return json.loads((PAGES / name / page).read_bytes())


def stored() -> dict[str, Notice]:
    with reading() as session:
        return {notice.source_id: notice for notice in session.exec(select(Notice))}


def reasons() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.exec(select(Notice.source_id, Event.reason).join(Event).order_by(Event.id)).all()
    return [(number, reason) for number, reason in rows]


# RASFF -------------------------------------------------------------------------------------


def test_the_colons_of_rasff_stay_as_they_are():
    address = next(EuRasff().addresses(DAY, DAY))
    assert "NOTIF_DATE_FROM=2026-11-01T00:00:00Z" in Request(address).url


def test_a_refused_filter_by_date_is_done_here_instead_and_said(publisher: Any, reply: Make):
    rows = recorded("eu_rasff")["value"]
    rows[1]["NOTIF_DATE"] = "2020-01-02T00:00:00"

    def answer(asked: Any, n: int) -> Any:
        if "NOTIF_DATE_FROM" in asked.query:
            return reply(b"bad request", status=400)
        following = "https://api.datalake.sante.service.ec.europa.eu/rasff/next" if n == 1 else None
        return reply(json.dumps({"value": rows[2 * n - 2 : 2 * n], "nextLink": following}).encode())

    publisher.answer = answer
    run = crawl("eu_rasff", since=DAY, until=dt.date(2026, 11, 20), base_url=publisher.url)
    assert (run.status, run.read, run.pages, len(publisher.asked)) == ("partial", 2, 2, 3)
    assert run.refused == {"outside the window": 1, "another network: AAC": 1}
    assert "filtered here" in run.message


@pytest.mark.parametrize("name", ["NOTIFICATION_CLASSIFICAT_DESC", "NOTIFICATION_TYPE_DESC"])
def test_an_unknown_category_of_rasff_is_an_error_of_its_record(name: str):
    row = {**recorded("eu_rasff")["value"][0], name: "rumour"}
    with pytest.raises(UnreadableRecord, match="rumour"):
        EuRasff().read(row)


def test_a_case_of_several_origins_is_marked_chinese_if_china_is_one_of_them():
    row = recorded("eu_rasff")["value"][0]
    for written, code in (
        ("Türkiye *** China", "CHN"),
        ("Viet Nam *** Nowhere land", "VNM"),
        ("Hong Kong *** India", "HKG"),
        (None, ""),
    ):
        read = EuRasff().read({**row, "ORIGIN_COUNTRY_DESC": written})
        assert normalise(read, form("eu_rasff")).origin == code


# openFDA -----------------------------------------------------------------------------------


def test_nothing_found_is_a_good_answer_of_openfda_and_another_404_is_not(publisher: Any, reply: Make):
    body = b'{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}'
    publisher.answer = lambda asked, n: reply(body, status=404)
    run = crawl("us_fda_enforcement", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.read, len(publisher.asked)) == ("ok", 0, 3)
    assert publisher.asked[0].query["search"] == ["report_date:[20261101 TO 20261101]"]
    publisher.answer = lambda asked, n: reply(b"no such page", status=404)
    run = crawl("us_fda_enforcement", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, "HTTP 404" in run.message) == ("failed", True)


def test_the_lists_of_openfda_are_paged_by_what_is_skipped(publisher: Any, reply: Make):
    page = recorded("us_fda_enforcement")
    page["meta"]["results"]["total"] = 6

    def answer(asked: Any, n: int) -> Any:
        skip = int(asked.query["skip"][0])
        rows = [{**row, "recall_number": f"{asked.path}-{skip}-{i}"} for i, row in enumerate(page["results"])]
        return reply(json.dumps({**page, "results": rows}).encode())

    publisher.answer = answer
    run = crawl("us_fda_enforcement", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new, run.pages) == ("ok", 18, 6)
    assert reasons() == [], "openFDA asks that nobody be alerted by its data"
    assert {asked.query["skip"][0] for asked in publisher.asked} == {"0", "3"}


# CELLAR ------------------------------------------------------------------------------------


def bindings(*celexes: str) -> list[dict[str, Any]]:
    row = recorded("eu_cellar")["results"]["bindings"][0]
    return [{**row, "celex": {"type": "literal", "value": celex}} for celex in celexes]


def test_a_work_cut_by_the_end_of_a_page_is_left_to_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eu_cellar, "PAGE_SIZE", 3)
    reader = EuCellar()
    address = next(reader.addresses(DAY, DAY))
    rows = bindings("32026R0001", "32026R0002", "32026R0002", "32026R0002", "32026R0003")
    found: list[str] = []
    while address:
        query = parse_qs(urlsplit(address).query)["query"][0]
        offset = int(query.rpartition("OFFSET ")[2])
        assert query.count('"2026-11-01"^^xsd:date') == 2
        body = {"head": {"vars": ["celex"]}, "results": {"bindings": rows[offset : offset + 3]}}
        page = reader.page(address, json.dumps(body).encode())
        found += [row["celex"] for row in page.rows]
        address = page.next or ""
    assert found == ["32026R0001", "32026R0002", "32026R0003"]


def test_the_form_of_sparql_that_other_servers_give_is_read_too():
    row = {
        "celex": {"type": "literal", "value": "32026R1177"},
        "date": {"type": "literal", "value": "2026-06-04"},
        "type": {"type": "uri", "value": "http://x/REG_IMPL"},
        "title": {"type": "literal", "xml:lang": "en", "value": "On harmonised standards"},
    }
    body = json.dumps({"head": {"vars": ["celex"]}, "results": {"bindings": [row]}}).encode()
    read = EuCellar().read(EuCellar().page("https://x/", body).rows[0])
    assert (read.source_id, read.title, read.language) == ("32026R1177", "On harmonised standards", "en")
    with pytest.raises(UnreadableAnswer, match="celex"):
        EuCellar().page("https://x/", b'{"head": {"vars": ["x"]}, "results": {"bindings": []}}')


def test_what_the_feed_of_changes_names_is_asked_for_by_number(publisher: Any, reply: Make):
    feed = (PAGES / "eu_cellar" / "feed.xml").read_text()
    whole = recorded("eu_cellar")
    late = whole["results"]["bindings"][0]

    def answer(asked: Any, n: int) -> Any:
        if asked.path.endswith("/ingestion"):
            assert asked.headers["Accept"] == "application/atom+xml"
            first = asked.query["page"] == ["1"]
            return reply((feed if first else feed.replace(">true<", ">false<")).encode())
        by_number = "IN (" in asked.query["query"][0]
        assert by_number == ('"32026L2088"' in asked.query["query"][0])
        found = {"head": whole["head"], "results": {"bindings": [late] if by_number else []}}
        return reply(json.dumps(found).encode())

    publisher.answer = answer
    run = crawl("eu_cellar", since=now().date(), base_url=publisher.url)
    assert (run.status, run.new, run.message) == ("ok", 1, "")
    assert list(stored()) == ["32026L2088"]


@pytest.mark.parametrize(("status", "outcome"), [(404, "ok"), (400, "partial")])
def test_without_the_feed_the_dates_are_read_all_the_same(
    status: int, outcome: str, publisher: Any, reply: Make
):
    body = json.dumps(recorded("eu_cellar")).encode()
    publisher.answer = lambda asked, n: (
        reply(b"", status=status) if asked.path.endswith("/ingestion") else reply(body)
    )
    run = crawl("eu_cellar", since=now().date(), base_url=publisher.url)
    assert (run.status, run.new) == (outcome, 5)


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Regulation on type-approval of motor vehicles (Euro 7)", ""),
        ("Regulation on power banks and other portable batteries", ""),
        ("Decision on the conclusion of an Agreement on mutual recognition of conformity assessment", ""),
        ("Regulation imposing a provisional anti-dumping duty on imports of candles", "trade defence"),
        ("Decision (CFSP) concerning restrictive measures", "sanctions"),
        ("Regulation entering a name in the register (Example cheese (PDO))", "protected name"),
        ("Regulation fixing the fishing opportunities for 2027", "fishing"),
    ],
)
def test_acts_that_are_no_measure_on_goods_are_refused_by_a_rule_with_a_name(title: str, rule: str):
    assert eu_cellar.no_measure(title) == rule


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Safety Zone; Bridge Repair Work on the Maumee River, Toledo, Ohio", "waters and airspace"),
        ("Drawbridge Operation Regulation; Chincoteague Channel", "waters and airspace"),
        ("Amendment of Class E Airspace; Ames, Iowa", "waters and airspace"),
        ("Energy Conservation Standards for Zone Heaters", ""),
        ("Safety Standard for Drawstrings", ""),
    ],
)
def test_rules_that_close_waters_or_airspace_are_no_measure_on_goods(title: str, rule: str):
    assert us_federal_register.no_goods(title) == rule


def test_a_day_that_stands_for_none_is_none():
    row = EuCellar().page("https://x/", json.dumps(recorded("eu_cellar")).encode()).rows[0]
    for written, read in (("9999-12-31", None), ("1001-01-01", None), ("2027-01-01", dt.date(2027, 1, 1))):
        facts = normalise(EuCellar().read({**row, "start": written}), form("eu_cellar"))
        assert facts.in_force_on == read


def test_the_same_act_from_two_publishers_is_one_measure_and_told_of_once(publisher: Any, reply: Make):
    feed = (PAGES / "eu_oj_rss" / "journal.xml").read_bytes()
    publisher.answer = lambda asked, n: reply(feed)
    assert crawl("eu_oj_rss", base_url=publisher.url).status == "ok"
    publisher.answer = lambda asked, n: reply(json.dumps(recorded("eu_cellar")).encode())
    until = dt.date(2026, 11, 20)
    assert crawl("eu_cellar", since=DAY, until=until, base_url=publisher.url).status == "ok"
    told = [reason for number, reason in reasons() if number == "32026L2088"]
    assert told == ["new"]
    with reading() as session:
        rows = session.exec(select(Notice.measure_id).where(Notice.source_id == "32026L2088")).all()
    assert len(rows) == 2
    assert len(set(rows)) == 1


def test_an_item_without_a_date_keeps_the_day_it_was_first_seen(publisher: Any, reply: Make):
    feed = (PAGES / "eu_oj_rss" / "proposals.xml").read_text()
    undated = feed.replace("<pubDate>Thu, 12 Nov 2026 00:00:00 +0100</pubDate>", "")
    publisher.answer = lambda asked, n: reply(undated.encode())
    for _ in range(2):
        run = crawl("eu_oj_rss", base_url=publisher.url)
    assert (run.status, run.new, run.changed) == ("ok", 0, 0)
    assert stored()["52026PC0688"].published_on == now().date()


def test_a_challenge_to_robots_with_status_202_is_a_failure_and_no_empty_feed(publisher: Any, reply: Make):
    publisher.answer = lambda asked, n: reply(b"<html><body>Checking your browser</body></html>", status=202)
    run = crawl("eu_oj_rss", base_url=publisher.url)
    assert (run.status, run.read) == ("failed", 0)
    assert "the root is <html>, no feed" in run.message


@pytest.mark.parametrize(
    ("link", "title", "number"),
    [
        (
            "x?uri=OJ:L_202602088",
            "Delegated Directive (EU) 2026/2088 amending Directive 2011/65/EU",
            "32026L2088",
        ),
        ("x?uri=OJ%3AL_202602071", "REGULATION (EU) 2026/2071 on furniture", "32026R2071"),
        ("x?uri=CELEX%3A32026R2071R%2801%29", "Corrigendum", "32026R2071R(01)"),
        ("x?uri=OJ:L_202690811", "Corrigendum to Regulation (EU) 2026/2071", None),
    ],
)
def test_an_act_is_known_by_its_issue_where_its_celex_is_not_named(link: str, title: str, number: str | None):
    row = {"link": f"https://eur-lex.europa.eu/{link}", "identity": "", "title": title}
    read = source("eu_oj_rss")().read({**row, "published": "2026-11-18", "summary": ""})
    assert getattr(read, "source_id", None) == number


# TRIS --------------------------------------------------------------------------------------


def tris(publisher: Any, reply: Make, there: set[int], busy_after: int = 10_000) -> None:
    """Serves the notifications that are there; for others HTTP 500, as the portal does."""
    page = (PAGES / "eu_tris" / "28104.html").read_text()

    def answer(asked: Any, n: int) -> Any:
        number = int(asked.path.rpartition("/")[2])
        if n >= busy_after:
            return reply(b"too many", status=429)
        if number not in there:
            return reply(b"<h1>Server Error</h1>", status=500)
        mine = page.replace("2026/0644/NL", f"2026/{number - 27000}/NL").replace("0644", str(number))
        return reply(mine.encode())

    publisher.asked.clear()
    publisher.answer = answer


def asked(publisher: Any) -> list[int]:
    return [int(one.path.rpartition("/")[2]) for one in publisher.asked]


def test_tris_is_read_upwards_over_gaps_until_some_in_a_row_are_missing(publisher: Any, reply: Make):
    first = eu_tris.FIRST + 1
    tris(publisher, reply, {first, first + 1, first + 3})
    run = crawl("eu_tris", since=eu_tris.FIRST_DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new) == ("ok", 3), run.message
    assert asked(publisher) == list(range(first, first + 3 + eu_tris.MISSES + 1))
    tris(publisher, reply, {first, first + 1, first + 3, first + 4})
    until = next(day for n in range(4) if ((day := DAY + dt.timedelta(n)).toordinal() - first) % 4 == 0)
    run = crawl("eu_tris", since=DAY, until=until, base_url=publisher.url)
    assert (run.status, run.new, run.read) == ("ok", 1, 2), run.message
    assert asked(publisher)[0] == first + 4
    assert asked(publisher)[-1] == first, "one of the last is read again: opinions come later"


def test_a_first_guess_that_is_too_high_is_taken_back(publisher: Any, reply: Make):
    tris(publisher, reply, set(range(eu_tris.FIRST, eu_tris.FIRST + 100)))
    since = eu_tris.FIRST_DAY + dt.timedelta(days=256)
    run = crawl("eu_tris", since=since, until=since, base_url=publisher.url)
    assert run.new == eu_tris.NEW_PAGES, run.message
    assert (run.status, "goes on from" in run.message) == ("partial", True)
    assert asked(publisher)[:3] == [eu_tris.FIRST + ahead for ahead in (257, 129, 65)]
    assert len(publisher.asked) < 15, "it answers no more than some fifteen pages"


def test_a_busy_tris_is_left_at_once_and_not_read_as_the_end(publisher: Any, reply: Make):
    first = eu_tris.FIRST + 1
    tris(publisher, reply, set(range(first, first + 100)), busy_after=4)
    run = crawl("eu_tris", since=eu_tris.FIRST_DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new, len(publisher.asked)) == ("failed", 4, 5)
    assert "the next run goes on" in run.message
    tris(publisher, reply, set(range(first, first + 100)))
    run = crawl("eu_tris", since=DAY, until=DAY, base_url=publisher.url)
    assert asked(publisher)[0] == first + 4
    assert run.new == eu_tris.NEW_PAGES
    assert (run.status, "goes on from" in run.message) == ("partial", True)
    assert len(publisher.asked) <= 15


def test_an_extended_standstill_moves_the_deadline():
    page = (PAGES / "eu_tris" / "28104.html").read_text()
    reader = source("eu_tris")()
    for standstill, last in (("09/02/2027", (2027, 2, 9)), ("09/02/2027 (09/03/2027)", (2027, 3, 9))):
        body = page.replace("09/02/2027 (09/03/2027)", standstill).encode()
        facts = normalise(reader.read(reader.page("https://x/", body).rows[0]), form("eu_tris"))
        assert facts.comment_deadline == dt.date(*last)


# Regulations.gov ---------------------------------------------------------------------------


def test_a_source_without_its_key_says_so_in_one_line_and_is_left_out(publisher: Any):
    with pytest.raises(
        CrawlError, match=r"^us_regulations_gov answers only with a key: set TBT_REG\w+ \(see "
    ):
        crawl("us_regulations_gov", since=DAY, until=DAY)
    from pipeline import up

    missing = {f"crawl:{name}" for name in names()} - set(up._jobs(print))
    assert missing == {"crawl:us_regulations_gov"}
    with reading() as session:
        assert session.exec(select(Run)).all() == []
        state = next(one for one in health(session) if one.name == "us_regulations_gov")
    assert (state.late, state.silent) == (False, False)
    assert "TBT_REGULATIONS_GOV_KEY" in state.lacking


def test_the_key_of_regulations_gov_is_sent_and_a_wrong_one_is_said(
    publisher: Any, reply: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TBT_REGULATIONS_GOV_KEY", "secret")
    settings.cache_clear()
    assert form("us_regulations_gov").lacking == ""
    publisher.answer = lambda asked, n: reply(json.dumps(recorded("us_regulations_gov")).encode())
    run = crawl("us_regulations_gov", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new, run.unread) == ("ok", 3, {})
    assert publisher.asked[0].headers["X-Api-Key"] == "secret"
    publisher.answer = lambda asked, n: reply(b'{"error": {"code": "API_KEY_INVALID"}}', status=403)
    run = crawl("us_regulations_gov", since=DAY, until=DAY, base_url=publisher.url)
    assert "the key in TBT_REGULATIONS_GOV_KEY is wrong" in run.message
    assert "secret" not in run.message


def test_after_five_thousand_rows_the_next_question_begins_at_the_last_change():
    row = recorded("us_regulations_gov")["data"][0]
    row["attributes"]["lastModifiedDate"] = "2026-11-19T02:30:00Z"
    body = json.dumps({"data": [row] * 250, "meta": {}}).encode()
    reader = UsRegulationsGov()

    def following(address: str) -> dict[str, list[str]]:
        return parse_qs(urlsplit(reader.page(address, body).next or "").query)

    address = next(reader.addresses(DAY, DAY))
    assert following(address)["page[number]"] == ["2"]
    last = following(address.replace("page%5Bnumber%5D=1", "page%5Bnumber%5D=20"))
    assert last["page[number]"] == ["1"]
    assert last["filter[lastModifiedDate][ge]"] == ["2026-11-18 21:30:00"]


def test_a_withdrawal_is_told_of_though_the_printed_document_is_known(publisher: Any, reply: Make):
    publisher.answer = lambda asked, n: reply(
        (PAGES / "us_federal_register" / "page.json").read_bytes(), status=200 if n == 0 else 404
    )
    assert crawl("us_federal_register", since=DAY, until=DAY, base_url=publisher.url).status == "ok"
    page = recorded("us_regulations_gov")
    publisher.answer = lambda asked, n: reply(json.dumps(page).encode())
    crawl("us_regulations_gov", since=DAY, until=DAY, base_url=publisher.url)
    told = dict(reasons())
    assert "EERE-2026-BT-STD-0031-0001" not in told, "the Federal Register's copy was told of"
    page["data"][0]["attributes"]["withdrawn"] = True
    crawl("us_regulations_gov", since=DAY, until=DAY, base_url=publisher.url)
    assert dict(reasons())["EERE-2026-BT-STD-0031-0001"] == "withdrawn"


# Have your say -----------------------------------------------------------------------------


def test_the_initiatives_are_paged_from_zero_and_asked_for_by_state(publisher: Any, reply: Make):
    page = recorded("eu_have_your_say")
    page["initiativeResultDtoPage"]["totalElements"] = 105

    def answer(asked: Any, n: int) -> Any:
        if "/groupInitiatives/" in asked.path:
            return reply(b"none", status=404)
        rows = page["initiativeResultDtoPage"]["content"]
        number = int(asked.query["page"][0])
        some = [{**rows[0], "id": n * 200 + i} for i in range(5 if number else 100)]
        body = {"initiativeResultDtoPage": {**page["initiativeResultDtoPage"], "content": some}}
        return reply(json.dumps(body).encode())

    publisher.answer = answer
    run = crawl("eu_have_your_say", since=DAY, until=DAY, base_url=publisher.url)
    assert (run.status, run.new, run.pages) == ("ok", 210, 4)
    lists = [a.query for a in publisher.asked if "page" in a.query]
    assert sorted(query["feedbackStatus"][0] + query["page"][0] for query in lists) == [
        *("OPEN0", "OPEN1", "UPCOMING0", "UPCOMING1")
    ]


def test_a_feedback_state_nobody_knows_is_an_error_and_a_past_period_is_refused():
    reader = source("eu_have_your_say")()
    list(reader.addresses(DAY, DAY))
    row = recorded("eu_have_your_say")["initiativeResultDtoPage"]["content"][1]
    period = {**row["currentStatuses"][0], "feedbackEndDate": "2026/10/01 23:59:59"}
    assert reader.read({**row, "currentStatuses": [period]}) == Refused("feedback closed")
    with pytest.raises(UnreadableRecord, match="SOON"):
        reader.read({**row, "currentStatuses": [{**period, "receivingFeedbackStatus": "SOON"}]})


# WTO ---------------------------------------------------------------------------------------


def french(language: int, **values: Any) -> dict[str, Any]:
    row = {**recorded("wto_eping")["items"][2], "documentSymbol": " G/TBT/N/CMR/41", "id": 117301}
    row |= {"notifyingMember": "Cameroon", "notifyingMemberCode": "C120"}
    words = {
        1: (None, None),
        2: ("Casques de moto", "Essai de choc obligatoire, voir https://www.anor.example/c.pdf."),
        3: (None, None),
    }[language]
    return {**row, "title": words[0], "description": words[1], "descriptionPlain": None, **values}


def test_words_that_are_missing_in_english_are_taken_from_french_into_the_same_notice(
    publisher: Any, reply: Make
):
    english = french(1)

    def answer(asked: Any, n: int) -> Any:
        language = int(asked.query["language"][0])
        row = english if language == 1 else french(language)
        other = {**row, "documentSymbol": "G/TBT/N/CMR/41/Add.1", "description": "autre"}
        rows = [row] if language == 1 else [row, other]
        return reply(json.dumps({"items": rows, "totalCount": len(rows)}).encode())

    publisher.answer = answer
    for _ in range(2):
        run = crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
    assert run.refused == {"no words in es, either": 1}
    assert run.changed == 0, "reading it again changes nothing"
    assert sorted(a.query["language"][0] for a in publisher.asked) == ["1", "1", "2", "2", "3", "3"]
    only = stored()["G/TBT/N/CMR/41"]
    assert list(stored()) == ["G/TBT/N/CMR/41"]
    assert (only.title, only.language, only.members) == ("Casques de moto", "fr", ["CMR"])
    assert "https://www.anor.example/c.pdf" in [link["url"] for link in only.links]
    assert reasons() == [("G/TBT/N/CMR/41", "new")]
    english |= {"title": "Motorcycle helmets", "description": "A shock test becomes mandatory."}
    crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
    assert stored()["G/TBT/N/CMR/41"].title == "Motorcycle helmets"
    assert reasons() == [("G/TBT/N/CMR/41", "new")], "a translation is no news"


# Federal Register --------------------------------------------------------------------------


def test_a_document_on_public_inspection_becomes_the_printed_one_and_never_goes_back(
    publisher: Any, reply: Make
):
    inspected = recorded("us_federal_register", "public-inspection.json")
    printed = recorded("us_federal_register")
    printed["results"] = [{**printed["results"][0], "document_number": "2026-23699"}]
    printed["count"] = 1
    answers = {"current.json": inspected, "documents.json": {"count": 0, "results": []}}
    publisher.answer = lambda asked, n: reply(json.dumps(answers[asked.path.rpartition("/")[2]]).encode())
    run = crawl("us_federal_register", base_url=publisher.url, since=now().date())
    assert (run.status, run.new, run.unread) == ("ok", 1, {})
    assert run.refused == {"meeting": 1, "another agency": 1, "presidential document": 1}
    assert stored()["2026-23699"].comment_deadline is None
    answers["documents.json"] = printed
    for _ in range(2):
        crawl("us_federal_register", base_url=publisher.url, since=now().date())
    only = stored()["2026-23699"]
    assert only.title.startswith("Energy Conservation Program")
    assert only.comment_deadline == dt.date(2027, 1, 19)
    assert only.version <= 3
    assert "docket" in {link["title"] for link in only.links}


def test_no_issue_on_public_inspection_is_no_failure(publisher: Any, reply: Make):
    def answer(asked: Any, n: int) -> Any:
        if asked.path.endswith("current.json"):
            return reply(b"none", status=404)
        return reply(b'{"count": 0, "results": []}')

    publisher.answer = answer
    run = crawl("us_federal_register", base_url=publisher.url, since=now().date())
    assert (run.status, len(publisher.asked)) == ("ok", 2)


# Any source --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eu_rasff", "us_cpsc_recalls", "us_fda_enforcement"])
def test_one_broken_case_costs_none_beside_it(name: str, publisher: Any, reply: Make):
    page = recorded(name)
    rows = page if isinstance(page, list) else page.get("value") or page["results"]
    first = rows[0]
    first["renamed"] = first.pop("NOTIF_DATE" if name == "eu_rasff" else next(iter(first)))
    publisher.answer = lambda asked, n: reply(json.dumps(page).encode())
    run = crawl(name, since=DAY, until=dt.date(2026, 11, 20), base_url=publisher.url)
    assert run.status == "partial"
    assert run.read >= 1
    with reading() as session:
        assert "is missing" in session.exec(select(Fault.message)).first()
