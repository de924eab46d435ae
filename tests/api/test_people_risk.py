import datetime as dt
import io
import re

import pytest
from docx import Document

from api.period import Period, lag, regularity
from database.session import reading, unit_of_work
from database.tables import Alert, Claim, Firm, Product, Run, Subscriber, Subscription

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}


def found(client, url: str) -> int:
    page = client.get(url).text
    return int(re.search(r'<h2 id="count"[^>]*>\D*([\d,]+)', page)[1])


def figures(page: str) -> list[tuple[str, int]]:
    rows = re.findall(r'<li><a href="([^"]+)"><strong>([\d,]+)</strong>', page)
    return [(url.replace("&amp;", "&"), int(n.replace(",", ""))) for url, n in rows]


@pytest.fixture
def filled(make_six, moment):
    make_six(TAGS)
    return moment.date()


@pytest.mark.parametrize("path", ["/risk?days=7", "/risk?days=30", "/risk?days=90"])
def test_each_number_equals_the_length_of_the_list_behind_it(filled, client, path):
    rows = figures(client.get(path).text)
    assert len(rows) == 6
    for url, n in rows:
        assert found(client, url) == n, url
    assert any(n for _, n in rows)


def test_the_cells_of_the_heat_table_lead_to_their_lists(filled, client):
    page = client.get("/risk?days=30").text
    cells = re.findall(r'<td class="heat-\d"><a href="([^"]+)"><strong>(\d+)</strong>', page)
    assert cells
    for url, n in cells:
        assert found(client, url.replace("&amp;", "&")) == int(n)


def test_a_brief_says_the_same_when_it_is_asked_again_later(filled, make, client, moment, monkeypatch):
    first = client.get("/risk/brief?published_from=2026-02-20&published_to=2026-03-10")
    assert first.status_code == 303
    address = first.headers["location"]
    before = client.get(address)
    make(
        "Filed late", tags=TAGS, published_on=dt.date(2026, 3, 1), first_seen_at=moment + dt.timedelta(days=1)
    )
    from database import types

    later = moment + dt.timedelta(days=40)
    monkeypatch.setattr(types, "now", lambda: later)
    after = client.get(address)
    assert after.text == before.text
    assert len(re.findall(r"查询编号 [0-9a-f]{12}", after.text)) == 1
    fresh = client.get("/risk/brief?published_from=2026-02-20&published_to=2026-03-10").headers["location"]
    assert figures(client.get(fresh).text) != figures(before.text)


def test_a_brief_made_with_other_lists_says_so(filled, client):
    address = (
        "/risk/brief?published_from=2026-03-01&published_to=2026-03-10&seen=2026-03-10T00:00:00Z&lists=old"
    )
    assert "old" in client.get(address).text


@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_brief_is_a_word_document_with_the_same_numbers(filled, client, lang):
    address = client.get("/risk/brief").headers["location"].replace("/brief", "/brief.docx")
    answer = client.get(f"{address}&lang={lang}")
    assert answer.status_code == 200
    document = Document(io.BytesIO(answer.content))
    page = figures(client.get(address.replace(".docx", "")).text)
    told = [int(row.cells[1].text) for row in document.tables[0].rows[1:]]
    assert told == [n for _, n in page]


@pytest.mark.parametrize(
    "query",
    [
        "published_from=2026-03-10&published_to=2026-03-01",
        "published_from=0001-01-01&published_to=2026-03-01",
        "published_from=9999-12-31&published_to=9999-12-31",
        "published_from=nonsense",
    ],
)
def test_a_period_that_cannot_be_is_refused(client, query):
    assert client.get(f"/risk/brief?{query}").status_code == 422


def test_missed_and_failed_runs_are_shown_by_day(database, moment, client):
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="ok", started_at=moment))
        session.add(Run(source="wto_eping", status="failed", started_at=moment))
        session.add(Claim(job="crawl:wto_eping", slot=moment - dt.timedelta(days=1), missed=True))
    days = [moment.date() - dt.timedelta(days=1), moment.date()]
    with reading() as session:
        told = regularity(session, days)["wto_eping"]
    assert (told[days[0]].missed, told[days[1]].runs, told[days[1]].failed) == (1, 2, 1)
    assert "×1" in client.get("/risk").text


def test_lag_is_told_from_publication_to_alert(make, moment):
    number = make(tags=TAGS, published_on=moment.date(), first_seen_at=moment)
    with unit_of_work() as session:
        session.add(person := Subscriber(email="a@example.org", token="t"))
        session.flush()
        for reason, hours in (("new", 12), ("adopted", 400)):
            session.add(
                Alert(
                    subscriber_id=person.id, notice_id=number, version=1, reason=reason,
                    created_at=moment + dt.timedelta(hours=hours),
                )
            )  # fmt: skip
    with reading() as session:
        told = lag(session, Period(moment.date(), moment.date(), moment))
    assert told is not None
    assert (told.p50, told.p95, told.n) == (24.0, 24.0, 1)  # noon in Shanghai and twelve hours


def test_coverage_hides_small_groups_and_counts_a_person_once(make, log_in, moment):
    official = log_in("official")
    with unit_of_work() as session:
        for number in range(6):
            session.add(person := Subscriber(email=f"{number}@example.org", token=str(number)))
            session.flush()
            for times in range(2):
                session.add(
                    Subscription(
                        subscriber_id=person.id, token=f"{number}-{times}", confirmed_at=moment,
                        sectors=["toys-children", *(["furniture"] if number == 0 else [])],
                    )
                )  # fmt: skip
    page = official.get("/coverage").text
    assert re.search(r"玩具[^<]*</th><td>6</td>", page)
    assert "少于 5</td>" in page


def test_coverage_counts_cities_sizes_and_sectors_in_steps_that_single_nobody_out(make, log_in, moment):
    official = log_in("official")
    with unit_of_work() as session:
        for number in range(8):
            session.add(person := Subscriber(email=f"{number}@example.org", token=str(number)))
            session.flush()
            who = person.id or 0
            session.add(Subscription(subscriber_id=who, token=f"s{number}", confirmed_at=moment))
            session.add(Firm(subscriber_id=who, city="440300" if number < 7 else "441900", size="small"))
            session.add(Product(subscriber_id=who, hs="950300", market="EU"))
    page = official.get("/coverage?lang=en").text
    assert re.search(r"Shenzhen</th><td>0</td><td>5\+</td>", page)
    assert re.search(r"Dongguan</th><td>0</td><td>&lt;5</td>", page)
    assert re.search(r"Toys[^<]*</th><td>5\+</td><td>&lt;5</td>", page)
    assert "<td>7</td>" not in page
