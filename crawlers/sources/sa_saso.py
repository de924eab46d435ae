"""Saudi Arabia's technical regulations, from the list of its standards organisation, in Arabic."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urljoin

from crawlers.answers import read_html
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Post, Source
from crawlers.words import plain

LIST = "https://www.saso.gov.sa/ar/Laws-And-Regulations/technical_regulations/Pages/default.aspx"
MORE = "100"  # the longest list the page offers; without asking it shows twelve
PUBLISHED, ADOPTED, IN_FORCE = "تاريخ النشر", "تاريخ الاعتماد", "التطبيق الإلزامي"
LABELLED = re.compile(
    rf"({PUBLISHED}|{ADOPTED}|{IN_FORCE})\s*:?\s*([\d٠-٩]{{1,2}}[/-][\d٠-٩]{{1,2}}[/-][\d٠-٩]{{4}})"
)


class SaSaso(Source):
    """One list of all regulations; its length is set by sending the page's own form."""

    name = "sa_saso"
    delay = 5.0
    accept = "text/html"

    # Form
    publisher = "Saudi Standards, Metrology and Quality Organization"
    country = "SAU"
    markets = ("BRI",)
    homepage = "https://www.saso.gov.sa"
    hosts = ("www.saso.gov.sa", "saso.gov.sa")
    schedule = "20 6 * * *"
    expect = (5, 400)
    deadline_zone = "Asia/Riyadh"
    languages = ("ar",)
    gazette = True
    quiet_days = 120

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The list; it knows no window."""
        yield LIST

    def page(self, address: str, body: bytes) -> Page:
        """The list as it comes, and the form to send for the whole of it."""
        answer = read_html(body, "a.rulesAndRegulationsListItem, select[id$=DDL_PageSize]")
        rows = [
            {
                "address": item.attrib.get("href"),
                "title": plain(item.css("h2").get()) or None,
                "words": plain(item.get()),
            }
            for item in answer.css("a.rulesAndRegulationsListItem")
        ]
        size = answer.css("select[id$=DDL_PageSize]::attr(name)").get()
        if not size or "#" in address:
            return Page(rows)
        fields = {
            one.attrib["name"]: one.attrib.get("value", "")
            for one in answer.css("form input[type=hidden][name]")
        }
        fields |= {"__EVENTTARGET": size, "__EVENTARGUMENT": "", size: MORE}
        return Page(rows, details=[Post(address, tuple(fields.items()), "all")])

    def label(self, row: Any) -> str:
        """The title."""
        return str(row.get("title") or row.get("address"))

    def read(self, row: Any) -> RawNotice:
        """One regulation."""
        fields = Fields(row)
        address, title = urljoin(LIST, fields.take("address")), fields.take("title")
        said = dict(LABELLED.findall(fields.take("words")))
        published = said.get(PUBLISHED) or said.get(ADOPTED)
        if published is None:
            raise UnreadableRecord(f"{title!r} has neither {PUBLISHED!r} nor {ADOPTED!r}")
        return RawNotice(
            # SASO gives its regulations no number: the name of the file is what stays
            source_id=unquote(address.rpartition("/")[2]),
            url=address,
            area="TBT",
            members=("SAU",),
            agency="SASO",
            title=title,
            links=(("text", address),),
            published=published,
            adoption=said.get(ADOPTED),
            in_force=said.get(IN_FORCE),
            says="adopted",
            language="ar",
            unread=fields.unread(),
        )
