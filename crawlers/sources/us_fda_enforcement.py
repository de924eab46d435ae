"""Recalls of food, medical devices and medicines in the United States, from openFDA's enforcement reports.

openFDA asks that its data raise no alerts to the public: these cases are evidence of how rules are enforced,
to be searched and counted, and nobody is written to because of them.
"""

import re
from collections.abc import Sequence
from typing import Any

from crawlers import measures
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.paging import Paging
from crawlers.record import origin, origins_in
from crawlers.words import lines, short


class UsFdaEnforcement(JsonList):
    """One row per recalled product; those of one event share its number."""

    name = "us_fda_enforcement"
    delay = 2.0
    start_urls = [
        f"https://api.fda.gov/{kind}/enforcement.json?search=report_date%3A%5B{{since:%Y%m%d}}+TO+{{until:%Y%m%d}}%5D"
        "&sort=report_date%3Adesc&limit=500&skip=0"
        for kind in ("food", "device", "drug")
    ]
    window_days = 365  # each list grows by some thousand rows a year
    paging = Paging({"skip": 0}, furthest=25_000)
    rows, total = "results", "meta.results.total"

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
    tells = False

    # Records
    named_by = ("recall_number",)
    categories = {"classification": ("Class I", "Class II", "Class III", "Not Yet Classified")}
    always = {"kind": "alert", "agency": "Food and Drug Administration"}
    facts = {"source_id": "recall_number", "objective": "reason_for_recall"}
    ignored = (
        *("state", "address_1", "address_2", "postal_code", "voluntary_mandated", "openfda"),
        *("initial_firm_notification", "center_classification_date", "termination_date", "more_code_info"),
    )

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """Nothing found is said with HTTP 404."""
        return [] if status == 404 and b'"NOT_FOUND"' in body else None

    def more(self, fields: Fields) -> dict[str, Any]:
        """The country is the firm's: of goods that an American firm recalls it says nothing."""
        event, reason = fields.take("event_id"), fields.take("reason_for_recall")
        product, kind = fields.take("product_description"), fields.take("product_type")
        firm, country = fields.take("recalling_firm"), fields.known("country") or ""
        abroad = [country] if country not in ("", "United States") else []
        text = {
            "Reason": reason,
            "Class": fields.take("classification"),
            "Firm": ", ".join(filter(None, [firm, fields.maybe("city"), country])),
            "Status": fields.take("status"),
            "Begun": _date(fields.known("recall_initiation_date")),
            "Quantity": fields.maybe("product_quantity"),
            "Distribution": fields.maybe("distribution_pattern"),
            "Codes": fields.maybe("code_info"),
        }
        return {
            "url": f"https://www.accessdata.fda.gov/scripts/ires/index.cfm?Event={event}",
            "area": "SPS" if kind == "Food" else "TBT",
            "title": f"{short(product)} ({firm}): {short(reason)}",
            "text": lines(text),
            "products": f"{kind}; {product}",
            "origin": origin([*origins_in(product), *abroad]),
            "published": _date(fields.take("report_date")),
            "keys": measures.case(f"FDA event {event}", [reason]),
        }


def _date(written: str | None) -> str:
    """20260513 as other publishers write it."""
    words = written or ""
    return f"{words[:4]}-{words[4:6]}-{words[6:]}" if re.fullmatch(r"\d{8}", words) else words
