"""Brief and report as page, Word and PDF: the same numbers, the same bytes, and Chinese that can be read."""

import datetime as dt
import io
import re

import html5lib
import pypdf
import pytest
from docx import Document

from api.papers import pdf
from api.papers.blocks import Bars, Heading, Items, Paper, Table, Words
from database.session import unit_of_work
from database.tables import Alert, Audit, Claim, Decision, Run, Subscriber

TAGS = {
    "sectors": ["toys-children"],
    "markets": ["BRI"],
    "countries": ["VNM"],
    "measure_types": ["ban-licence"],
}


@pytest.fixture
def filled(make_six, moment):
    make_six(TAGS, changed_at=moment - dt.timedelta(days=30))
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="failed", started_at=moment - dt.timedelta(days=20)))
        session.add(Claim(job="crawl:wto_eping", slot=moment - dt.timedelta(days=21), missed=True))
    return moment.date()


def whole(client, path: str) -> str:
    return client.get(path).headers["location"]


def words(body: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


def figures(page: str) -> list[int]:
    return [
        int(n.replace(",", "")) for n in re.findall(r'<li><a href="[^"]+"><strong>([\d,]+)</strong>', page)
    ]


@pytest.mark.parametrize("kind", ["brief", "report"])
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_page_word_and_pdf_tell_the_same(filled, client, kind, lang):
    address = whole(client, f"/risk/{kind}?published_from=2026-02-20&published_to=2026-03-10")
    told = figures(client.get(f"{address}&lang={lang}").text)
    assert len(told) == 6
    assert any(told)
    word = client.get(address.replace("?", ".docx?") + f"&lang={lang}")
    document = Document(io.BytesIO(word.content))
    assert [int(row.cells[1].text) for row in document.tables[0].rows[1:]] == told
    answer = client.get(address.replace("?", ".pdf?") + f"&lang={lang}")
    assert answer.headers["content-type"] == "application/pdf"
    text = words(answer.content)
    number = re.search(r"[0-9a-f]{12}", client.get(address).text.partition("<h2")[0].partition("lead")[2])[0]
    assert number in text
    assert {"zh": "玩具", "en": "Toys", "zh-Hant": "玩具"}[lang] in text
    assert len(answer.content) < 60_000


def test_the_same_question_gives_the_same_pdf_and_levels_as_on_the_last_day(
    filled, client, moment, monkeypatch
):
    from alerts import grade
    from database import types

    address = whole(client, "/risk/brief?published_from=2026-02-20&published_to=2026-03-10")
    before, page = client.get(address.replace("?", ".pdf?")).content, client.get(address).text
    monkeypatch.setattr(types, "now", lambda: moment + dt.timedelta(days=200))
    from database.session import reading

    with reading() as session:
        late = grade.pending(session, 100)
    grade.handle(late)
    assert late
    assert client.get(address.replace("?", ".pdf?")).content == before
    assert client.get(address).text == page


def test_a_number_of_pressing_notices_is_listed_in_the_brief_itself(filled, client):
    page = client.get(whole(client, "/risk/brief?published_from=2026-02-20&published_to=2026-03-10")).text
    n = int(re.search(r'<a href="#pressing"><strong>(\d+)</strong>', page)[1])
    part = page[page.index('id="pressing"') :].partition("</ol>")[0]
    assert n == part.count("/notices/") > 0


def test_what_changed_since_is_told(filled, client, moment, monkeypatch):
    from database import types

    address = whole(client, "/risk/brief?published_from=2026-02-20&published_to=2026-03-10")
    assert "自查询时点以来" not in client.get(address).text
    later = moment + dt.timedelta(days=2)
    monkeypatch.setattr(types, "now", lambda: later)
    with unit_of_work() as session:
        session.add(
            Decision(notice_id=1, kind="sector", code="food", concerned=True, by="a@example.org", at=later)
        )
    assert "自查询时点以来，本期有 1 条" in client.get(address).text
    assert "有 1 条" in words(client.get(address.replace("?", ".pdf?")).content)


def test_the_report_covers_the_last_whole_month_or_the_one_asked_for(filled, client):
    assert "published_from=2026-02-01&published_to=2026-02-28" in whole(client, "/risk/report")
    assert "published_from=2024-02-01&published_to=2024-02-29" in whole(client, "/risk/report?month=2024-02")
    page = client.get(whole(client, "/risk/report")).text
    assert 'href="/risk/monitoring?source=wto_eping"' in page
    for wrong in ("2024-13", "2024", "0001-01", "9999-12", "２０２４-01"):
        assert client.get(f"/risk/report?month={wrong}").status_code == 422


def test_brief_and_report_have_numbers_of_their_own(filled, client):
    pages = [
        client.get(whole(client, f"/risk/{kind}?published_from=2026-02-20&published_to=2026-03-10")).text
        for kind in ("brief", "report")
    ]
    numbers = [re.search(r"查询编号 ([0-9a-f]{12})", page)[1] for page in pages]
    assert numbers[0] != numbers[1]


def test_a_hostile_title_is_only_words_in_a_pdf():
    hostile = '<font size="99"><img src="http://x/"/>&amp; \x00\x1b 玩具 \U0001f600 العربية Łódź'
    paper = Paper(
        hostile,
        hostile,
        hostile,
        "zh",
        hostile,
        [
            Heading(hostile),
            Words(hostile),
            Table([hostile] * 6, [[hostile] * 6]),
            Items([(hostile, hostile)] * 60),
            Bars(("a", "b"), []),
            Bars(("a", "b"), [(dt.date(2026, 1, 5), 0)] * 60),
        ],
    )
    text = words(pdf.write(paper))
    assert '<font size="99">' in text
    assert "玩具" in text
    assert "Łódź" in text


def test_the_runs_behind_each_number_are_listed_and_the_slowest_alerts(filled, make, client, moment):
    number = make(
        "Late one", tags=TAGS, published_on=moment.date() - dt.timedelta(days=5), first_seen_at=moment
    )
    with unit_of_work() as session:
        session.add(person := Subscriber(email="a@example.org", token="t"))
        session.flush()
        session.add(
            Alert(subscriber_id=person.id, notice_id=number, version=1, reason="new", created_at=moment)
        )
        session.add(Run(source="wto_eping", status="ok", started_at=moment, read=7))
    page = client.get("/risk").text
    cell = re.search(r'href="(/risk/monitoring\?source=wto_eping&amp;day=[^"]+)"', page)[1].replace(
        "&amp;", "&"
    )
    assert '<td data-label="读取">7</td>' in client.get(cell).text
    everything = client.get("/risk/monitoring?days=90").text
    assert f"/notices/{number}" in everything
    assert "5.5 天" in everything
    assert client.get("/risk/monitoring?source=nonsense").status_code == 404
    assert client.get("/risk/monitoring?day=0001-01-01").status_code == 404
    assert client.get("/risk/monitoring?day=9999-12-31").status_code == 404


def test_who_logs_in_sees_what_nobody_has_taken_in_hand(make, client, log_in, moment):
    number = make(
        "Urgent",
        tags=TAGS,
        published_on=moment.date(),
        comment_deadline=moment.date() + dt.timedelta(days=12),
    )
    assert "待统筹" not in client.get("/risk").text
    page = log_in("official").get("/risk").text
    part = page[page.index('id="unowned"') :].partition("</section>")[0]
    assert f"/notices/{number}" in part
    assert "2026-02-20" in part  # thirty days before the official one


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_pages_are_html_without_a_fault(filled, client, log_in, lang):
    official = log_in("official")
    pages = [
        whole(client, "/risk/brief"),
        whole(client, "/risk/report"),
        "/risk/monitoring",
        "/account/briefs",
    ]
    for path in [*pages, "/risk", "/coverage"]:
        page = official.get(path, headers={"Accept-Language": lang}).text
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(page)
        assert parser.errors == [], path
        identities = re.findall(r' id="([^"]+)"', page)
        assert len(identities) == len(set(identities)), path


def test_the_trail_tells_what_changed_and_not_the_whole_record(log_in):
    admin = log_in("admin")
    with unit_of_work() as session:
        before = {"title_zh": "甲", "gist_zh": "不变", "card": {"who": "x", "when": "y"}}
        after = {**before, "title_zh": "<b>乙", "card": {"who": "x", "when": "z"}}
        session.add(
            Audit(who="a@example.org", what="text.saved", object="notice 1", before=before, after=after)
        )
    page = admin.get("/admin/audit").text
    assert "&lt;b&gt;乙" in page
    assert "when: <bdi>z</bdi>" in page
    assert "不变" not in page
    assert "who:" not in page
