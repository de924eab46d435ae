"""Viet Nam's official gazette: circulars, decrees and decisions that set requirements on goods."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from crawlers.answers import children, read_html, read_xml
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Follow, Page, Refused, Source
from crawlers.words import plain

FEED = "https://congbao.chinhphu.vn/cac-van-ban-moi-ban-hanh.rss"
DOOR = door("vn_congbao")


class VnCongbao(Source):
    """A feed of the newest documents, each of which has a page with its attributes."""

    name = "vn_congbao"
    delay = 2.0
    accept = "application/rss+xml, text/html"

    # Form
    publisher = "Công báo, Office of the Government of Viet Nam"
    country = "VNM"
    markets = ("BRI",)
    homepage = "https://congbao.chinhphu.vn"
    hosts = ("congbao.chinhphu.vn",)
    # the feed holds only the newest documents: a day without reading loses some
    schedule = "10 */3 * * *"
    expect = (1, 200)
    deadline_zone = "Asia/Ho_Chi_Minh"
    languages = ("vi",)
    quiet_days = 20

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.announced: dict[str, tuple[str, str]] = {}  # page → summary and day, which only the feed gives

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The feed of documents; it knows no window."""
        yield FEED

    def page(self, address: str, body: bytes) -> Page:
        """The feed, or the page of one document."""
        if not address.endswith(".htm"):
            return self._feed(body)
        answer = read_html(body, "table td")
        row: dict[str, Any] = {"address": address, "heading": plain(answer.css("h1").get())}
        for line in answer.css("table tr"):
            cells = [plain(cell.get()) for cell in line.css("td, th")]
            if len(cells) == 2:
                row[cells[0].rstrip(":")] = cells[1]
        row["files"] = [
            link
            for link in answer.css("a::attr(href)").getall()
            if re.search(r"\.(?:pdf|docx?)$", link, re.IGNORECASE)
        ]
        if "Ngày ban hành" not in row:
            raise UnreadableAnswer(f"not the known form: no 'Ngày ban hành' among {sorted(row)!r:.200}")
        return Page([row])

    def _feed(self, body: bytes) -> Page:
        root = read_xml(body)
        if root.tag != "rss" or root.find("channel") is None:
            raise UnreadableAnswer(f"not the known form: the root is <{root.tag}>, not <rss>")
        return Page([children(item) for item in root.iterfind("channel/item")])

    def label(self, row: Any) -> str:
        """The number, or the address."""
        return str(row.get("Số, ký hiệu") or row.get("link") or row.get("address"))

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """An item of the feed by its words, or one document."""
        if "link" not in row:
            return self._document(row)
        fields = Fields(row)
        address = fields.take("link").strip()
        summary = plain(f"{fields.maybe('title') or ''} {fields.maybe('description') or ''}")
        if not summary:
            raise UnreadableRecord(f"{address} has neither title nor description")
        if rule := DOOR.refuses(summary):
            return Refused(rule)
        self.announced[address] = summary, fields.maybe("pubDate") or ""
        return Follow(address)

    def _document(self, row: Any) -> RawNotice:
        fields = Fields(row)
        address = fields.take("address")
        summary, posted = self.announced.get(address, ("", ""))
        number = fields.maybe("Số, ký hiệu") or fields.take("Số ký hiệu")
        adopted, kind = fields.take("Ngày ban hành"), fields.maybe("Loại văn bản") or ""
        files = fields.take("files", list)
        return RawNotice(
            source_id=number,
            url=address,
            members=("VNM",),
            agency=fields.maybe("Cơ quan ban hành"),
            title=summary or fields.take("heading"),
            text=f"{kind} {number}".strip(),
            links=tuple((file.rpartition(".")[2].upper(), file) for file in files),
            published=posted or adopted,
            adoption=adopted,
            in_force=fields.maybe("Ngày hiệu lực"),
            says="adopted",
            language="vi",
            unread=fields.unread(
                ignore=["Số Công báo", "heading", "Người ký", "Trích yếu", "Lĩnh vực", "Ngày đăng"]
            ),
        )
