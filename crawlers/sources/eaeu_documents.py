"""Acts of the Eurasian Economic Union on technical regulation, from its legal portal."""

from crawlers.htmllist import HtmlList
from crawlers.paging import Paging


class EaeuDocuments(HtmlList):
    """A hundred acts a page, the newest first; the portal says nothing of repeal."""

    name = "eaeu_documents"
    delay = 2.0
    # sphere 111 is technical regulation
    start_urls = ["https://docs.eaeunion.org/documents/?filter_sphere%5B0%5D=111&set_filter=Y&PAGEN_1=1"]
    paging = Paging({"PAGEN_1": 1}, full=100, dated="dates")
    holds = ".SearchResult_Heading__Counter b"
    rows = ".DocSearchResult_Item"
    cells = {
        "name": "a.DocSearchResult_Item__Link",
        "address": "a.DocSearchResult_Item__Link::attr(href)",
        **{name: f".DocSearchResult_Item__{name.capitalize()}" for name in ("date", "text", "dates")},
    }
    labels = ("dates", r"([^:\n]+): *([^\n]*)")

    # Form
    publisher = "Eurasian Economic Commission"
    country = ""
    markets = ("BRI",)
    homepage = "https://docs.eaeunion.org"
    hosts = ("docs.eaeunion.org",)
    schedule = "40 4,16 * * *"
    expect = (1, 1000)
    deadline_zone = "Europe/Moscow"
    languages = ("ru",)
    overlap_days = 30
    gazette = True
    quiet_days = 30

    # Records
    named_by = ("name",)
    relevant = ("name",)
    number = r"/documents/(\d+/\d+)/"
    links = {"document": ""}
    union = "EAEU"
    always = {"area": "TBT", "says": "adopted"}
    facts = {
        "title": "{name}. {text}",
        "agency": "date",
        "published": "Дата опубликования документа??|Дата принятия документа",
        "adoption": "Дата принятия документа",
        "in_force": "Дата вступления в силу??",
    }
