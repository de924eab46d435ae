"""What is published there, for whom, in one line."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from crawlers.answers import read_html
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import Door
from crawlers.source import Page, Refused, Source
from crawlers.words import plain

LIST = "https://example.org/list"
# What is no business of this service is refused by a rule that can be named; refusals are counted.
DOOR = Door(wanted=(), unwanted=())


class Template(Source):
    """How the publisher's answers come: rows, pages, order, what it leaves out."""

    name = "_template"
    # Say why, and when it was seen, if it is not one second.
    delay = 1.0
    accept = "text/html"

    # Form
    publisher = "Who publishes it"
    country = "CHN"
    markets = ("*",)
    homepage = "https://example.org"
    hosts = ("example.org",)
    schedule = "15 */6 * * *"
    expect = (1, 1000)
    deadline_zone = "UTC"
    languages = ("en",)

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Where to begin, for a window of days."""
        yield LIST

    def page(self, address: str, body: bytes) -> Page:
        """One page of the list. What it must hold is named, so that a changed layout is an error."""
        answer = read_html(body, "table.list tr")
        rows = [
            {
                "link": row.css("a").attrib.get("href"),
                "title": plain(row.css("a").get()),
                "day": plain(row.css("td").get()),
            }
            for row in answer.css("table.list tr")
        ]
        return Page(rows)

    def label(self, row: Any) -> str:
        """The publisher's number of a record that may be broken."""
        return str(row.get("link"))

    def read(self, row: Any) -> RawNotice | Refused:
        """One record: take every field you know; the rest is named and counted."""
        fields = Fields(row)
        title, link = fields.take("title"), urljoin(LIST, fields.take("link"))
        if rule := DOOR.refuses(title):
            return Refused(rule)
        return RawNotice(
            source_id=link,
            url=link,
            members=(self.country,),
            title=title,
            published=fields.take("day"),
            links=(("document", link),),
            unread=fields.unread(),
        )
