"""Türkiye's official gazette: by-laws, communiqués and decrees on goods, from each day's index."""

import re
from typing import Any

from crawlers.fields import Fields
from crawlers.htmllist import HtmlList


class TrResmiGazete(HtmlList):
    """One index a day; a second issue of a day ("mükerrer") has an index of its own."""

    name = "tr_resmi_gazete"
    delay = 3.0
    # on a day without an issue the gazette leads to another day's
    start_urls = ["https://www.resmigazete.gov.tr/fihrist?tarih={since}"]
    window_days = 1
    holds = ".fihrist-item a, #html-content"
    rows = ".fihrist-item"
    headings = {"part": ".html-title", "section": ".html-subtitle"}
    cells = {"title": "a", "address": "a::attr(href)"}
    siblings = "a[href*='&mukerrer=']::attr(href)"

    # Form
    publisher = "Resmî Gazete, Presidency of Türkiye"
    country = "TUR"
    markets = ("BRI",)
    homepage = "https://www.resmigazete.gov.tr"
    hosts = ("www.resmigazete.gov.tr", "resmigazete.gov.tr")
    schedule = "30 5,21 * * *"
    expect = (1, 2000)
    deadline_zone = "Europe/Istanbul"
    languages = ("tr",)
    overlap_days = 3
    first_window_days = 30
    gazette = True
    quiet_days = 10

    # Records
    aside = {"advertisement": "/ilanlar/", "the whole issue": r"/\d{8}(?:M\d*)?\.pdf$"}
    relevant = ("title",)
    number = r"/eskiler/\d{4}/\d\d/(\d{8}(?:M\d*)?-[\d-]+)\.(?:htm|pdf)"
    links = {"text": ""}
    # what stands there is law; only some of it says in its own text when it takes effect
    always = {"says": "adopted"}
    facts = {"agency": "part", "text": "section"}

    def more(self, fields: Fields) -> dict[str, Any]:
        """The day stands in the address."""
        day = re.findall(r"/(\d{4})(\d\d)(\d\d)(?:M\d*)?-", fields.take("address"))
        title = re.sub(r"^[\W_]+", "", fields.take("title"))
        return {"title": title, "published": "-".join(day[0])}
