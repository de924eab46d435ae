"""Saudi Arabia's technical regulations, from the list of its standards organisation, in Arabic."""

from typing import Any
from urllib.parse import unquote

from crawlers.fields import Fields
from crawlers.htmllist import HtmlList

PUBLISHED, ADOPTED, IN_FORCE = "تاريخ النشر", "تاريخ الاعتماد", "التطبيق الإلزامي"


class SaSaso(HtmlList):
    """One list of all regulations; its length is set by sending the page's own form."""

    name = "sa_saso"
    delay = 5.0
    start_urls = ["https://www.saso.gov.sa/ar/Laws-And-Regulations/technical_regulations/Pages/default.aspx"]
    # it shows a dozen; a hundred is the most that one may choose
    sends = ("select[id$=DDL_PageSize]", "100")
    rows = "a.rulesAndRegulationsListItem"
    cells = {"address": "::attr(href)", "title": "h2", "words": ""}
    labels = (
        "words",
        rf"({PUBLISHED}|{ADOPTED}|{IN_FORCE})\s*:?\s*([\d٠-٩]{{1,2}}[/-][\d٠-٩]{{1,2}}[/-][\d٠-٩]{{4}})",
    )

    # Form
    publisher = "Saudi Standards, Metrology and Quality Organization"
    country = "SAU"
    markets = ("BRI",)
    homepage = "https://www.saso.gov.sa"
    hosts = ("www.saso.gov.sa", "saso.gov.sa")
    schedule = "20 6 * * *"
    expect = (5, 400)
    deadline_zone = "Asia/Riyadh"
    languages = ("ar",)
    gazette = True
    quiet_days = 120

    # Records
    named_by = ("title",)
    links = {"text": ""}
    always = {"area": "TBT", "agency": "SASO", "says": "adopted"}
    facts = {"title": "title", "published": f"{PUBLISHED}??|{ADOPTED}", "adoption": f"{ADOPTED}??"}

    def more(self, fields: Fields) -> dict[str, Any]:
        """SASO gives its regulations no number: the name of the file is what stays."""
        file = unquote(fields.take("address").rpartition("/")[2])
        return {"source_id": file, "in_force": fields.maybe(IN_FORCE)}
