"""What a source fills in: attributes where they say it all, methods where they do not."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from scrapy import Spider

from config.taxonomy import bodies
from crawlers.addresses import joined
from crawlers.dates import day
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.form import Form
from crawlers.manners import PASSING
from crawlers.order import Order
from crawlers.pages import Follow, Page, Refused
from crawlers.record import RawNotice
from crawlers.relevance import Door, door
from crawlers.words import lines, plain
from database.types import now

Place = str | tuple[str, ...] | Mapping[str, str]


class Filled(Spider):
    """The form of a source (see `Form` for what it must say), and how its records are read by it.

    `facts` names where a record's facts stand, in the notation of `Fields.words`: one place; some, of which
    a list is made; or lines of text, each under its name.
    """

    # Form
    country: ClassVar[str]
    languages: ClassVar[tuple[str, ...]]
    homepage: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    date_order: ClassVar[str] = Form.date_order
    gazette: ClassVar[bool] = Form.gazette
    undated: ClassVar[bool] = Form.undated
    overlap_days: ClassVar[int] = Form.overlap_days
    first_window_days: ClassVar[int] = Form.first_window_days
    quiet_days: ClassVar[int] = Form.quiet_days
    max_pages: ClassVar[int] = Form.max_pages
    time_limit: ClassVar[int] = Form.time_limit
    texts: ClassVar[tuple[str, ...]] = Form.texts
    text_languages: ClassVar[tuple[str, ...]] = Form.text_languages
    tells: ClassVar[bool] = Form.tells
    needs: ClassVar[str] = Form.needs

    # Asking
    delay: ClassVar[float] = 1.0  # seconds between two requests
    accept: ClassVar[str] = "application/json"
    passing: ClassVar[frozenset[int]] = PASSING  # HTTP errors after which asking again helps
    start_urls: list[str] = []  # noqa: RUF012 - Scrapy's; where to begin, with {since} and {until}
    window_days: ClassVar[int] = 0  # the longest window that one question may ask for

    # Records
    # the first of these that a record has is its label; none: what its number is taken from
    named_by: ClassVar[tuple[str, ...]] = ()
    titled_by: ClassVar[tuple[str, ...]] = (
        *("title", "Title", "shortTitle", "summary", "words", "name"),
        *("NOTIF_SUBJECT", "product_description", "description"),
    )
    aside: ClassVar[Mapping[str, str]] = {}  # by rule what addresses of no records are like
    among: ClassVar[tuple[str, str, str]] = (
        "",
        "",
        "",
    )  # a field, its value in records of ours, rule for others
    relevant: ClassVar[tuple[str, ...]] = ()  # places of the words that the door looks at
    address: ClassVar[str] = ""  # the place of the address of a record's own page
    number: ClassVar[str] = ""  # a pattern: what in that address names the record
    links: ClassVar[Mapping[str, str]] = {}  # by title what is added to that address
    categories: ClassVar[Mapping[str, Sequence[str]]] = {}  # fields whose values must be known
    joined_by: ClassVar[str] = ""  # what stands between values that are several
    # by fact the field that tells it, and what each of its values, all of which must be known, stands for
    stands_for: ClassVar[Mapping[str, tuple[str, Mapping[str, str]]]] = {}
    union: ClassVar[str] = ""  # the records are those of a body's members on the day
    always: ClassVar[Mapping[str, Any]] = {}  # facts that are the same for all records
    facts: ClassVar[Mapping[str, Place]] = {}
    ignored: ClassVar[tuple[str, ...]] = ()  # fields that nobody needs

    order: Order
    chosen: tuple[str, ...] = ()  # fields that the source itself has put into its rows
    announced: dict[str, dict[str, Any]]  # by page of a record: what only the list says of it
    _admitting = False

    # What a source extends where its attributes do not say it all -----------------------------

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Where to begin, for a window of days (both included)."""
        while since <= until:
            end = min(until, since + dt.timedelta(days=self.window_days - 1)) if self.window_days else until
            yield from (address.format(since=since, until=end) for address in self.start_urls)
            since = end + dt.timedelta(days=1)

    def page(self, address: str, body: bytes) -> Page:
        """What an answer holds. Raises UnreadableAnswer if it has not the known form."""
        raise NotImplementedError

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """One record. Raises UnreadableRecord for a field that is missing or of another kind."""
        fields = Fields(row)
        if rule := self.keeps_out(fields):
            return Refused(rule)
        return self.notice(fields, **self.more(fields))

    def more(self, fields: Fields) -> Mapping[str, Any]:
        """Facts of a record that no place tells by itself."""
        return {}

    def label(self, row: Any) -> str:
        """The publisher's number of a record that may be broken."""
        numbers = re.split(r"[{}?|]+", str(self.facts.get("source_id", "")))
        places = (*(self.named_by or numbers), self.address.rstrip("?"))
        return next((str(row[name]) for name in places if row.get(name)), "")

    def titled(self, row: Any) -> str:
        """What a record that was refused is shown as."""
        return next((str(row[name]) for name in self.titled_by if row.get(name)), "")

    def headers(self, address: str) -> dict[str, str]:
        """Headers of a request."""
        return {"Accept": self.accept}

    def explain(self, address: str, status: int) -> str:
        """What an HTTP status means at this source; empty: what it says."""
        return ""

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """What to ask after an HTTP error that is no failure here, nothing more being []; None: it is one."""
        return None

    def spare(self, address: str) -> bool:
        """Whether the run is whole without this answer: one that only adds to what is known."""
        return False

    # What it may use --------------------------------------------------------------------------

    def notice(self, fields: Fields, **more: Any) -> RawNotice:
        """A record by the form, and what is said besides; links may be given by their titles."""
        for name, known in self.categories.items():
            self._check_known(name, fields.take(name), known)
        values: dict[str, Any] = {
            "members": (self.country,),
            "language": self.languages[0] if len(self.languages) == 1 else "",
            **self.always,
            **{fact: self.said(fields, place) for fact, place in self.facts.items()},
            **{fact: fields.one_of(field, meant) for fact, (field, meant) in self.stands_for.items()},
            **(self._where(fields) if self.address else {}),
            **more,
        }
        values |= {name: values.get(name) or "" for name in ("title", "published", "url")}
        if self.union:
            on = day(values["published"], self.date_order) or now().date()
            values["members"] = tuple(sorted(bodies()[self.union].on(on)))
        if isinstance(links := values.get("links"), Mapping):
            values["links"] = tuple((title, address) for title, address in links.items() if address)
        return RawNotice(
            **values, unread=(*more.pop("unread", ()), *fields.unread((*self.ignored, *self.chosen)))
        )

    def _where(self, fields: Fields) -> dict[str, Any]:
        if not (link := fields.words(self.address)):
            return {}
        url = self.absolute(link)
        found: dict[str, Any] = {"url": url, "links": {name: url + more for name, more in self.links.items()}}
        if self.number:
            number = re.search(self.number, url, re.IGNORECASE)
            if number is None:
                raise UnreadableRecord(f"unknown form of address: {url}")
            found["source_id"] = number[1]
        return found

    def absolute(self, link: str) -> str:
        """The whole address of a link on the source's first page."""
        found = joined(self.start_urls[0] if self.start_urls else self.homepage, link)
        if not found:
            raise UnreadableRecord(f"unreadable address {link[:200]!r}")
        return found

    def said(self, fields: Fields, place: Place) -> str | None:
        """What stands at a place, or at several."""
        if isinstance(place, str):
            return self._several(fields.words(place))
        if isinstance(place, Mapping):
            return lines({name: self._several(fields.words(one)) for name, one in place.items()})
        return "; ".join(filter(None, (self._several(fields.words(one)) for one in place)))

    def _several(self, words: str | None) -> str | None:
        if not self.joined_by or not words:
            return words
        return "; ".join(dict.fromkeys(filter(None, map(plain, words.split(self.joined_by)))))

    @staticmethod
    def _check_known(name: str, written: str, known: Sequence[str]) -> None:
        if " ".join(written.split()).casefold() not in (value.casefold() for value in known):
            raise UnreadableRecord(f"unknown {name} {written!r}")

    def keeps_out(self, fields: Fields) -> str:
        """The rule by which a record is none, or none of ours; empty: it is."""
        for rule, like in self.aside.items():
            if re.search(like, fields.take(self.address)):
                return rule
        field, ours, rule = self.among
        if field and (whose := fields.take(field)) != ours:
            return f"{rule}: {whose[:60]}"
        return self.refuses(" ".join(filter(None, map(fields.words, self.relevant))))

    def door(self) -> Door:
        """What of its output it lets in by words."""
        return door(self.name)

    def refuses(self, words: str) -> str:
        """The rule of the source's door that keeps these words out; empty: none, or a person let it in."""
        return self.barred(self.door().refuses(words))

    def barred(self, rule: str) -> str:
        """A rule that keeps the record out, unless a person let this one in."""
        return "" if self._admitting else rule

    def follow(self, address: str, **said: Any) -> Follow:
        """Read the record from its own page, where it finds what only the list says of it."""
        self.announced[address] = said
        return Follow(address)

    def read_as_let_in(self, row: Any, admitted: bool) -> RawNotice | Refused | Follow:
        """One record, its door open if a person let it in."""
        self._admitting = admitted
        try:
            return self.read(row)
        finally:
            self._admitting = False
