"""Kazakhstan's legal acts on goods, from the register of the Ministry of Justice, in Russian."""

from typing import Any

from crawlers import dates
from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields
from crawlers.htmllist import HtmlList
from crawlers.paging import Paging

SAYS = {**dict.fromkeys(("Новый", "Обновленный", "Действующий"), "adopted"), "Утративший силу": "withdrawn"}


class KzAdilet(HtmlList):
    """A hundred acts a page, the newest first, each with a line that says what it is, when and by whom."""

    name = "kz_adilet"
    delay = 3.0
    start_urls = [
        "https://adilet.zan.kz/rus/search/docs/sort_desc=true&sort_field=dl&st=new&pagesize=100&page=1"
    ]
    paging = Paging({"page": 1}, dated="about")
    onward = "a.nextpostslink"
    holds = "div.serp, div.post_holder"
    rows = "div.post_holder"
    cells = {"title": "h4 a", "address": "h4 a::attr(href)", "about": "p", "status": "span.status"}

    # Form
    publisher = "Ministry of Justice of Kazakhstan, Ädilet"
    country = "KAZ"
    markets = ("BRI",)
    homepage = "https://adilet.zan.kz"
    hosts = ("adilet.zan.kz",)
    schedule = "50 3,15 * * *"
    expect = (20, 5000)
    deadline_zone = "Asia/Almaty"
    languages = ("ru",)
    overlap_days = 14
    first_window_days = 30

    # Records
    relevant = ("title", "about")
    number = r"/rus/docs/([A-Z][0-9A-Za-z_]{5,})"
    links = {"text": "", "DOCX": "/download/docx"}
    stands_for = {"says": ("status", SAYS)}
    always = {"kind": "regular"}
    facts = {"title": "title", "text": "about"}

    def more(self, fields: Fields) -> dict[str, Any]:
        """The first date is the act's own; an act of a ministry is registered, and published, after it."""
        about = fields.take("about")
        if not (found := dates.find(about)):
            raise UnreadableRecord(f"no date: {about!r:.120}")
        adopted, published = (about[one.start : one.end] for one in (found[0], found[-1]))
        agency = about[: found[0].start].removesuffix(" от ").strip(" ,.")
        return {"agency": agency, "published": published, "adoption": adopted}
