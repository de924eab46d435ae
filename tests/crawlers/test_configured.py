"""Feeds and listing pages that are configured, not written."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from config import entries as configured
from config.entries import Entry, entries
from config.errors import ConfigError
from crawlers.addresses import lasting
from crawlers.crawl import crawl
from crawlers.errors import UnreadableAnswer
from crawlers.feed import Feed
from crawlers.form import Form
from crawlers.listing import Listing
from crawlers.record import Facts, RawNotice, normalise
from crawlers.source import Page, Refused
from database.session import reading
from database.tables import Notice

PAGES = Path(__file__).parent.parent / "sources"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><link rel="self" href="/a"/>%s</feed>"""


def feed(**values: Any) -> Entry:
    given = entries()["it_gazzetta_ufficiale"]
    return dataclasses.replace(given, **{"terms": (), "without": (), **values})


def listing(**selectors: str) -> Entry:
    return dataclasses.replace(entries()["kg_cabinet"], selectors={"rows": "li", **selectors})


def facts(source: Any, body: str, address: str = "https://example.org/feed") -> Iterator[Facts]:
    page: Page = source.page(address, body.encode())
    form = Form(**source.entry.form)
    for row in page.rows:
        read: RawNotice | Refused = source.read(row)
        assert isinstance(read, RawNotice)
        yield normalise(read, form)


def test_rss_1_and_2_and_atom_are_read_alike():
    rss = """<rss version="2.0"><channel><item><title>Toys</title><link>https://example.org/1</link>
      <guid isPermaLink="false">n-1</guid><description>&lt;p&gt;Lead&lt;/p&gt;</description>
      <pubDate>Tue, 16 Jun 26 00:00:00 EST</pubDate></item></channel></rss>"""
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="n-1"><title>Toys</title>
      <link>https://example.org/1</link><description>Lead</description><dc:date>2026-06-16</dc:date></item></rdf:RDF>"""
    atom = (
        ATOM
        % """<entry><id>n-1</id><title>Toys</title><link rel="enclosure" href="/x"/><link href="/1"/>
      <summary type="html">&lt;p&gt;Lead&lt;/p&gt;</summary><updated>2026-06-16T00:00:00Z</updated></entry>"""
    )
    for body in (rss, rdf, atom):
        source = Feed.of(feed())()
        (found,) = facts(source, body)
        (row,) = source.page("https://example.org/feed", body.encode()).rows
        assert source.read(row).source_id == "n-1"
        assert (found.title, found.text, found.url) == ("Toys: Lead", "Lead", "https://example.org/1")
        assert found.published_on == dt.date(2026, 6, 16)


def test_an_item_without_title_date_or_number_is_still_one_notice():
    body = "<rss><channel><item><description>Lamps &amp; toys</description></item></channel></rss>"
    source = Feed.of(feed())()
    (found,) = facts(source, body)
    assert (found.title, found.text, found.published_on) == ("Lamps & toys", "", None)
    (row,) = source.page("https://example.org/", body.encode()).rows
    assert len(source.read(row).source_id) == 64


def test_a_feed_in_parts_is_followed_and_new_elements_are_named():
    body = (
        ATOM
        % """<link rel="next" href="/a?page=2"/>
        <entry><id>1</id><title>Toys</title><legalBasis>Art. 5</legalBasis></entry>"""
    )
    source = Feed.of(feed())()
    page = source.page("https://example.org/a", body.encode())
    assert page.next == "https://example.org/a?page=2"
    assert source.read(page.rows[0]).unread == ("legalBasis",)


def test_terms_decide_what_comes_in():
    source = Feed.of(feed(terms=("giocattol",), without=(("staff", ("concors",)),)))()
    titles = ["Sicurezza dei GIOCATTOLI", "Concorso per ispettori dei giocattoli", "Strade"]
    items = "".join(f"<item><guid>{n}</guid><title>{title}</title></item>" for n, title in enumerate(titles))
    rows = source.page("https://x/", f"<rss><channel>{items}</channel></rss>".encode()).rows
    read = [source.read(row) for row in rows]
    assert [one.rule if isinstance(one, Refused) else "in" for one in read] == [
        "in",
        "staff",
        "none of the terms of this source",
    ]


@pytest.mark.parametrize(
    "body", ["<rss></rss>", "<html><body>busy</body></html>", "", "<opml/>", "<rss><channel>"]
)
def test_what_is_no_feed_is_an_error(body: str):
    with pytest.raises(UnreadableAnswer):
        Feed.of(feed())().page("https://x/", body.encode())


def table(*rows: tuple[str, str, str], clock: str = "12:41", menu: str = "Главная") -> bytes:
    cells = "".join(
        f"<tr><td>{day}</td><td>7</td><td><a href='/ru/npa/s/{n}?utm_source={clock}'>{title}</a></td></tr>"
        for n, day, title in rows
    )
    return (
        f"<html><meta charset='utf-8'><body><nav>{menu} {clock}</nav><table class='table-list'><tbody>{cells}"
        f"</tbody></table><footer>{clock}</footer></body></html>"
    ).encode()


