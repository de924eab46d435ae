"""Any RSS (0.9x, 1.0, 2.0) or Atom feed."""

import email.utils
import hashlib
from typing import Any

from lxml import etree

from crawlers import dates
from crawlers.addresses import joined, lasting
from crawlers.answers import read_xml
from crawlers.configured import Configured
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Refused
from crawlers.words import plain

# what the formats call the same thing, in the order of trust
NAMES = {
    "title": ("title",),
    "id": ("guid", "id"),
    "published": ("pubDate", "published", "issued", "date", "updated", "modified"),
    "text": ("encoded", "content", "description", "summary"),
}
KNOWN = {name for names in NAMES.values() for name in names} | {"link"}
SHORT = 40  # a title that names only the form and the day
# of no use to a reader of law
IGNORED = (
    *(
        "author",
        "creator",
        "category",
        "subject",
        "comments",
        "enclosure",
        "source",
        "rights",
        "publisher",
        "language",
    ),
    *("contributor", "thumbnail", "credit", "format", "identifier", "type", "coverage"),
)


class Feed(Configured):
    """The items of a feed; identity is the publisher's guid, else the link, else what it says."""

    accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"

    def page(self, address: str, body: bytes) -> Page:
        """The items, and the next part of a feed that comes in parts."""
        root = read_xml(body)
        kind = etree.QName(root).localname
        if kind not in ("rss", "RDF", "feed") or (kind == "rss" and root.find("channel") is None):
            raise UnreadableAnswer(f"not the known form: the root is <{kind}>, not that of a feed")
        items = [
            e for e in root.iter() if isinstance(e.tag, str) and etree.QName(e).localname in ("item", "entry")
        ]
        following = next(
            (
                e.get("href")
                for e in root
                if isinstance(e.tag, str) and e.get("rel") == "next" and e.get("href")
            ),
            None,
        )
        return Page(
            [_row(item, address) for item in items],
            next=joined(address, following) if following else None,
        )

    def read(self, row: Any) -> RawNotice | Refused:
        """One item."""
        fields = Fields(row)
        text, link = plain(fields.maybe("text")), lasting(fields.maybe("link") or "")
        title = plain(fields.maybe("title")).replace("\n", " ") or text.split("\n")[0][:300]
        if len(title) < SHORT and text and text != title:  # "DECREE of 4 November"
            title = f"{title}: {text.split(chr(10))[0][:300]}"
        if not title:
            raise UnreadableRecord("an item has neither title nor text")
        named = fields.maybe("id") or link
        published = fields.maybe("published") or ""
        return self.entered(
            named or hashlib.sha256(f"{title}\n{text}".encode()).hexdigest(),
            title,
            url=link,
            text="" if text == title else text,
            published=_day(published, self.date_order) if published else "",
            links=(("document", link),) if link else (),
            unread=tuple(fields.take("others", list)),
        )


def _row(item: etree._Element, address: str) -> dict[str, Any]:
    found: dict[str, str] = {}
    link, others = "", set()
    for child in item:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        words = "".join(map(str, child.itertext())).strip()
        if name == "link":
            written = child.get("href") or words
            if written and (not link or child.get("rel") in (None, "alternate")):
                link = joined(address, written)
        elif name in KNOWN:
            # Media RSS has a title and a description of its own; the item's stands first
            found.setdefault(name, words)
        elif name not in IGNORED:
            others.add(name)
    row: dict[str, Any] = {"link": link, "others": sorted(others)}
    for key, names in NAMES.items():
        row[key] = next((found[name] for name in names if found.get(name)), None)
    if item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") and not row["id"]:
        row["id"] = item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    return row


def _day(written: str, order: str) -> str:
    """The written day as it is if it can be read, else as RFC 822 lets it be written."""
    if dates.day(written, order) is None:
        try:
            return email.utils.parsedate_to_datetime(written).date().isoformat()
        except ValueError:
            return written
    return written
