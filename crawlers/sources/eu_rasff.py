"""Dangerous food, feed and food contact material found in the EU, from the open data of RASFF."""

from typing import Any

from crawlers import measures
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import RawNotice, origin
from crawlers.source import Follow, Refused

SCREEN = "https://webgate.ec.europa.eu/rasff-window/screen"
VIEW = "https://api.datalake.sante.service.ec.europa.eu/rasff/irasff-general-info-view?format=json&api-version=v1.1"


class EuRasff(JsonList):
    """One row per notification; values that are several are joined by " *** "."""

    name = "eu_rasff"
    delay = 2.0
    # a percent-encoded colon is answered with HTTP 400; one client had its filter by date always refused
    start_urls = [
        VIEW + "&NETWORK_DESC=RASFF&NOTIF_DATE_FROM={since}T00:00:00Z&NOTIF_DATE_TO={until}T23:59:59Z"
    ]
    unfiltered = VIEW
    rows, following = "value", "nextLink"

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
    overlap_days = 21  # follow-ups change a notification for some weeks
    quiet_days = 5

    # Records
    named_by = ("NOTIFICATION_REFERENCE",)
    joined_by = "***"
    categories = {
        "NOTIFICATION_TYPE_DESC": ("food", "feed", "food contact material"),
        # as Implementing Regulation (EU) 2019/1715 names them, and as they were called before it
        "NOTIFICATION_CLASSIFICAT_DESC": (
            *("alert notification", "border rejection notification", "information notification"),
            *("information notification for attention", "information notification for follow-up"),
            *("news notification", "non-compliance notification"),
        ),
    }
    always = {"area": "SPS", "kind": "alert"}
    facts = {
        **{"source_id": "NOTIFICATION_REFERENCE", "title": "NOTIF_SUBJECT", "published": "NOTIF_DATE"},
        **{"agency": "NOTIFYNG_COUNTRY_DESC", "objective": "HAZARD_CATEGORY_NAME?"},
        "text": {
            **{"Hazard": "HAZARD_CATEGORY_NAME?", "Risk": "RISK_DECISION_DESC?"},
            **{"Origin": "ORIGIN_COUNTRY_DESC?", "Distribution": "DISTRIBUTION_STATUS_DESC?"},
            "Distributed to": "DISTRIBUTION_COUNTRY_DESC?",
        },
    }
    ignored = ("NOTIFICATION_STATUS_DESC", "NETWORK_DESC")

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """One notification; the view holds those of other networks, too."""
        network = Fields(row).take("NETWORK_DESC")
        return super().read(row) if network == "RASFF" else Refused(f"another network: {network[:60]}")

    def more(self, fields: Fields) -> dict[str, Any]:
        """Where it is shown, what it is about, and the measures that its subject names."""
        kind, classified = (" ".join(fields.take(name).split()).casefold() for name in self.categories)
        basis, about = fields.known("NOTIFICATION_BASIS_DESC"), self.said(fields, self.facts["text"])
        products = [fields.known("PRODUCT_CATEGORY_DESC"), fields.known("PRODUCT_NAME")]
        case = f"RASFF {fields.take('NOTIFICATION_REFERENCE')}"
        return {
            "url": f"{SCREEN}/notification/{fields.take('NOTIF_ID', int)}",
            "members": ("EU", fields.take("NOTIFYNG_COUNTRY_DESC")),
            "text": f"Notification: {classified}, {basis or 'basis not stated'}\n{about}",
            "products": "; ".join(filter(None, (*products, kind if kind != "food" else ""))),
            "origin": origin((self.said(fields, "ORIGIN_COUNTRY_DESC?") or "").split("; ")),
            "keys": measures.case(case, [fields.take("NOTIF_SUBJECT")]),
        }
