"""Acts of the EU's Official Journal and proposals on the day they come out, from EUR-Lex' feeds."""

from typing import Any

from crawlers import celex
from crawlers.fields import Fields
from crawlers.htmllist import HtmlList
from crawlers.record import UNDATED, RawNotice
from crawlers.source import Refused
from crawlers.sources.eu_cellar import no_measure


class EuOjRss(HtmlList):
    """The last hundred acts of series L, and proposals, undated; `eu_cellar` reads all of them days later."""

    name = "eu_oj_rss"
    delay = 5.0
    start_urls = [f"https://eur-lex.europa.eu/EN/display-feed.rss?rssId={feed}" for feed in (222, 161)]

    # Form
    publisher = "EUR-Lex, Official Journal of the European Union"
    country = "EU"
    markets = ("EU",)
    homepage = "https://eur-lex.europa.eu/oj/direct-access.html"
    hosts = ("eur-lex.europa.eu",)
    schedule = "50 */3 * * *"
    expect = (5, 300)
    deadline_zone = "Europe/Brussels"
    languages = ("en",)
    gazette = True
    quiet_days = 5

    # Records
    address, named_by = "", ("link", "identity")
    always = {"agency": "European Union"}

    def read(self, row: Any) -> RawNotice | Refused:
        """One item: an act, a corrigendum to one, or a proposal."""
        fields, link = Fields(row), row["link"] or ""
        number, more = celex.of_item(row["identity"] or "", link, row["title"] or "")
        if not number:
            return Refused("no CELEX number")
        title = fields.take("title")
        if rule := self.barred(no_measure(title)):
            return Refused(rule)
        adopted = number.startswith("3") and not more
        return self.notice(
            fields,
            source_id=number + more,
            url=celex.page(number + more),
            kind="corrigendum" if more else "regular",
            says="adopted" if adopted else "",
            title=title,
            text=row["summary"] if row["summary"] != title else "",
            links={"EUR-Lex": link},
            published=row["published"] or UNDATED,
            adoption=celex.adopted(title) if adopted else None,
            keys=(f"CELEX {number}",),
            document=f"CELEX {number}{more}",
        )
