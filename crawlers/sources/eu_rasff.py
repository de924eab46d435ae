"""Dangerous food, feed and food contact material found in the EU, from the open data of RASFF."""

from crawlers.cases import Cases
from crawlers.jsonlist import JsonList


class EuRasff(Cases, JsonList):
    """One row per notification; values that are several are joined by " *** "."""

    name = "eu_rasff"
    delay = 2.0
    unfiltered = "https://api.datalake.sante.service.ec.europa.eu/rasff/irasff-general-info-view?format=json&api-version=v1.1"
    # a percent-encoded colon is answered with HTTP 400; one client had its filter by date always refused
    start_urls = [
        unfiltered + "&NETWORK_DESC=RASFF&NOTIF_DATE_FROM={since}T00:00:00Z&NOTIF_DATE_TO={until}T23:59:59Z"
    ]
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
    case = "RASFF {NOTIFICATION_REFERENCE}"
    rests_on, made_in = ("NOTIF_SUBJECT?",), "ORIGIN_COUNTRY_DESC?"
    found_by = "NOTIFYNG_COUNTRY_DESC"  # sic
    among = ("NETWORK_DESC", "RASFF", "another network")  # the view holds those of all
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
    always = {"area": "SPS"}
    facts = {
        "source_id": "NOTIFICATION_REFERENCE",
        "url": "https://webgate.ec.europa.eu/rasff-window/screen/notification/{NOTIF_ID}",
        **{"title": "NOTIF_SUBJECT?", "published": "NOTIF_DATE", "objective": "HAZARD_CATEGORY_NAME?"},
        "products": ("PRODUCT_CATEGORY_DESC?", "PRODUCT_NAME?", "NOTIFICATION_TYPE_DESC"),
        "text": {
            **{"Notification": "NOTIFICATION_CLASSIFICAT_DESC", "Basis": "NOTIFICATION_BASIS_DESC?"},
            **{"Hazard": "HAZARD_CATEGORY_NAME?", "Risk": "RISK_DECISION_DESC?"},
            **{"Origin": "ORIGIN_COUNTRY_DESC?", "Distribution": "DISTRIBUTION_STATUS_DESC?"},
            **{"Distributed to": "DISTRIBUTION_COUNTRY_DESC?", "Status": "NOTIFICATION_STATUS_DESC??"},
        },
    }
