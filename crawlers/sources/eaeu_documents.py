"""Acts of the Eurasian Economic Union on technical regulation, from its legal portal."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from config.taxonomy import bodies
from crawlers import dates
from crawlers.answers import read_html
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Page, Refused, Source
from crawlers.words import plain

HOME = "https://docs.eaeunion.org"
SPHERE = 111  # technical regulation
ROWS = 100  # on a full page
DOOR = door("eaeu_documents")


class EaeuDocuments(Source):
    """A hundred acts a page, the newest first; the portal says nothing of repeal."""

    name = "eaeu_documents"
    delay = 2.0
    accept = "text/html"

    # Form
    publisher = "Eurasian Economic Commission"
    country = ""
    markets = ("BRI",)
    homepage = "https://docs.eaeunion.org"
    hosts = ("docs.eaeunion.org",)
    schedule = "40 4,16 * * *"
    expect = (1, 1000)
    deadline_zone = "Europe/Moscow"
    languages = ("ru",)
    overlap_days = 30
    gazette = True
    quiet_days = 30

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The list of the sphere."""
        yield _page(1)

    def page(self, address: str, body: bytes) -> Page:
        """A page of the list; the next one is asked for while this one reaches into the window."""
        answer = read_html(body, ".SearchResult_Heading__Counter b")
        total = re.sub(r"\D", "", plain(answer.css(".SearchResult_Heading__Counter b").get()))
        items = answer.css(".DocSearchResult_Item")
        rows = [_row(item) for item in items]
        number = int((re.search(r"PAGEN_1=(\d+)", address) or ["", "1"])[1])
        if not rows and number == 1 and total != "0":
            raise UnreadableAnswer(
                f"not the known form: {total or 'some'} documents, and no .DocSearchResult_Item"
            )
        last = dates.find(" ".join(str(rows[-1]["dates"]).split())) if rows else []
        beyond = not last or max(one.day for one in last) < self.order.since
        return Page(rows, next=None if len(rows) < ROWS or beyond else _page(number + 1))

    def label(self, row: Any) -> str:
        """The short name."""
        return str(row["name"])

    def read(self, row: Any) -> RawNotice | Refused:
        """One act."""
        fields = Fields(row)
        name, title = fields.take("name"), fields.take("title")
        if rule := DOOR.refuses(name):
            return Refused(rule)
        found = Fields(dict(re.findall(r"([^:\n]+): *([^\n]*)", fields.take("dates"))), "the dates")
        adopted = found.take("Дата принятия документа")
        published = found.maybe("Дата опубликования документа") or adopted
        number = re.search(r"/documents/(\d+/\d+)/", fields.take("address"))
        on = dates.day(published)
        if number is None or on is None:
            raise UnreadableRecord(f"no number or no date: {fields.take('address')}, {published!r}")
        address = urljoin(HOME, fields.take("address"))
        return RawNotice(
            source_id=number[1],
            url=address,
            area="TBT",
            members=tuple(sorted(bodies()["EAEU"].on(on))),
            agency=fields.take("section"),
            title=f"{name}. {title}",
            links=(("document", address),),
            published=published,
            adoption=adopted,
            in_force=found.maybe("Дата вступления в силу"),
            says="adopted",
            language="ru",
            unread=(*fields.unread(), *found.unread()),
        )


def _page(number: int) -> str:
    return f"{HOME}/documents/?filter_sphere%5B0%5D={SPHERE}&set_filter=Y&PAGEN_1={number}"


def _row(item: Any) -> dict[str, str | None]:
    link = item.css("a.DocSearchResult_Item__Link")
    return {
        "section": plain(item.css(".DocSearchResult_Item__Date").get()) or None,
        "name": plain(link.get()) or None,
        "address": link.attrib.get("href"),
        "title": plain(item.css(".DocSearchResult_Item__Text").get()) or None,
        "dates": plain(item.css(".DocSearchResult_Item__Dates").get()) or None,
    }
