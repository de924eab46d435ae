"""Indonesia's ministerial and agency regulations on goods, from the government's database of law."""

from crawlers.htmllist import HtmlList
from crawlers.paging import Paging

SAYS = {"Berlaku": "adopted", "Tidak Berlaku": "withdrawn", "Dicabut": "withdrawn"}


class IdPeraturan(HtmlList):
    """Lists without dates, the newest first; each regulation has a page with its attributes."""

    name = "id_peraturan"
    delay = 3.0
    # of ministers, agencies, the government, the president
    start_urls = [f"https://peraturan.go.id/{kind}?page=1" for kind in ("permen", "perban", "pp", "perpres")]
    paging = Paging({"page": 1}, days=5)  # at 1,500 regulations of ministers a year and twenty on a page
    rows = "div.strip.grid"
    cells = {"address": "a[href^='id/']::attr(href), a[href*='/id/']::attr(href)", "words": ""}
    own_page, surely = "/id/", "tentang"

    # Form
    publisher = "Ministry of Law of Indonesia, peraturan.go.id"
    country = "IDN"
    markets = ("BRI",)
    homepage = "https://peraturan.go.id"
    hosts = ("peraturan.go.id", "www.peraturan.go.id")
    schedule = "25 1,13 * * *"
    expect = (40, 3000)
    deadline_zone = "Asia/Jakarta"
    languages = ("id",)
    overlap_days = 20
    first_window_days = 60
    gazette = True
    quiet_days = 20

    # Records
    relevant = ("words",)
    number = r"/id/([\w-]+)$"
    stands_for = {"says": ("status", SAYS)}
    facts = {
        # some hundreds are about the same matter: kind and number tell them apart
        "title": "{tentang} ({jenis/bentuk peraturan} {nomor}/{tahun})",
        "agency": "pemrakarsa??",
        "published": "tanggal pengundangan??|ditetapkan tanggal",
        "adoption": "ditetapkan tanggal",
        "in_force": "tanggal berlaku??|berlaku tanggal??",
    }
    ignored = (
        *("heading", "tempat penetapan", "pejabat yang menetapkan", "pejabat pengundangan"),
        *("tahun pengundangan", "nomor pengundangan", "nomor tambahan"),
    )
