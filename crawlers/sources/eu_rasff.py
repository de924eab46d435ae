"""Dangerous food, feed and food contact material found in the EU, from the open data of RASFF."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from crawlers import measures
from crawlers.dates import day
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import RawNotice, origin
from crawlers.source import Refused
from crawlers.words import lines, plain

VIEW = "https://api.datalake.sante.service.ec.europa.eu/rasff/irasff-general-info-view"
WINDOW = "https://webgate.ec.europa.eu/rasff-window/screen/notification/"
TYPES = ("food", "feed", "food contact material")
# as Implementing Regulation (EU) 2019/1715 names them; without the last word in notifications before it
CLASSES = (
    *("alert notification", "border rejection notification", "information notification"),
    *("information notification for attention", "information notification for follow-up"),
    *("news notification", "non-compliance notification"),
)


class EuRasff(JsonList):
    """One row per notification; values that are several are joined by " *** "."""

    name = "eu_rasff"
    delay = 2.0
    rows = "value"
    following = "nextLink"
    named_by = ("NOTIFICATION_REFERENCE",)

    # Form
    publisher = "European Commission, RASFF"
    country = "EU"
    markets = ("EU",)
    homepage = "https://webgate.ec.europa.eu/rasff-window/screen/search"
    hosts = ("api.datalake.sante.service.ec.europa.eu",)
    schedule = "20 5,11,17 * * *"
    expect = (20, 3000)
    deadline_zone = "Europe/Brussels"
    languages = ("en",)
    # follow-ups change a notification for some weeks
    overlap_days = 21
    quiet_days = 5

    window = (dt.date.min, dt.date.max)
    filtering = False

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The view by day of notification. A percent-encoded colon is answered with HTTP 400."""
        self.window = since, until
        days = f"NOTIF_DATE_FROM={since}T00:00:00Z&NOTIF_DATE_TO={until}T23:59:59Z"
        yield f"{VIEW}?format=json&api-version=v1.1&NETWORK_DESC=RASFF&{days}"

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """All rows, to be filtered here: one client of the view has its filter by date always refused."""
        if status != 400 or "NOTIF_DATE_FROM" not in address:
            return None
        self.filtering = True
        self.remarks.append("the filter by date was refused (HTTP 400): all rows were read and filtered here")
        return [f"{VIEW}?format=json&api-version=v1.1"]

    def read(self, row: Any) -> RawNotice | Refused:
        """One notification."""
        fields = Fields(row)
        number, reference = fields.take("NOTIF_ID", int), fields.take("NOTIFICATION_REFERENCE")
        network, published = fields.take("NETWORK_DESC"), fields.take("NOTIF_DATE")
        if network != "RASFF":
            return Refused(f"another network: {network[:60]}")
        if self.filtering and not self.window[0] <= (day(published) or dt.date.max) <= self.window[1]:
            return Refused("outside the window")
        kind = _one_of(fields, "NOTIFICATION_TYPE_DESC", TYPES)
        classified = _one_of(fields, "NOTIFICATION_CLASSIFICAT_DESC", CLASSES)
        product, category = fields.known("PRODUCT_NAME"), fields.known("PRODUCT_CATEGORY_DESC")
        subject, hazards = fields.take("NOTIF_SUBJECT"), _several(fields, "HAZARD_CATEGORY_NAME")
        notifying, origins = fields.take("NOTIFYNG_COUNTRY_DESC"), _several(fields, "ORIGIN_COUNTRY_DESC")
        text = {
            "Notification": f"{classified}, {fields.known('NOTIFICATION_BASIS_DESC') or 'basis not stated'}",
            "Hazard": "; ".join(hazards),
            "Risk": fields.known("RISK_DECISION_DESC"),
            "Origin": "; ".join(origins),
            "Distribution": fields.known("DISTRIBUTION_STATUS_DESC"),
            "Distributed to": "; ".join(_several(fields, "DISTRIBUTION_COUNTRY_DESC")),
        }
        return RawNotice(
            source_id=reference,
            url=f"{WINDOW}{number}",
            area="SPS",
            kind="alert",
            members=("EU", notifying),
            agency=notifying,
            title=subject,
            text=lines(text),
            products="; ".join(filter(None, (category, product, kind if kind != "food" else ""))),
            objective="; ".join(hazards),
            origin=origin(origins),
            published=published,
            keys=measures.case(f"RASFF {reference}", [subject]),
            unread=fields.unread(ignore=["NOTIFICATION_STATUS_DESC"]),
        )


def _one_of(fields: Fields, name: str, known: Sequence[str]) -> str:
    written = " ".join(fields.take(name).split()).casefold()
    if written not in known:
        raise UnreadableRecord(f"unknown {name} {written!r}")
    return written


def _several(fields: Fields, name: str) -> list[str]:
    parts = (plain(part) for part in (fields.known(name) or "").split("***"))
    return list(dict.fromkeys(filter(None, parts)))
