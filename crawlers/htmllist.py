"""A source that answers with web pages: where its records stand in them is part of its form."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from parsel import Selector

from crawlers.addresses import joined
from crawlers.answers import read_html
from crawlers.errors import UnreadableAnswer
from crawlers.feeds import Item, items
from crawlers.fields import Fields
from crawlers.pages import Follow, Page, Post, Refused
from crawlers.paging import Paging
from crawlers.record import RawNotice
from crawlers.source import Source
from crawlers.words import plain


class HtmlList(Source):
    """Reads lists by CSS selectors, and records that have pages of their own from the table on those."""

    accept = "text/html"

    address = "address"
    rows: ClassVar[str] = ""  # an element for each record; empty: the list is a feed
    cells: ClassVar[Mapping[str, str]] = {}  # what a row holds, each by a selector; "": the whole row
    headings: ClassVar[Mapping[str, str]] = {}  # what rows stand under, the wider heading first
    holds: ClassVar[str] = ""  # shows that the page is of the known form, where it may hold no row
    paging: ClassVar[Paging | None] = None
    onward: ClassVar[str] = ""  # must be on a page that has another after it
    labels: ClassVar[tuple[str, str]] = (
        "",
        "",
    )  # a cell that holds labelled values, and a pattern of two groups
    siblings: ClassVar[str] = ""  # links to further parts of this page, whose addresses begin as its own does
    sends: ClassVar[tuple[str, str]] = (
        "",
        "",
    )  # a field of the page's own form, and its value for the whole list
    own_page: ClassVar[str] = ""  # what the address of a record's own page is like
    labelled: ClassVar[str] = "table tr"  # the lines of its attributes: a name and a value
    surely: ClassVar[str] = ""  # an attribute that each record has
    announces: ClassVar[tuple[str, ...]] = ()  # what of a list's row its record's own page does not say

    def __init_subclass__(cls) -> None:
        """Ask for a feed as one. Cells were chosen by the source: only labelled attributes may be new."""
        if not cls.rows and "accept" not in vars(cls):
            cls.accept = "application/rss+xml, application/atom+xml, text/html"
        cls.chosen = (*cls.cells, *Item.__dataclass_fields__, "address", "words")

    def page(self, address: str, body: bytes) -> Page:
        """A page of the list, or the page of one record."""
        if self.own_page and re.search(self.own_page, address):
            return Page([self._attributes(address, body)])
        if not self.rows:
            return Page([_item(item) for item in items(body)])
        answer = read_html(body, self.holds or self.rows)
        found = Page(list(self._rows(answer)))
        if not found.rows and address in self.start_urls:
            raise UnreadableAnswer(f"not the known form: the list holds no {self.rows}")
        if self.paging and (not self.onward or answer.css(self.onward)):
            found.next = self.paging.after(address, found, self.order.since, self.order.until)
        if self.siblings:
            others = (joined(address, link) for link in answer.css(self.siblings).getall())
            found.details = list(dict.fromkeys(other for other in others if other.startswith(f"{address}&")))
        if self.sends[0] and "#" not in address:
            found.details = list(self._form(address, answer))
        return found

    def _form(self, address: str, answer: Selector) -> Iterator[Post]:
        """The page's own form, as a browser sends it when a person chooses a value (ASP.NET)."""
        css, value = self.sends
        if name := answer.css(f"{css}::attr(name)").get():
            hidden = answer.css("form input[type=hidden][name]")
            fields = {one.attrib["name"]: one.attrib.get("value", "") for one in hidden}
            fields |= {"__EVENTTARGET": name, "__EVENTARGUMENT": "", name: value}
            yield Post(address, tuple(fields.items()), "all")

    def _rows(self, answer: Selector) -> Iterator[dict[str, str | None]]:
        kinds = {one.root: name for name, css in self.headings.items() for one in answer.css(css)}
        above = dict.fromkeys(self.headings, "")
        for element in answer.css(", ".join((*self.headings.values(), self.rows))):
            if (kind := kinds.get(element.root)) is None:
                row = {**above, **{name: _cell(element, css) for name, css in self.cells.items()}}
                cell, pattern = self.labels
                yield {**row, **dict(re.findall(pattern, row[cell] or ""))} if cell else row
                continue
            above[kind] = plain(element.get())
            for narrower in list(above)[list(above).index(kind) + 1 :]:
                above[narrower] = ""

    def _attributes(self, address: str, body: bytes) -> dict[str, Any]:
        answer = read_html(body, self.labelled)
        row: dict[str, Any] = {**self.announced.get(address, {}), "address": address}
        for line in answer.css(self.labelled):
            cells = [plain(cell.get()) for cell in line.css("th, td")]
            if len(cells) == 2 and cells[1]:
                row[cells[0].rstrip(": ").casefold()] = cells[1]
        if self.surely not in row:
            raise UnreadableAnswer(f"not the known form: no {self.surely!r} among {sorted(row)!r:.200}")
        row["heading"] = plain(answer.css("h1").get())
        links = answer.css("a::attr(href)").getall()
        row["files"] = [link for link in links if re.search(r"\.(?:pdf|docx?)$", link, re.IGNORECASE)]
        return row

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """One record, or a row that tells of one which has a page of its own."""
        fields = Fields(row)
        if "files" in row:
            return self.notice(fields, **{"links": self.files(fields), **self.more(fields)})
        if not self.own_page:
            return super().read(row)
        if rule := self.keeps_out(fields):
            return Refused(rule)
        address = self.absolute(fields.take(self.address))
        return self.follow(address, **{name: row.get(name) for name in self.announces})

    def files(self, fields: Fields) -> tuple[tuple[str, str], ...]:
        """The files that a record's own page leads to, each by its format."""
        address = fields.take("address")
        found = (joined(address, file) for file in fields.take("files", list))
        return tuple((file.rpartition(".")[2].upper(), file) for file in found if file)


def _item(item: Item) -> dict[str, str | None]:
    """An item of a feed as a row, with all its words, as its title is often empty."""
    row = {**vars(item), "address": item.link, "words": plain(f"{item.title} {item.summary}")}
    return {name: value or None for name, value in row.items()}


def _cell(row: Selector, css: str) -> str | None:
    parts = row.css(css).getall() if css else [row.get()]
    if "::attr(" in css:
        return parts[0] if parts else None
    return plain(" ".join(parts)) or None
