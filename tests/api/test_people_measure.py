"""The page of a measure: what changed field by field, why its documents belong together, and undoing that."""

import datetime as dt

import html5lib
import pytest

from api import changes
from api.reader import Reader
from crawlers import measures
from database.session import reading, unit_of_work
from database.tables import MeasureLink, Notice, NoticeVersion

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}
HOSTILE = "<script>alert(1)</script>"
FACTS = {
    "form": 1, "title": "Toys", "text": "Lead is limited to 90 mg/kg. " + "Marking is needed. " * 30,
    "comment_deadline": "2026-04-01", "comment_deadline_raw": "1 April", "in_force_on": None,
    "in_force_raw": "to be determined", "hs": ["9503"], "members": ["VNM"], "withdrawn": False,
    "links": [], "keys": ["a"],
}  # fmt: skip


def version(number: int, notice: int, **facts) -> None:
    with unit_of_work() as session:
        session.add(NoticeVersion(notice_id=notice, version=number, facts={**FACTS, **facts}))


@pytest.fixture
def measure(make, moment):
    """Two documents of one measure; the first was changed once. Its number, and theirs."""
    day = dt.date(2026, 4, 1)
    first = make(
        "Safety of toys", tags=TAGS, comment_deadline=day, hs=["9503"], published_on=dt.date(2026, 1, 5)
    )
    with reading() as session:
        number = session.get_one(Notice, first).measure_id or 0
    second = make(
        "Longer time", tags=TAGS, kind="addendum", comment_deadline=day + dt.timedelta(days=30),
        hs=["9503", "9504"], measure_id=number, published_on=dt.date(2026, 2, 5),
    )  # fmt: skip
    version(2, first)
    version(
        3, first, text=FACTS["text"].replace("90", "60"), in_force_raw=f"soon {HOSTILE}", withdrawn=True,
        members=["VNM", "THA"], links=[{"title": "The draft", "url": "https://example.org/d.pdf"}],
    )  # fmt: skip
    return number, first, second


def test_each_changed_field_stands_with_what_it_said_and_says(measure, client):
    number, first, second = measure
    page = client.get(f"/measures/{number}?lang=en").text
    for words in (
        "<del>1 Apr 2026</del>", "<ins>1 May 2026</ins>", "<del>9503</del>", "<ins>9503, 9504</ins>",
        "<del>90</del>", "<ins>60</ins>", "<del>Viet Nam</del>", "<ins>Viet Nam, Thailand</ins>",
        "<ins>The draft</ins>", "<del>to be determined</del>", "<del>no</del>",
    ):  # fmt: skip
        assert words in page, words
    assert HOSTILE not in page
    assert f'href="/notices/{first}"' in page
    assert f'href="/notices/{second}"' in page
    assert "Version 2 → version 3" in page


def test_a_long_text_is_cut_to_what_changed():
    before = "One. " * 400 + "The limit is 5 mg. " + "Two. " * 400
    pieces = changes.compared(before, before.replace("5 mg", "7 mg"))
    assert [(kind, words) for kind, words in pieces if kind in ("gone", "new")] == [
        ("gone", "5"),
        ("new", "7"),
    ]
    assert sum(len(words) for _, words in pieces) < 300
    assert changes.compared("限量为90毫克", "限量为60毫克")[1:3] == [("gone", "90"), ("new", "60")]


def test_a_text_without_end_is_compared_in_bounded_time():
    one = " ".join(f"w{n}" for n in range(20_000))
    assert len(changes.compared(one, one[::-1])) <= changes.MOST_SHOWN + 1


def test_fields_that_a_version_does_not_know_are_no_change():
    assert changes.between(Reader("en"), {}, FACTS) == ([], [])
    assert changes.between(Reader("en"), FACTS, {**FACTS, "keys": ["b"]}) == ([], [])


def test_notices_lead_to_their_measure_and_an_emptied_measure_to_the_one_that_took_it_in(
    measure, client, make
):
    number, first, _ = measure
    assert f'href="/measures/{number}"' in client.get(f"/notices/{first}").text
    other = make("The same from another publisher", tags=TAGS)
    with unit_of_work() as session:
        emptied = session.get_one(Notice, other).measure_id or 0
        measures.merge(session, number, emptied, "shared docket X", "analyst@example.org")
    answer = client.get(f"/measures/{emptied}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/measures/{number}")
    page = client.get(f"/measures/{number}").text
    assert "共有编号 <bdi>docket X</bdi>" in page
    assert "analyst@example.org" not in page


def test_analysts_take_a_joining_back_from_the_page_and_others_see_no_button(measure, client, make, log_in):
    number, _, _ = measure
    other = make("The same from another publisher", tags=TAGS)
    with unit_of_work() as session:
        emptied = session.get_one(Notice, other).measure_id or 0
        measures.merge(session, number, emptied, "shared docket X", "crawler")
    assert "/review/measures/part" not in client.get(f"/measures/{number}").text
    assert "/review/measures/part" not in log_in("official").get(f"/measures/{number}").text
    analyst = log_in("analyst")
    assert "/review/measures/part" in analyst.get(f"/measures/{number}").text
    with reading() as session:
        link = session.exec(measures.select(MeasureLink.id)).one()
    assert analyst.post("/review/measures/part", data={"csrf": analyst.csrf, "link": link}).status_code == 303
    assert "shared docket X" not in client.get(f"/measures/{number}").text


@pytest.mark.parametrize(
    "path", ["/measures/0", "/measures/999", "/measures/x", "/measures/99999999999", "/measures/٣"]
)
def test_what_is_no_measure_is_not_there(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_page_is_html_without_a_fault_and_holds_no_token(measure, client, lang):
    page = client.get(f"/measures/{measure[0]}?lang={lang}").text
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    assert parser.errors == []
    assert "/me/" not in page
