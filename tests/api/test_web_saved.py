"""A search is kept as a link, a feed, a calendar and files; all bounded, and none with a token."""

import datetime as dt
import re

import icalendar
import pytest
from lxml import etree

from api import saved
from api.filters import Filters
from api.reader import Reader

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}
HOSTILE = 'Toys <script>alert(1)</script> & "more" \x0b'


ATOM = "{http://www.w3.org/2005/Atom}"


def entries(body: bytes) -> list[str]:
    return [one.findtext(f"{ATOM}id") for one in etree.fromstring(body).iter(f"{ATOM}entry")]


@pytest.fixture
def shelf(make, moment):
    day = moment.date()
    return {
        "english": make("Safety of toys", tags=TAGS, comment_deadline=day + dt.timedelta(days=9)),
        "spanish": make(HOSTILE, language="es", tags=TAGS, in_force_on=day + dt.timedelta(days=40)),
        "closed": make(
            "Безопасность игрушек", language="ru", tags=TAGS, comment_deadline=day - dt.timedelta(days=9)
        ),
        "milk": make("Milk", tags={"sectors": ["food"]}, comment_deadline=day + dt.timedelta(days=3)),
    }


@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_a_search_is_a_feed_of_its_newest_notices(client, shelf, lang):
    answer = client.get("/feeds/search.atom", params={"q": "玩具", "market": "BRI", "lang": lang})
    assert answer.status_code == 200
    numbers = [int(one.rpartition("/")[2]) for one in entries(answer.content)]
    assert sorted(numbers) == sorted(shelf[name] for name in ("english", "spanish", "closed"))
    assert "玩具" in etree.fromstring(answer.content).findtext(f"{ATOM}title")
    assert "<script>" not in answer.text
    again = client.get(
        "/feeds/search.atom", params={"q": "玩具", "market": "BRI", "lang": lang},
        headers={"If-None-Match": answer.headers["etag"]},
    )  # fmt: skip
    assert again.status_code == 304


def test_a_search_is_a_calendar_of_what_is_to_come(client, shelf):
    answer = client.get("/calendars/search.ics", params={"q": "玩具"})
    assert answer.headers["content-type"].startswith("text/calendar")
    days = [str(one["dtstart"].dt) for one in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")]
    assert days == ["2026-03-19", "2026-04-19"]


def test_simplified_traditional_and_full_width_are_the_same_feed(client, shelf):
    def numbers(query: str) -> list[str]:
        return entries(client.get("/feeds/search.atom", params={"q": query}).content)

    assert numbers("电动玩具") == numbers("電動玩具") != []
    assert numbers("TOYS") == numbers("ｔｏｙｓ") == numbers("toys") != []


def test_feed_and_calendar_are_bounded(client, make, monkeypatch, moment):
    for _ in range(4):
        make(tags=TAGS, comment_deadline=moment.date() + dt.timedelta(days=9))
    monkeypatch.setattr(saved, "MOST_ENTRIES", 2)
    monkeypatch.setattr(saved, "MOST_DATED", 3)
    assert len(entries(client.get("/feeds/search.atom").content)) == 2
    assert client.get("/calendars/search.ics").text.count("BEGIN:VEVENT") == 3


@pytest.mark.parametrize("path", ["/feeds/search.atom", "/calendars/search.ics"])
@pytest.mark.parametrize("query", ["sector=nonsense", "source=nonsense", "unknown=1", "lang=xx"])
def test_what_cannot_be_asked_is_a_problem(client, path, query):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_search_is_a_feed_too(client, database):
    body = client.get("/feeds/search.atom?q=nothing").content
    assert entries(body) == []
    assert etree.fromstring(body).findtext(f"{ATOM}updated")


def test_the_page_offers_every_way_and_each_leads_there(client, shelf):
    page = client.get("/?q=玩具&market=BRI&lang=zh").text
    part = page[page.index('id="keep"') :]
    links = [
        one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', part.partition("</section>")[0])
    ]
    assert len(links) == 7
    for one in links:
        assert client.get(re.sub(r"^https?://[^/]+", "", one)).status_code == 200, one


def test_a_search_is_told_in_words():
    asked = Filters(q="玩具", market=["EU"], open_for_comment=True)
    assert (
        saved.described(Reader("zh"), asked).count("，") + saved.described(Reader("zh"), asked).count("、")
        == 2
    )
    assert saved.described(Reader("en"), Filters())
