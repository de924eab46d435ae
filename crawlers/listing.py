"""Any listing page, read by CSS selectors."""

import re
from typing import Any

from cssselect import SelectorError
from parsel import Selector

from crawlers import dates
from crawlers.addresses import joined, lasting
from crawlers.answers import read_html
from crawlers.configured import Configured
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Refused
from crawlers.words import plain

DATES = ("published", "deadline", "adoption", "in_force")


class Listing(Configured):
    """The rows of a page. Only what is selected counts, so that nothing else on the page makes a change."""

    accept = "text/html, application/xhtml+xml"

    def page(self, address: str, body: bytes) -> Page:
        """The rows, each record once, and the link onward."""
        chosen = self.entry.selectors
        try:
            answer = read_html(body, chosen["rows"])
            for selector in self.entry.ignore:
                answer.css(selector).drop()
            rows = [self._row(row, address) for row in answer.css(chosen["rows"])]
            following = answer.css(f"{chosen['next']}").attrib.get("href") if "next" in chosen else None
        except SelectorError as error:
            raise UnreadableAnswer(f"a selector of {self.name} cannot be used: {error}") from error
        once = {row["id"] or f"#{number}": row for number, row in reversed(list(enumerate(rows)))}
        twice = ["a record that is listed twice"] * (len(rows) - len(once))
        onward = joined(address, following) if following and self._in_window(rows) else None
        return Page(list(reversed(once.values())), next=onward if onward != address else None, unread=twice)

    def _in_window(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the page holds what may be new: any row of the window, or rows without day."""
        days = [
            found[0].day for row in rows if (found := dates.find(row["published"] or "", self.date_order))
        ]
        return not days or max(days) >= self.order.since

    def _row(self, row: Selector, address: str) -> dict[str, Any]:
        chosen = self.entry.selectors
        link = row if row.root.tag == "a" and "link" not in chosen else row.css(chosen.get("link", "a"))
        to = link.attrib.get("href")
        values: dict[str, Any] = {
            name: self._words(row.css(chosen[name]).getall()) or None if name in chosen else None
            for name in (*DATES, "title", "text", "agency", "id")
        }
        values["title"] = values["title"] or self._words(link.getall() if link is not row else [row.get()])
        values["link"] = lasting(joined(address, to)) if to else ""
        values["id"] = values["id"] or values["link"] or None
        return values

    def _words(self, markup: list[str]) -> str:
        words = plain(" ".join(markup))
        for pattern in self.entry.strip:
            words = re.sub(pattern, " ", words)
        return " ".join(words.split())

    def read(self, row: Any) -> RawNotice | Refused:
        """One row."""
        fields = Fields(row)
        if not row["id"] or not row["title"]:
            raise UnreadableRecord(f"a row has no {'title' if row['id'] else 'link'}: {row!r:.200}")
        link = fields.take("link")
        return self.entered(
            fields.take("id"),
            fields.take("title"),
            url=link,
            agency=fields.maybe("agency"),
            text=fields.maybe("text"),
            published=fields.maybe("published") or "",
            deadline=fields.maybe("deadline"),
            adoption=fields.maybe("adoption"),
            in_force=fields.maybe("in_force"),
            links=(("document", link),) if link else (),
        )
