"""The recorded pages of any source as its publisher would serve them."""

import re
from pathlib import Path

from crawlers import recorded

# What is served where a source has several pages: a part of the address, and the file; "": for all others.
ROUTES: dict[str, dict[str, str]] = {
    "eu_cellar": {"/ingestion": "feed.xml", "": "page.json"},
    "eu_have_your_say": {
        "/groupInitiatives/15204": "side-15204.json",
        "/searchInitiatives": "page.json",
    },
    "eu_oj_rss": {"rssId=161": "proposals.xml", "": "journal.xml"},
    "eu_safety_gate": {"/list/xml": "list.xml", "": "report.xml"},
    "eu_tris": {"/27741": "28104.html", "/27742": "28105.html"},
    "id_peraturan": {"/id/": "2-regulation.html", "": "1-list.html"},
    "us_federal_register": {"current.json": "public-inspection.json", "": "page.json"},
    "wto_eping": {
        "getRelatedNotifications": "side-related.json",
        "getDownloadLinks": "side-files.json",
        "": "page.json",
    },
    "vn_congbao": {".htm": "2-document.html", "": "1-feed.rss"},
}
# One page of each list is recorded: it says that there is no other.
LAST = {
    "kz_adilet": (b"nextpostslink", b""),
    "tr_resmi_gazete": (b"&mukerrer=1", b""),
    "eu_cellar": (b">true</", b">false</"),
}
# What is renamed in the first record of a list; feeds of any kind have no field that must be there.
RENAMED: dict[str, tuple[str, str]] = {
    "eaeu_documents": ("Дата принятия документа", "Принято"),
    "eu_cellar": ('"type": {', '"kind": {'),
    "eu_have_your_say": ('"shortTitle"', '"title"'),
    "eu_oj_rss": (r"<title>(Commission.*?)</title>", r"<titel>\1</titel>"),
    "eu_rasff": ('"NOTIF_DATE"', '"NOTIFICATION_DATE"'),
    "eu_safety_gate": (r"<category>(.*?)</category>", r"<kind>\1</kind>"),
    "eu_tris": ("Date received", "Received on"),
    "id_peraturan": ('href="/id/permenperin', 'href="/peraturan/permenperin'),
    "kg_cabinet": ('<a href="https://www.gov.kg/ru/npa', '<a name="https://www.gov.kg/ru/npa'),
    "kz_adilet": ("Новый", "Свежий"),
    "my_agc": ('"legislationStatus"', '"status"'),
    "sa_saso": ("<h2>(.*?)</h2>", r"<h3>\1</h3>"),
    "tr_resmi_gazete": ("/eskiler/2026/11/20261113-3.htm", "/yeni/20261113-3.htm"),
    "us_cpsc_recalls": ('"RecallDate"', '"Date"'),
    "us_fda_enforcement": ('"report_date"', '"reported"'),
    "us_federal_register": ('"publication_date"', '"published"'),
    "us_regulations_gov": ('"postedDate"', '"posted"'),
    "vn_congbao": (r"<link>(\S+thong-tu\S+)</link>", r"<lien>\1</lien>"),
    "wto_eping": ('"distributionDate"', '"date"'),
}
NOT_THERE = {"eu_tris": 500}  # how a page that is not there is answered


def served(name: str, address: str, *, last: bool = True) -> bytes | None:
    """What is recorded of an address; None: it is not there. Not `last`: lists lead on, to themselves."""
    files: dict[str, Path] = {path.name: path for path, _ in recorded.pages(name)}
    routes = ROUTES.get(name) or {"": next(iter(files))}
    file = next((file for part, file in routes.items() if part in address), None)
    return (
        files[file].read_bytes().replace(*(LAST.get(name, (b"", b"")) if last else (b"", b"")))
        if file
        else None
    )


def renamed(name: str, body: bytes) -> bytes:
    """The page with one record whose field has another name."""
    old, new = RENAMED[name]
    return re.sub(old, new, body.decode(), count=1).encode()
