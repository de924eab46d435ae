"""Recalls of food, medical devices and medicines in the United States, from openFDA's enforcement reports.

openFDA asks that its data raise no alerts to the public: these cases are evidence of how rules are enforced,
to be searched and counted, and nobody is written to because of them.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers import measures
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import RawNotice, origin
from crawlers.source import Page
from crawlers.words import lines

HOME = "https://api.fda.gov"
LISTS = ("food", "device", "drug")
PAGE_SIZE = 500
FURTHEST = 25_000  # rows an answer may skip
WINDOW_DAYS = 365  # each list grows by some thousand rows a year
CLASSES = ("Class I", "Class II", "Class III", "Not Yet Classified")
MADE_IN = re.compile(
    r"\b(?:made|manufactured|produced|grown|packed) in |\bproduct of (?:the )?|\bimported from ",
    re.IGNORECASE,
)


class UsFdaEnforcement(JsonList):
    """One row per recalled product; those of one event share its number."""

    name = "us_fda_enforcement"
    delay = 2.0
    rows = "results"
    total = "meta.results.total"
    named_by = ("recall_number",)

    # Form
    publisher = "U.S. Food and Drug Administration"
    country = "USA"
    markets = ("US",)
    homepage = "https://open.fda.gov/apis/food/enforcement/"
    hosts = ("api.fda.gov",)
    # reports come out on Wednesdays
    schedule = "40 8 * * *"
    expect = (20, 6000)
    deadline_zone = "America/New_York"
    languages = ("en",)
    overlap_days = 28
    quiet_days = 14
    tells = False

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Each list by day of report, in windows that stay below what may be skipped."""
        while since <= until:
            end = min(until, since + dt.timedelta(days=WINDOW_DAYS - 1))
            for kind in LISTS:
                query = {
                    "search": f"report_date:[{since:%Y%m%d} TO {end:%Y%m%d}]",
                    "sort": "report_date:desc",
                    "limit": PAGE_SIZE,
                    "skip": 0,
                }
                yield f"{HOME}/{kind}/enforcement.json?{urlencode(query)}"
            since = end + dt.timedelta(days=1)

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """Nothing found is said with HTTP 404."""
        return [] if status == 404 and b'"NOT_FOUND"' in body else None

    def page(self, address: str, body: bytes) -> Page:
        """A page of a list."""
        found = super().page(address, body)
        skip = int(dict(parse_qsl(urlsplit(address).query)).get("skip", 0)) + len(found.rows)
        if skip < min(found.total or 0, FURTHEST):
            found.next = _skip(address, skip)
        return found

    def read(self, row: Any) -> RawNotice:
        """One product of a recall."""
        fields = Fields(row)
        number, event = fields.take("recall_number"), fields.take("event_id")
        product, reason = fields.take("product_description"), fields.take("reason_for_recall")
        firm, country = fields.take("recalling_firm"), fields.known("country") or ""
        classified, kind = fields.take("classification"), fields.take("product_type")
        if classified not in CLASSES:
            raise UnreadableRecord(f"unknown classification {classified!r}")
        # the country is the firm's: of goods that an American firm recalls it says nothing
        stated = [product[match.end() :].lstrip() for match in MADE_IN.finditer(product)]
        origins = [words for words in map(_country, stated) if words]
        origins += [country] if country not in ("", "United States") else []
        text = {
            "Reason": reason,
            "Class": classified,
            "Firm": ", ".join(filter(None, [firm, fields.maybe("city"), country])),
            "Status": fields.take("status"),
            "Begun": _date(fields.known("recall_initiation_date")),
            "Quantity": fields.maybe("product_quantity"),
            "Distribution": fields.maybe("distribution_pattern"),
            "Codes": fields.maybe("code_info"),
        }
        return RawNotice(
            source_id=number,
            url=f"https://www.accessdata.fda.gov/scripts/ires/index.cfm?Event={event}",
            area="SPS" if kind == "Food" else "TBT",
            kind="alert",
            members=("USA",),
            agency="Food and Drug Administration",
            title=f"{_short(product)} ({firm}): {_short(reason)}",
            text=lines(text),
            products=f"{kind}; {product}",
            objective=reason,
            origin=origin(origins),
            published=_date(fields.take("report_date")),
            language="en",
            keys=measures.case(f"FDA event {event}", [reason]),
            unread=fields.unread(
                ignore=[
                    *("state", "address_1", "address_2", "postal_code", "voluntary_mandated", "openfda"),
                    *("initial_firm_notification", "center_classification_date", "termination_date"),
                    "more_code_info",
                ]
            ),
        )


def _skip(address: str, number: int) -> str:
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode({**query, "skip": number})))


def _date(written: str | None) -> str:
    """20260513 as other publishers write it."""
    words = written or ""
    return f"{words[:4]}-{words[4:6]}-{words[6:]}" if re.fullmatch(r"\d{8}", words) else words


def _country(words: str) -> str:
    """The country a text begins with, as it writes it."""
    found = re.match(r"(?:P\.? ?R\.? ?)?(?:[A-Z][a-z]+|USA|U\.S\.A?\.)(?: (?:of )?[A-Z][a-z]+){0,3}", words)
    name = found[0] if found else ""
    return "China" if re.search(r"\bChina\b", name) else name


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 120 else f"{line[:119].rsplit(' ', 1)[0]}…"
