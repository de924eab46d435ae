"""Türkiye's official gazette: by-laws, communiqués and decrees on goods, from each day's index."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from crawlers.answers import read_html
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Page, Refused, Source
from crawlers.words import plain

HOME = "https://www.resmigazete.gov.tr"
ITEM = re.compile(
    r"/eskiler/\d{4}/\d\d/(?P<day>\d{8})(?P<more>M\d*)?-(?P<number>[\d-]+)\.(?:htm|pdf)", re.IGNORECASE
)
DOOR = door("tr_resmi_gazete")


class TrResmiGazete(Source):
    """One index a day; a second issue of a day ("mükerrer") has an index of its own."""

    name = "tr_resmi_gazete"
    delay = 3.0
    accept = "text/html"

    # Form
    publisher = "Resmî Gazete, Presidency of Türkiye"
    country = "TUR"
    markets = ("BRI",)
    homepage = "https://www.resmigazete.gov.tr"
    hosts = ("www.resmigazete.gov.tr", "resmigazete.gov.tr")
    schedule = "30 5,21 * * *"
    expect = (1, 2000)
    deadline_zone = "Europe/Istanbul"
    languages = ("tr",)
    overlap_days = 3
    first_window_days = 30
    gazette = True
    quiet_days = 10

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The index of each day; on one without an issue the gazette leads to another day's."""
        for number in range((until - since).days + 1):
            yield f"{HOME}/fihrist?tarih={since + dt.timedelta(days=number)}"

    def page(self, address: str, body: bytes) -> Page:
        """An index: its items with the headings they stand under, and the other issues of the day."""
        answer = read_html(body, ".fihrist-item a, #html-content")
        rows: list[dict[str, str]] = []
        part = section = ""
        for element in answer.css(".html-title, .html-subtitle, .fihrist-item"):
            kind = element.attrib.get("class", "")
            if "fihrist-item" in kind:
                link = element.css("a")
                where = {"part": part, "section": section}
                rows.append({**where, "title": plain(link.get()), "address": link.attrib.get("href", "")})
            elif "subtitle" in kind:
                section = plain(element.get())
            else:
                part, section = plain(element.get()), ""
        asked = re.search(r"tarih=([\d-]+)$", address)
        others = [
            link
            for link in answer.css("a::attr(href)").getall()
            if asked and f"tarih={asked[1]}&mukerrer=" in link
        ]
        return Page(rows, details=[urljoin(HOME, link) for link in dict.fromkeys(others)])

    def label(self, row: Any) -> str:
        """The item's address."""
        return str(row.get("address"))

    def read(self, row: Any) -> RawNotice | Refused:
        """One item."""
        fields = Fields(row)
        title = re.sub(r"^[\W_]+", "", fields.take("title"))
        address, section = urljoin(HOME, fields.take("address")), fields.take("section")
        if "/ilanlar/" in address:
            return Refused("advertisement")
        if re.search(r"/\d{8}(?:M\d*)?\.pdf$", address):
            return Refused("the whole issue")
        item = ITEM.search(address)
        if not title or item is None:
            raise UnreadableRecord(f"no title, or an unknown form of address: {address} {title!r}")
        if rule := DOOR.refuses(title):
            return Refused(rule)
        day = item["day"]
        return RawNotice(
            source_id=f"{day}{item['more'] or ''}-{item['number']}",
            url=address,
            members=("TUR",),
            agency=fields.take("part"),
            title=title,
            text=section,
            links=(("text", address),),
            published=f"{day[:4]}-{day[4:6]}-{day[6:]}",
            # what stands there is law; only some of it says in its own text when it takes effect
            says="adopted",
            language="tr",
            unread=fields.unread(),
        )
