"""Recalls of food, medical devices and medicines in the United States, from openFDA's enforcement reports.

openFDA asks that its data raise no alerts to the public: these cases are evidence of how rules are enforced,
to be searched and counted, and nobody is written to because of them.
"""

from crawlers.cases import Cases
from crawlers.jsonlist import JsonList
from crawlers.paging import Paging


class UsFdaEnforcement(Cases, JsonList):
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
    rows, total, nothing = "results", "meta.results.total", (404, b'"NOT_FOUND"')

    # Form
    publisher = "U.S. Food and Drug Administration"
    country = "USA"
    markets = ("US",)
    homepage = "https://open.fda.gov/apis/food/enforcement/"
    hosts = ("api.fda.gov",)
    schedule = "40 8 * * *"  # reports come out on Wednesdays
    expect = (20, 6000)
    deadline_zone = "America/New_York"
    languages = ("en",)
    overlap_days = 28
    tells = False

    # Records
    case = "FDA event {event_id}"
    # of goods that an American firm recalls, the country, which is the firm's, says nothing
    rests_on, told_in, made_by = ("reason_for_recall?",), "product_description", "country?"
    stands_for = {"area": ("product_type", {"Food": "SPS", "Drugs": "TBT", "Devices": "TBT"})}
    categories = {"classification": ("Class I", "Class II", "Class III", "Not Yet Classified")}
    always = {"agency": "Food and Drug Administration"}
    facts = {
        "source_id": "recall_number",
        "url": "https://www.accessdata.fda.gov/scripts/ires/index.cfm?Event={event_id}",
        "title": "{product_description:120} ({recalling_firm?}): {reason_for_recall?:120}",
        "published": "report_date",
        "products": "{product_type}; {product_description}",
        "objective": "reason_for_recall?",
        "text": {
            **{"Reason": "reason_for_recall?", "Class": "classification", "Firm": "recalling_firm?"},
            **{"City": "city??", "Country": "country?", "Status": "status"},
            **{"Begun": "recall_initiation_date?", "Quantity": "product_quantity??"},
            **{"Distribution": "distribution_pattern??", "Codes": "code_info??"},
        },
    }
    ignored = (
        *("state", "address_1", "address_2", "postal_code", "voluntary_mandated", "openfda"),
        *("initial_firm_notification", "center_classification_date", "termination_date", "more_code_info"),
    )
