"""Kazakhstan's legal acts on goods, from the register of the Ministry of Justice, in Russian."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from crawlers import dates
from crawlers.answers import read_html
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Page, Refused, Source
from crawlers.words import plain

HOME = "https://adilet.zan.kz"
ROWS = 100
SAYS = {
    "Новый": "adopted",
    "Обновленный": "adopted",
    "Действующий": "adopted",
    "Утративший силу": "withdrawn",
}
DOOR = door("kz_adilet")


class KzAdilet(Source):
    """A hundred acts a page, the newest first, each with a line that says what it is, when and by whom."""

    name = "kz_adilet"
    delay = 3.0
    accept = "text/html"

    # Form
    publisher = "Ministry of Justice of Kazakhstan, Ädilet"
    country = "KAZ"
    markets = ("BRI",)
    homepage = "https://adilet.zan.kz"
    hosts = ("adilet.zan.kz",)
    schedule = "50 3,15 * * *"
    expect = (20, 5000)
    deadline_zone = "Asia/Almaty"
    languages = ("ru",)
    overlap_days = 14
    first_window_days = 30
    quiet_days = 14

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The new acts."""
        yield _page(1)

    def page(self, address: str, body: bytes) -> Page:
        """A page of the search; the next one is asked for while this one reaches into the window."""
        answer = read_html(body, "div.serp, div.post_holder")
        rows = [_row(holder) for holder in answer.css("div.post_holder")]
        number = int((re.search(r"page=(\d+)$", address) or ["", "1"])[1])
        if not rows and number == 1:
            raise UnreadableAnswer("not the known form: the search holds no div.post_holder")
        last = dates.find(rows[-1]["about"] or "") if rows else []
        beyond = bool(last) and max(one.day for one in last) < self.order.since
        more = answer.css("a.nextpostslink") and not beyond
        return Page(rows, next=_page(number + 1) if more else None)

    def label(self, row: Any) -> str:
        """The address."""
        return str(row.get("address"))

    def read(self, row: Any) -> RawNotice | Refused:
        """One act."""
        fields = Fields(row)
        title, about, status = fields.take("title"), fields.take("about"), fields.take("status")
        number = re.search(r"/rus/docs/([A-Z][0-9A-Za-z_]{5,})", fields.take("address"))
        if rule := DOOR.refuses(f"{title} {about}"):
            return Refused(rule)
        if status not in SAYS:
            raise UnreadableRecord(f"unknown status {status!r}")
        found = dates.find(about)
        if number is None or not found:
            raise UnreadableRecord(f"no number or no date: {fields.take('address')}, {about!r:.120}")
        address = urljoin(HOME, fields.take("address"))
        return RawNotice(
            source_id=number[1],
            url=address,
            kind="regular",
            members=("KAZ",),
            agency=about[: found[0].start].removesuffix(" от ").strip(" ,."),
            title=title,
            text=about,
            links=(("text", address), ("DOCX", f"{address}/download/docx")),
            # the first date is that of the act; an act of a ministry is registered, and published, after it
            published=about[found[-1].start : found[-1].end],
            adoption=about[found[0].start : found[0].end],
            says=SAYS[status],
            language="ru",
            unread=fields.unread(),
        )


def _page(number: int) -> str:
    return f"{HOME}/rus/search/docs/sort_desc=true&sort_field=dl&st=new&pagesize={ROWS}&page={number}"


def _row(holder: Any) -> dict[str, str | None]:
    link = holder.css("h4.post_header a")
    return {
        "title": plain(link.get()) or None,
        "address": link.attrib.get("href"),
        "about": plain(" ".join(holder.css("p").getall())) or None,
        "status": plain(holder.css("span.status").get()) or None,
    }