def test_navigation_time_of_day_and_order_make_no_change(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    one, two = ("1", "02-11-2026", "О маркировке обуви"), ("2", "03-11-2026", "О ввозе игрушек")
    moved = ("1", "02-11-2026", "О маркировке обуви и одежды")
    bodies = [
        table(one, two),
        table(two, one, clock="18:02", menu="Новости"),
        table(two, moved),
        table(two, moved, ("3", "04-11-2026", "О запрете ввоза")),
    ]
    publisher.answer = lambda asked, n: reply(bodies[n])
    found = [crawl("kg_cabinet", base_url=publisher.url) for _ in bodies]
    assert [(run.status, run.new, run.changed) for run in found] == [
        ("ok", 2, 0),
        ("ok", 0, 0),
        ("ok", 0, 1),
        ("ok", 1, 0),
    ]


def test_a_list_without_its_rows_fails_the_run(sqlite: Path, publisher: Any, reply: Callable[..., Any]):
    publisher.answer = lambda asked, n: reply(
        b"<html><title>Wait</title><body>Checking your browser</body></html>"
    )
    run = crawl("kg_cabinet", base_url=publisher.url)
    assert run.status == "failed"
    assert "holds no table.table-list tbody tr, but says 'Wait'" in run.message


def test_a_record_without_day_counts_from_when_it_was_first_seen(
    sqlite: Path, publisher: Any, reply: Callable[..., Any]
):
    items = "".join(
        f"<item><guid>{n}</guid><title>Sicurezza dei prodotti {n}, testo lungo abbastanza</title></item>"
        for n in range(2)
    )
    publisher.answer = lambda asked, n: reply(f"<rss><channel>{items}</channel></rss>".encode())
    first, second = (crawl("it_gazzetta_ufficiale", base_url=publisher.url) for _ in range(2))
    assert (first.new, second.new, second.changed) == (2, 0, 0)
    with reading() as session:
        assert session.exec(select(Notice.published_on)).all() == [first.started_at.date()] * 2


def test_selectors_of_a_listing_say_what_counts():
    body = """<ul><li><span class="badge">New!</span><b>5 June 2026</b>
      <a href="a.pdf?id=1&utm_x=2#top">Toys (2 MB)</a></li>
      <li class="ad">advert</li><li><b>6 June 2026</b><a href="a.pdf?id=1">Toys again</a></li></ul>"""
    entry = dataclasses.replace(
        listing(rows="li", published="b"), ignore=(".badge", ".ad"), strip=(r"\(\d+ MB\)",)
    )
    source = Listing.of(entry)()
    page = source.page("https://example.org/list/", body.encode())
    assert page.unread == ["a record that is listed twice"]
    (row,) = page.rows
    read = source.read(row)
    assert isinstance(read, RawNotice)
    assert (read.source_id, read.title, read.published) == (
        "https://example.org/list/a.pdf?id=1",
        "Toys",
        "5 June 2026",
    )


def test_a_listing_is_followed_while_it_reaches_into_the_window():
    source = Listing.of(listing(rows="li", published="b", next="a.next"))()
    source.order = dataclasses.replace(source.order, since=dt.date(2026, 6, 1))
    body = "<ul><li><b>%s</b><a href='1'>Toys</a></li></ul><a class='next' href='?p=2'>next</a>"
    assert source.page("https://x/l", (body % "2 June 2026").encode()).next == "https://x/l?p=2"
    assert source.page("https://x/l", (body % "2 May 2026").encode()).next is None
    assert source.page("https://x/l?p=2", (body % "2 June 2026").encode()).next is None, "leads to itself"


def test_addresses_are_compared_without_what_differs_from_visit_to_visit():
    written = "HTTPS://Example.org/a;jsessionid=7F?id=1&utm_source=x&PHPSESSID=2&q=#top"
    assert lasting(written) == "https://example.org/a?id=1&q="


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("['It Bad']\n", "a-z"),
        ("[x_y]\nhomepage = 'https://x'\n", "url is missing"),
        ("[x_y]\nurl = 'ftp://x'\n", "url must hold"),
        ("[x_y]\nurl = 'https://x'\nmarkets = ['MOON']\ncountry = 'ITA'\n", "market 'MOON'"),
        ("[x_y]\nurl = 'https://x'\nmarkets = ['EU']\n", "country or members"),
        (
            "[x_y]\nurl = 'https://x'\nmarkets = ['EU']\ncountry = 'ITA'\npublisher = 'X'\nhomepage = 'https://x'\n"
            "language = 'it'\nshedule = '* * * * *'\n",
            "unknown field 'shedule'",
        ),
        (
            "[x_y]\nurl = 'https://x'\nmarkets = ['EU']\ncountry = 'ITA'\npublisher = 'X'\nhomepage = 'https://x'\n"
            "language = 'it'\nexpect = [9, 1]\n",
            "expect must be",
        ),
    ],
)
def test_an_entry_that_is_wrong_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, fault: str
):
    (tmp_path / "feeds.toml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(configured, "HOME", tmp_path)
    with pytest.raises(ConfigError, match=rf"feeds\.toml.*{fault}"):
        entries.__wrapped__()


def test_a_configured_source_is_a_source_by_its_name():
    made = Feed.of(feed())
    assert (made.name, made.publisher) == (
        "it_gazzetta_ufficiale",
        "Gazzetta Ufficiale della Repubblica Italiana",
    )
    assert json.dumps(made.hosts) == '["www.gazzettaufficiale.it"]'
