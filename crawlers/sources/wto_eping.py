"""WTO members' TBT and SPS notifications, from the ePing platform."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from config.settings import settings
from crawlers import eping, measures, symbols
from crawlers.answers import read_json
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Refused, Source
from crawlers.words import plain

KEYLESS = "https://epingalert.org/api/v1/azureSearch/getAll"
KEYED = "https://api.wto.org/eping/notifications/search"
PAGE_SIZE = 100
ENGLISH, OTHERS = 1, {2: "fr", 3: "es"}
WEB = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)\]]")
RANK = 10**9  # above all of ePing's own numbers


class WtoEping(Source):
    """One row per notification and member; the rows of a joint notification share their symbols."""

    name = "wto_eping"
    # No limit is published; clients are known to be served at one request a second.
    delay = 1.0

    # Form
    publisher = "World Trade Organization"
    country = ""
    markets = ("*",)
    homepage = "https://epingalert.org"
    hosts = ("epingalert.org", "www.epingalert.org", "eping.wto.org", "api.wto.org")
    schedule = "15 */4 * * *"
    expect = (20, 2000)
    deadline_zone = "Europe/Zurich"
    languages = ("en", "fr", "es")
    overlap_days = 14
    quiet_days = 5

    # Records
    named_by = ("documentSymbol", "id")
    facts = {
        **{"area": "area", "title": "title?", "text": "description?|descriptionPlain??"},
        **{"products": "productsFreeText?|productsFreeTextPlain??", "objective": "objectivesFreeText??"},
        **{"published": "distributionDate", "deadline": "commentDeadlineDate?"},
        "adoption": "proposedAdoptionDate?|proposedAdoptionDateText??",
        "in_force": "proposedEntryIntoForceDate?|proposedEntryIntoForceDateText??",
    }
    chosen = ("asked", "beside")
    ignored = (
        *("titlePlain", "descriptionPlain", "productsFreeTextPlain", "notificationType", "dolLink"),
        *("keywords", "spsKeywords", "countriesAffected", "allTradingPartners"),
    )

    known: Mapping[int, Any] = MappingProxyType({})  # of this run, about which more is asked

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The search by day of distribution, newest first; by the keyed address where there is a key."""
        query = {
            "language": ENGLISH,
            "distributionDateFrom": since.isoformat(),
            "distributionDateTo": until.isoformat(),
            "sortBy": "distributionDate",  # else the order is by relevance, and pages overlap
            "sortDirection": "desc",
            "page": 1,
            "pageSize": PAGE_SIZE,
        }
        yield f"{KEYED if settings().wto_key else KEYLESS}?{urlencode(query)}"

    def headers(self, address: str) -> dict[str, str]:
        """The key goes to the keyed address only."""
        key = {"Ocp-Apim-Subscription-Key": settings().wto_key} if address.startswith(KEYED) else {}
        return {"Accept": "application/json", **key}

    def explain(self, address: str, status: int) -> str:
        """The portal answers 404, too, where a key is missing."""
        if address.startswith(KEYED) and status in (401, 403, 404):
            return f"HTTP {status}: the key in TBT_WTO_KEY is missing or wrong"
        return ""

    def page(self, address: str, body: bytes) -> Page:
        """A page of the search, or what is told of one notification beside it."""
        if number := eping.about(address):
            return self._beside(address, number, read_json(body))
        try:
            fields = Fields(read_json(body), "the answer")
            rows, total = fields.take("items", list), fields.take("totalCount", int)
            more = fields.maybe("isCountExceeded", bool)  # then the count is a floor
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        unread = fields.unread(ignore=["endRow", "areas", "notifyingMembers"])
        asked = dict(parse_qsl(urlsplit(address).query))
        language = int(asked.get("language", ENGLISH))
        if language != ENGLISH:  # one notification's words in another language
            mine = [row for row in rows if _symbol(row) == asked.get("documentSymbol")]
            return Page([{**row, "asked": language} for row in mine], unread=unread)
        empty = [_symbol(row) for row in rows if _wordless(row)]
        details = [_in(address, language, symbol) for symbol in empty for language in OTHERS]
        if address.startswith(KEYED):
            rows, beside = self._more_about(rows)
            details += beside
        return Page(rows, next=_next(address), total=None if more else total, unread=unread, details=details)

    def _more_about(self, rows: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """The rows, those marked about which more is asked; and what is asked.

        Of late notifications only, as long as they are read again: later the row of the search speaks.
        """
        late = str(self.order.until - dt.timedelta(days=self.overlap_days))
        found, asked = [], []
        for row in rows:
            known = isinstance(row, dict) and not _wordless(row)
            address = eping.wanted(row) if known and str(row.get("distributionDate")) >= late else ""
            if address:
                self.known = {**self.known, row["id"]: {**row, "beside": {}}}
                asked.append(address)
            found.append({**row, "beside": None} if address else row)
        return found, asked

    def _beside(self, address: str, number: int, answer: Any) -> Page:
        """The row with what was told beside it, once all was asked."""
        if number not in self.known:
            return Page([])
        row = self.known[number]
        row = {**row, "beside": {**row["beside"], **eping.told(address, answer)}}
        self.known = {**self.known, number: row}
        if "files" in row["beside"] or row.get("notifiedDocumentLink"):
            return Page([row])
        return Page([], details=[eping.files(number)])

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """The search says the most needful: what is not told beside it is no failure."""
        if not (number := eping.about(address)) or status != 404:
            return None
        return [eping.files(number)] if address.startswith(eping.RELATED) else []

    def spare(self, address: str) -> bool:
        """What is asked beside the search."""
        return bool(eping.about(address))

    def read(self, row: Any) -> RawNotice | Refused:
        """One notification as one member made it."""
        fields = Fields(row)
        asked = fields.maybe("asked", int) or ENGLISH
        if asked != ENGLISH and _wordless(row):
            return Refused(f"no words in {OTHERS[asked]}, either")
        return self.notice(fields, **self._identity(fields, row, asked), **self._named(fields))

    def _identity(self, fields: Fields, row: Any, asked: int) -> dict[str, Any]:
        """What it is known by, and which of the rows that it may come in this one is."""
        number, beside = fields.take("id", int), fields.maybe("beside", dict)
        listed = symbols.split(fields.known("documentSymbol") or "")
        more = len(listed) > 1 or ("beside" in row and beside is None)
        return {
            "source_id": ", ".join(sorted(listed)) or f"ePing {number}",
            "row": _place(row, number, asked, more=more),
            "url": f"https://epingalert.org/en/Search?viewData={quote(listed[0], safe='')}" if listed else "",
            "kind": "" if listed else _kind(fields.take("notificationType")),
            "symbols": listed,
            "members": (_member(fields),),
        }

    def _named(self, fields: Fields) -> dict[str, Any]:
        """The codes, texts and measures that it names."""
        beside = fields.maybe("beside", dict) or {}
        links = (*_links(fields), *((name, to) for name, to in beside.get("files", ())))
        words = (fields.maybe("relevantDocumentTitle") or "", self.said(fields, self.facts["text"]) or "")
        return {
            "objectives": tuple(
                name.removesuffix(" (TBT)").removesuffix(" (SPS)") for name in _names(fields, "objectives")
            ),
            "hs": (*_codes(fields), fields.maybe("hsCodeText") or ""),
            "ics": (fields.maybe("icsCodeText") or "",),
            "links": (*links, *_cited(" ".join(words))),
            "keys": (
                *measures.stated(words, [address for _, address in links]),
                *map(symbols.base, beside.get("related", ())),
            ),
        }


def _next(address: str) -> str:
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    query["page"] = str(int(query["page"]) + 1)
    return urlunsplit(parts._replace(query=urlencode(query)))


def _in(address: str, language: int, symbol: str) -> str:
    """The question for one notification's words in another language."""
    parts = urlsplit(address)
    query = {"language": language, "documentSymbol": symbol, "page": 1, "pageSize": PAGE_SIZE}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _symbol(row: Any) -> str:
    """The symbols of a row as they stand there; empty where there are none."""
    written = row.get("documentSymbol") if isinstance(row, dict) else None
    return written.strip() if isinstance(written, str) else ""


def _wordless(row: Any) -> bool:
    """Whether the text is missing: members write in English, French or Spanish, some never a title."""
    if not _symbol(row):
        return False
    words = row.get("description") or row.get("descriptionPlain") or ""
    return isinstance(words, str) and not plain(words)


def _place(row: Any, number: int, asked: int, *, more: bool) -> int | None:
    """Which row speaks: English first, then French, Spanish, and last what has no words.

    `more`: there are other rows of the notification, or one that says more.
    """
    rank = asked - ENGLISH if asked != ENGLISH else (max(OTHERS) if _wordless(row) else 0)
    return rank * RANK + number if rank or more else None


def _cited(words: str) -> tuple[tuple[str, str], ...]:
    """The addresses a text names."""
    return tuple(("relevant document", address) for address in dict.fromkeys(WEB.findall(plain(words))))


def _member(fields: Fields) -> str:
    code, name = fields.maybe("notifyingMemberCode"), fields.take("notifyingMember")
    return code or name


def _kind(written: str) -> str:
    """Of a row without symbol."""
    words = written.casefold()
    for kind in ("addendum", "corrigendum", "revision", "supplement"):
        if kind in words:
            return kind
    if "notification" in words:
        return "regular"
    raise UnreadableRecord(f"unknown notificationType {written!r}")


def _names(fields: Fields, name: str) -> list[str]:
    return [Fields(row, name).take("name") for row in fields.maybe(name, list) or []]


def _codes(fields: Fields) -> list[str]:
    return [Fields(row, "hsCodes").take("code") for row in fields.maybe("hsCodes", list) or []]


def _links(fields: Fields) -> tuple[tuple[str, str], ...]:
    notified = (fields.maybe("notifiedDocumentLink") or "").replace("\n", ",").split(",")
    form = fields.maybe("linkToNotification") or ""
    return tuple(
        (title, address.strip())
        for title, address in [("notification", form), *(("notified document", one) for one in notified)]
        if address.strip()
    )
