"""Malaysia's acts and subsidiary legislation on goods, from the Attorney General's Chambers."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from crawlers.answers import read_json
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Page, Refused, Source

SEARCH = "https://lom.agc.gov.my/fess-proxy.php"
ROWS = 100
STATUS = {"IBU": "principal", "PINDAAN": "amendment"}
DOOR = door("my_agc")


class MyAgc(Source):
    """The search behind the site. Since September 2026 its answers are known to come encrypted."""

    name = "my_agc"
    delay = 3.0

    # Form
    publisher = "Attorney General's Chambers of Malaysia"
    country = "MYS"
    markets = ("BRI",)
    homepage = "https://lom.agc.gov.my"
    hosts = ("lom.agc.gov.my",)
    schedule = "15 2 * * mon,thu"
    expect = (50, 20000)
    deadline_zone = "Asia/Kuala_Lumpur"
    languages = ("en", "ms")
    # a row holds no day of its own
    undated = True
    quiet_days = 60

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Everything, the newest first."""
        yield _page(0)

    def page(self, address: str, body: bytes) -> Page:
        """A page of the search; the next one is asked for until all rows came or the window is read."""
        try:
            fields = Fields(read_json(body), "the answer")
            if fields.maybe("encrypted", bool):
                raise UnreadableAnswer(
                    "the portal encrypts its answers for its own pages; nothing can be read here"
                )
            response = Fields(fields.take("response", object), "response")
            rows, total = response.take("docs", list), response.take("numFound", int)
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        start = int(parse_qs(urlsplit(address).query).get("start", ["0"])[0])
        # some twenty documents a week: a page reaches back a month
        enough = start + ROWS >= total or start // ROWS > (self.order.until - self.order.since).days // 30
        unread = (
            *fields.unread(ignore=["responseHeader"]),
            *response.unread(["start", "maxScore", "numFoundExact"]),
        )
        return Page(rows, next=None if enough else _page(start + ROWS), unread=unread)

    def label(self, row: Any) -> str:
        """The address."""
        return str(row.get("_os_url"))

    def read(self, row: Any) -> RawNotice | Refused:
        """One act or order."""
        fields = Fields(row)
        address = fields.take("_os_url")
        english, malay = fields.maybe("titleBI") or "", fields.maybe("titleBM") or ""
        status, number = fields.take("legislationStatus"), fields.maybe("actNo") or ""
        if not english and not malay:
            raise UnreadableRecord(f"{address} has no title")
        if rule := DOOR.refuses(f"{english} {malay}"):
            return Refused(rule)
        if status not in STATUS:
            raise UnreadableRecord(f"unknown legislationStatus {status!r}")
        file = re.search(
            r'href="([^"]+)"', fields.maybe("DOC2DOWNLOADBI") or fields.maybe("DOC2DOWNLOADBM") or ""
        )
        return RawNotice(
            source_id=urlsplit(address).query.replace("&lang=BI", "").replace("&lang=BM", "") or address,
            url=address,
            kind="regular",
            members=("MYS",),
            title=english or malay,
            text="\n".join(filter(None, [malay if english else "", f"{STATUS[status]} {number}".strip()])),
            links=(("PDF", file[1]),) if file else (),
            published=fields.maybe("publicationDate") or "",
            says="adopted",
            language="en" if english else "ms",
            unread=fields.unread(ignore=["DOC2DOWNLOADBM", "DOC2DOWNLOADBI", "id", "score"]),
        )


def _page(start: int) -> str:
    query = {"q": "", "fq": "", "start": start, "rows": ROWS, "sort": "publicationDate desc"}
    return f"{SEARCH}?{urlencode({**query, 'lookup': 'all', 'kategori': 'all', 'draw': start // ROWS + 1})}"
