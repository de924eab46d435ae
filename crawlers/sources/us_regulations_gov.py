"""Dockets of US rules: comment periods and withdrawals, from Regulations.gov."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from config.settings import settings
from crawlers import measures
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import RawNotice
from crawlers.source import Broken, Page, Refused
from crawlers.sources.us_federal_register import course, no_measure

DOCUMENTS = "https://api.regulations.gov/v4/documents"
AGENCIES = (
    *("AMS", "APHIS", "CPSC", "DOE", "EERE", "EPA", "FDA", "FSIS", "NHTSA", "NIST", "OSHA", "FCC"),
    *("ATF", "BIS", "CBP", "DOT", "FWS", "PHMSA", "TTB", "USCG"),
)
TYPES = ("Rule", "Proposed Rule", "Notice")
PAGE = "https://www.regulations.gov/document/{id}"
OUTER = ("type", "links", "relationships")
PAGE_SIZE, LAST_PAGE = 250, 20  # an answer ends at 5,000 rows
WASHINGTON = ZoneInfo("America/New_York")


class UsRegulationsGov(JsonList):
    """One row per document of a docket; what the Federal Register printed is known by the same number."""

    name = "us_regulations_gov"
    delay = 4.0  # about 1,000 questions an hour are allowed
    rows = "data"
    beside = ("meta",)

    # Form
    publisher = "Regulations.gov (U.S. General Services Administration)"
    country = "USA"
    markets = ("US",)
    homepage = "https://open.gsa.gov/api/regulationsgov/"
    hosts = ("api.regulations.gov",)
    schedule = "15 4,16 * * *"
    expect = (20, 5000)
    deadline_zone = "America/New_York"
    languages = ("en",)
    quiet_days = 5
    needs = "regulations_gov_key"

    # Records
    facts = {
        **{"source_id": "id", "url": PAGE, "title": "title", "agency": "agencyId"},
        "text": """
            Type: {documentType}
            Action: {subtype?}
            Docket: {docketId?}
            Federal Register: {frDocNum?}
        """,
    }
    ignored = ("commentStartDate", "highlightedContent", "lastModifiedDate", "objectId", "openForComment")

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Documents by their last change, which new dates and withdrawals are."""
        query = {
            "filter[agencyId]": ",".join(AGENCIES),
            "filter[lastModifiedDate][ge]": f"{since} 00:00:00",
            "filter[lastModifiedDate][le]": f"{until} 23:59:59",
            "sort": "lastModifiedDate,documentId",
            "page[size]": PAGE_SIZE,
            "page[number]": 1,
        }
        yield f"{DOCUMENTS}?{urlencode(query)}"

    def headers(self, address: str) -> dict[str, str]:
        """The key goes to the publisher's own address only."""
        key = {"X-Api-Key": settings().regulations_gov_key} if address.startswith(DOCUMENTS) else {}
        return {"Accept": "application/vnd.api+json", **key}

    def explain(self, address: str, status: int) -> str:
        """A key that is not taken."""
        return f"HTTP {status}: the key in TBT_REGULATIONS_GOV_KEY is wrong" if status in (401, 403) else ""

    def page(self, address: str, body: bytes) -> Page:
        """A page, each document in one row; after the last one that is given, the next begins at its end."""
        found = super().page(address, body)
        found.rows = [_flat(row) for row in found.rows]
        if len(found.rows) < PAGE_SIZE:
            return found
        query = dict(parse_qsl(address.partition("?")[2]))
        number = int(query.get("page[number]", 1))
        if number < LAST_PAGE:
            query["page[number]"] = str(number + 1)
        else:
            query["page[number]"] = "1"
            query["filter[lastModifiedDate][ge]"] = f"{_last(found.rows):%Y-%m-%d %H:%M:%S}"
        found.next = f"{DOCUMENTS}?{urlencode(query)}"
        return found

    def read(self, row: Any) -> RawNotice | Refused:
        """One document."""
        fields = Fields(row)
        kind, title = fields.take("documentType"), fields.take("title")
        if kind in ("Supporting & Related Material", "Other", "Public Submission"):
            return Refused("supporting material")
        if kind not in TYPES:
            raise UnreadableRecord(f"unknown documentType {kind!r}")
        subtype = fields.known("subtype") or ""
        if kind == "Notice" and (rule := self.barred(no_measure(f"{title} {subtype}"))):
            return Refused(rule)
        follows, says = course(kind, subtype, title, corrects=False)
        docket, printed = fields.known("docketId") or "", fields.known("frDocNum") or ""
        ends = fields.known("commentEndDate")
        return self.notice(
            fields,
            kind=follows,
            says="withdrawn" if fields.known("withdrawn", bool) else says,
            links={
                "document": fields.words(PAGE),
                "docket": docket and f"https://www.regulations.gov/docket/{docket}",
                "Federal Register": printed and f"https://www.federalregister.gov/d/{printed}",
            },
            published=f"{_there(fields.take('postedDate')):%Y-%m-%d}",
            deadline=f"{_there(ends):%Y-%m-%d}" if ends else None,
            keys=(*measures.dockets([docket]), *([f"FR {printed}"] if printed else [])),
            document=f"FR {printed}" if printed else "",
        )


def _flat(row: Any) -> dict[str, Any] | Broken:
    """A document with its attributes beside its number."""
    number = str(row.get("id") or "") if isinstance(row, dict) else ""
    try:
        outer = Fields(row)
        attributes = outer.take("attributes", dict)
        return {**attributes, "id": outer.take("id"), **{name: row[name] for name in outer.unread(OUTER)}}
    except UnreadableRecord as error:
        return Broken(number, str(error))


def _last(rows: Sequence[Any]) -> dt.datetime:
    """When the last of the documents was changed."""
    for row in reversed(rows):
        if isinstance(row, dict) and isinstance(changed := row.get("lastModifiedDate"), str):
            return _there(changed)
    raise UnreadableAnswer("not the known form: no document tells when it was changed")


def _there(written: str) -> dt.datetime:
    """A moment in UTC ("2026-12-19T04:59:59Z"), as Washington's clocks show it: the day before."""
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise UnreadableRecord(f"unreadable moment {written!r}") from error
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(WASHINGTON)
