"""Draft technical regulations of EU members under Directive (EU) 2015/1535, with their standstill."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree, html
from sqlmodel import col, select

from crawlers import measures, symbols
from crawlers.dates import day
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Refused, Source
from crawlers.words import lines, plain
from database.session import reading
from database.tables import Snapshot

HOME = "https://technical-regulation-information-system.ec.europa.eu/en/notification/"
# There is no list: pages are counted upwards from the last one known; before there is one, from this guess.
# 27740 came out in March 2026, 27983 by September; a guess too low costs time, one too high some questions.
FIRST, FIRST_DAY, A_DAY = 27_740, dt.date(2026, 3, 1), 1.0
MISSES = 5  # pages not there in a row, before it is believed that no more came out
NEW_PAGES = 9  # after some 15 pages the portal answers 429 for hours
AGAIN, TURNS = 20, 4  # opinions and extensions come later: a quarter of the last 20 is read again each run
LABELS = {
    "notification number": "number",
    "date received": "received",
    "standstill": "standstill",
    "title": "title",
    "subject": "title",
    "sector": "sector",
    "product": "sector",
    "opinion": "opinions",
    "comment": "comments",
    "withdrawn": "withdrawn",
    "legislation": "legislation",
    "directive": "legislation",
    "description": "description",
    "content": "description",
}
NO_GOODS = re.compile(
    r"^(?:SERV|H[12]0)|information society|internet services|games of chance|gambling", re.I
)
ITEM = re.compile(r"^(\d{1,2}[A-Z]?)\.\s+(.+)", re.MULTILINE)
DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")


class EuTris(Source):
    """One page per notification; a page that is not there is answered with HTTP 500."""

    name = "eu_tris"
    delay = 6.0
    accept = "text/html"
    passing = frozenset([408, 502, 503, 504])

    # Form
    publisher = "European Commission, TRIS"
    country = "EU"
    markets = ("EU",)
    homepage = "https://technical-regulation-information-system.ec.europa.eu/en/home"
    hosts = ("technical-regulation-information-system.ec.europa.eu",)
    schedule = "20 2 * * *"
    expect = (3, 40)
    deadline_zone = "Europe/Brussels"
    languages = ("en",)
    quiet_days = 14

    top = asked = misses = found = 0
    known = False  # whether any page was seen before this run
    again: Sequence[int] = ()

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The page after the last one known; the others follow it one by one, then those to read again."""
        known = _known()
        self.known = bool(known)
        self.top = max(known, default=FIRST + int(A_DAY * max(0, (since - FIRST_DAY).days)))
        if known:
            last = sorted(set(known))[-AGAIN:]
            self.again = [number for number in last if number % TURNS == until.toordinal() % TURNS]
        yield f"{HOME}{self.top + 1}"

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """Over a number that is not there to the next, until enough in a row were missing."""
        number = _number(address)
        if status not in (404, 500) or number <= self.top:
            return None
        self.misses += 1
        if following := self._lower() or self._following(number):
            return [following]
        # where no page at all was there, one that is known to be tells whether the portal answers
        return [] if self.found else [f"{HOME}{self.top}"]

    def explain(self, address: str, status: int) -> str:
        """Too much was asked; or the portal is down: neither is a sign that there is nothing more."""
        if status == 429:
            return "HTTP 429: enough pages for now, the next run goes on from here"
        return f"HTTP {status}, and so for every page asked for: none can be read now"

    def _lower(self) -> str:
        """Where the guess was too high, and nothing is known: half way back to the page that surely is."""
        if self.known or self.found or self.top <= FIRST:
            return ""
        self.top, self.misses = FIRST + (self.top - FIRST) // 2, 0
        return f"{HOME}{self.top + 1}"

    def _following(self, number: int) -> str:
        if number > self.top and self.misses < MISSES:
            self.asked += 1
            if self.asked < NEW_PAGES + self.misses:
                return f"{HOME}{number + 1}"
            self.remarks.append(f"{NEW_PAGES} new pages were asked for; the next run goes on from {number}")
        if not self.again:
            return ""
        first, *self.again = self.again
        return f"{HOME}{first}"

    def page(self, address: str, body: bytes) -> Page:
        """A notification: labelled values, then the message with its numbered items."""
        try:
            root = html.fromstring(body)
        except (etree.ParserError, ValueError) as error:
            raise UnreadableAnswer("the answer is no web page") from error
        row: dict[str, str] = {}
        unread = []
        for element in root.iter("div"):
            label = plain(element.text_content()).rstrip(":").casefold()
            value = element.getnext()
            if "ecl-col-3" not in element.get("class", "").split() or value is None:
                continue
            known = next((name for words, name in LABELS.items() if words in label), "")
            if known:
                row.setdefault(known, plain(value.text_content()))
            else:
                unread.append(f"label {label[:60]}")
        if not row:
            raise UnreadableAnswer("not the known form: the page shows none of the known labels")
        text = plain(etree.tostring(root, encoding="unicode"))
        for item, words in ITEM.findall(text[text.find("MSG 001") :]):
            row.setdefault(f"item {item}", words)
        number = _number(address)
        self.misses, self.found = 0, self.found + 1
        following = self._following(number) if number else ""
        return Page([{**row, "id": str(number or "")}], next=following or None, unread=unread)

    def label(self, row: Any) -> str:
        """The notification number."""
        return str(row.get("number") or row["id"])

    def read(self, row: Any) -> RawNotice | Refused:
        """One notification."""
        fields = Fields(row)
        number, _, country = fields.take("number").partition("(")
        title, sector = fields.take("title"), fields.maybe("sector") or ""
        if self.barred("services" if NO_GOODS.search(sector) else ""):
            return Refused("services")
        keys = measures.tris([number])
        if not keys:
            raise UnreadableRecord(f"unknown form of notification number {number!r}")
        standstill = fields.take("standstill")
        content = fields.maybe("item 8") or fields.maybe("description")
        text = {
            "": content,
            "Grounds": fields.maybe("item 9"),
            "Standstill": standstill,
            "Detailed opinion by": fields.maybe("opinions"),
            "Comments by": fields.maybe("comments"),
        }
        return RawNotice(
            source_id=number.strip(),
            url=f"{HOME}{row['id']}" if row["id"] else "",
            area="TBT",
            kind="regular",
            says="withdrawn" if fields.maybe("withdrawn") else "",
            members=("EU", country.rstrip(") ") or fields.take("item 2")),
            agency=fields.maybe("item 3A") or "",
            title=title,
            text=lines(text),
            products="; ".join(filter(None, [fields.maybe("item 6"), sector])),
            objective=fields.maybe("item 9"),
            links=(("draft", f"{HOME}{row['id']}/text/D/EN"),) if row["id"] else (),
            published=fields.take("received"),
            deadline=_last(standstill),
            keys=(*keys, *map(symbols.base, symbols.find(" ".join(filter(None, text.values()))))),
        )


def _last(written: str) -> str:
    """28/05/2026 (28/06/2026): the standstill and, in brackets, to which day it was extended."""
    return max(DATE.findall(written), key=lambda one: day(one) or dt.date.min, default=written)


def _number(address: str) -> int:
    found = re.search(r"/notification/(\d+)$", address)
    return int(found[1]) if found else 0


def _known() -> list[int]:
    """The numbers of the pages seen last, whether a notice was read from them or not."""
    mine = select(Snapshot.url).where(Snapshot.source == EuTris.name)
    newest = mine.order_by(col(Snapshot.id).desc()).limit(100)
    with reading() as session:
        return [number for url in session.exec(newest) if (number := _number(url))]
