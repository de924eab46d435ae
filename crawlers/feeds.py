"""The items of an RSS 2.0 or Atom feed."""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from lxml import etree

from crawlers.answers import read_xml
from crawlers.errors import UnreadableAnswer

ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Item:
    """One item, in the publisher's words; what it leaves out is empty."""

    title: str
    link: str
    identity: str  # guid or id
    published: str
    summary: str
    written: str  # the date as it stands there


def items(body: bytes) -> list[Item]:
    """The items of a feed. Raises UnreadableAnswer for what is none."""
    root = read_xml(body)
    if root.tag == "rss" and root.find("channel") is not None:
        return [_rss(one) for one in root.iterfind("channel/item")]
    if root.tag == f"{ATOM}feed":
        return [_atom(one) for one in root.iterfind(f"{ATOM}entry")]
    raise UnreadableAnswer(f"not the known form: the root is <{etree.QName(root).localname}>, no feed")


def _said(element: etree._Element, *names: str) -> str:
    for name in names:
        if (found := element.find(name)) is not None:
            words = "".join(map(str, found.itertext())).strip()
            if words:
                return words
    return ""


def _rss(item: etree._Element) -> Item:
    published = _said(item, "pubDate", "{http://purl.org/dc/elements/1.1/}date")
    return Item(
        *(_said(item, "title"), _said(item, "link"), _said(item, "guid")),
        *(moment(published), _said(item, "description"), published),
    )


def _atom(entry: etree._Element) -> Item:
    links = {link.get("rel", "alternate"): link.get("href", "") for link in entry.iterfind(f"{ATOM}link")}
    published = _said(entry, f"{ATOM}published", f"{ATOM}updated")
    summary = _said(entry, f"{ATOM}summary", f"{ATOM}content")
    return Item(
        *(_said(entry, f"{ATOM}title"), links.get("alternate", ""), _said(entry, f"{ATOM}id")),
        *(moment(published), summary, published),
    )


def moment(written: str) -> str:
    """The day of an RFC 822 date at its place, as ISO; other words as they are."""
    try:
        found: dt.datetime = parsedate_to_datetime(written)
    except ValueError:
        return written
    return found.date().isoformat()
