"""Indonesia's ministerial and agency regulations on goods, from the government's database of law."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from crawlers.answers import read_html
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.relevance import door
from crawlers.source import Follow, Page, Refused, Source
from crawlers.words import plain

HOME = "https://peraturan.go.id"
LISTS = ("permen", "perban", "pp", "perpres")  # of ministers, agencies, the government, the president
DAYS_A_PAGE = 5  # at 1,500 regulations of ministers a year and twenty on a page
STATUS = {"Berlaku": "adopted", "Tidak Berlaku": "withdrawn", "Dicabut": "withdrawn"}
DOOR = door("id_peraturan")


class IdPeraturan(Source):
    """Lists without dates, the newest first; each regulation has a page with its attributes."""

    name = "id_peraturan"
    delay = 3.0
    accept = "text/html"

    # Form
    publisher = "Ministry of Law of Indonesia, peraturan.go.id"
    country = "IDN"
    markets = ("BRI",)
    homepage = "https://peraturan.go.id"
    hosts = ("peraturan.go.id", "www.peraturan.go.id")
    schedule = "25 1,13 * * *"
    expect = (40, 3000)
    deadline_zone = "Asia/Jakarta"
    languages = ("id",)
    overlap_days = 20
    first_window_days = 60
    gazette = True
    quiet_days = 20

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The first page of each list."""
        for name in LISTS:
            yield f"{HOME}/{name}?page=1"

    def page(self, address: str, body: bytes) -> Page:
        """A page of a list, or the page of one regulation."""
        if "/id/" in address:
            return Page([_attributes(address, body)])
        answer = read_html(body, "div.strip.grid")
        rows = []
        for item in answer.css("div.strip.grid"):
            links = item.css("a::attr(href)").getall()
            page = next((link for link in links if re.search(r"(?:^|/)id/[\w-]+$", link)), None)
            rows.append({"address": page, "words": plain(item.get())})
        name, _, number = address.rpartition("?page=")
        enough = int(number or 1) > (self.order.until - self.order.since).days // DAYS_A_PAGE
        return Page(rows, next=None if enough or not number else f"{name}?page={int(number) + 1}")

    def label(self, row: Any) -> str:
        """The address."""
        return str(row.get("address"))

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """An item of a list by its words, or one regulation."""
        fields = Fields(row)
        address = urljoin(f"{HOME}/", fields.take("address"))
        if "words" in row:
            rule = DOOR.refuses(fields.take("words"))
            return Refused(rule) if rule else Follow(address)
        status, adopted = fields.take("status"), fields.take("ditetapkan tanggal")
        if status not in STATUS:
            raise UnreadableRecord(f"unknown status {status!r}")
        kind, number, year = (fields.take(name) for name in ("jenis/bentuk peraturan", "nomor", "tahun"))
        return RawNotice(
            source_id=address.rpartition("/")[2],
            url=address,
            members=("IDN",),
            agency=fields.maybe("pemrakarsa"),
            title=f"{fields.take('tentang')} ({kind} {number}/{year})",
            links=tuple(("PDF", urljoin(f"{HOME}/", file)) for file in fields.take("files", list)),
            published=fields.maybe("tanggal pengundangan") or adopted,
            adoption=adopted,
            in_force=fields.maybe("tanggal berlaku") or fields.maybe("berlaku tanggal"),
            says=STATUS[status],
            language="id",
            unread=fields.unread(
                ignore=[
                    *(
                        "tempat penetapan",
                        "pejabat yang menetapkan",
                        "tahun pengundangan",
                        "nomor pengundangan",
                    ),
                    *("nomor tambahan", "pejabat pengundangan"),
                ]
            ),
        )


def _attributes(address: str, body: bytes) -> dict[str, Any]:
    answer = read_html(body, "table td")
    row: dict[str, Any] = {"address": address, "files": answer.css("a[href$='.pdf']::attr(href)").getall()}
    for line in answer.css("table tr"):
        cells = [plain(cell.get()) for cell in line.css("th, td")]
        if len(cells) == 2 and cells[1]:
            row[cells[0].rstrip(": ").casefold()] = cells[1]
    if "tentang" not in row:
        raise UnreadableAnswer(f"not the known form: no 'Tentang' among {sorted(row)!r:.200}")
    return row
