"""Malaysia's acts and subsidiary legislation on goods, from the Attorney General's Chambers."""

import re
from typing import Any

from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.paging import Paging

STATUS = {"IBU": "principal", "PINDAAN": "amendment"}


class MyAgc(JsonList):
    """The search behind the site. Since September 2026 its answers are known to come encrypted."""

    name = "my_agc"
    delay = 3.0
    start_urls = [
        "https://lom.agc.gov.my/fess-proxy.php?q=&fq=&start=0&rows=100&sort=publicationDate+desc"
        "&lookup=all&kategori=all&draw=1"
    ]
    paging = Paging({"start": 100, "draw": 1}, days=20)  # some twenty documents a week
    complaints = {"encrypted": "the portal encrypts its answers for its own pages; nothing can be read here"}
    rows, total, beside = "response.docs", "response.numFound", ("responseHeader",)

    # Form
    publisher = "Attorney General's Chambers of Malaysia"
    country = "MYS"
    markets = ("BRI",)
    homepage = "https://lom.agc.gov.my"
    hosts = ("lom.agc.gov.my",)
    schedule = "15 2 * * mon,thu"
    expect = (50, 20000)
    deadline_zone = "Asia/Kuala_Lumpur"
    languages = ("en", "ms")
    undated = True  # a row may hold no day of its own
    quiet_days = 60

    # Records
    titled_by = ("titleBI", "titleBM")
    relevant = ("titleBI??", "titleBM??")
    address = "_os_url"
    number = r"\?(.+?)(?:&lang=B[IM])?$"
    always = {"kind": "regular", "says": "adopted"}
    facts = {"title": "titleBI??|titleBM", "published": "publicationDate??"}
    ignored = ("DOC2DOWNLOADBM", "DOC2DOWNLOADBI", "id", "score")

    def more(self, fields: Fields) -> dict[str, Any]:
        """Its two titles, and the document that one of them has as a link."""
        english, malay = fields.maybe("titleBI"), fields.maybe("titleBM")
        what = f"{fields.one_of('legislationStatus', STATUS)} {fields.maybe('actNo') or ''}".strip()
        file = re.search(r'href="([^"]+)"', fields.words("DOC2DOWNLOADBI??|DOC2DOWNLOADBM??") or "")
        return {
            "text": "\n".join(filter(None, [malay if english else "", what])),
            "links": {"PDF": file[1]} if file else {},
            "language": "en" if english else "ms",
        }
