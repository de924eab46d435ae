"""Acts of the EU's Official Journal and proposals on the day they come out, from EUR-Lex' feeds."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from crawlers.errors import UnreadableRecord
from crawlers.feeds import items
from crawlers.record import UNDATED, RawNotice
from crawlers.source import Page, Refused, Source
from crawlers.sources.eu_cellar import no_measure

FEED = "https://eur-lex.europa.eu/EN/display-feed.rss?rssId="
JOURNAL, PROPOSALS = "222", "161"  # Official Journal L; proposals of the Commission, which carry no date
CELEX = re.compile(r"(?<![0-9A-Z])([35]\d{4}[A-Z]{1,2}\d{4})((?:R?\(\d{1,2}\))?)(?![0-9A-Z(])")
# Since October 2023 each act is an issue of its own, OJ:L_202602088, numbered as its title is.
ISSUE = re.compile(r"OJ(?::|%3A)L_(\d{4})(\d{5})(?!\d)")
ACT = re.compile(
    r"(Regulation|Directive|Decision|Recommendation) \([A-Za-z, ]+\) (\d{4})/(\d{1,5})\b", re.IGNORECASE
)
LETTERS = {"regulation": "R", "directive": "L", "decision": "D", "recommendation": "H"}
YEAR_DAY = re.compile(r"\bof (\d{1,2} [A-Z][a-z]+ \d{4})\b")


class EuOjRss(Source):
    """The last hundred items; `eu_cellar` reads the same documents some days later, and all of them."""

    name = "eu_oj_rss"
    delay = 5.0
    accept = "application/rss+xml"

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

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The feeds; they know no window."""
        yield from (f"{FEED}{JOURNAL}", f"{FEED}{PROPOSALS}")

    def page(self, address: str, body: bytes) -> Page:
        """A feed."""
        return Page([vars(item) for item in items(body)])

    def label(self, row: Any) -> str:
        """Its link."""
        return str(row["link"] or row["identity"])

    def read(self, row: Any) -> RawNotice | Refused:
        """One item."""
        number, more = _celex(row)
        if not number:
            return Refused("no CELEX number")
        if not row["title"]:
            raise UnreadableRecord("field 'title' is empty")
        if rule := no_measure(row["title"]):
            return Refused(rule)
        written = YEAR_DAY.search(row["title"])
        adopted = number.startswith("3") and not more
        return RawNotice(
            source_id=number + more,
            url=f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{number}{more}",
            kind="corrigendum" if more else "regular",
            says="adopted" if adopted else "",
            members=("EU",),
            agency="European Union",
            title=row["title"],
            text=row["summary"] if row["summary"] != row["title"] else "",
            links=(("EUR-Lex", row["link"]),) if row["link"] else (),
            published=row["published"] or UNDATED,
            adoption=written[1] if written and adopted else None,
            language="en",
            keys=(f"CELEX {number}",),
            document=f"CELEX {number}{more}",
        )


def _celex(row: Any) -> tuple[str, str]:
    """The CELEX number of an item, and which corrigendum it is; both empty where none can be told."""
    link = unquote(row["link"])
    if match := CELEX.search(row["identity"]) or CELEX.search(link):
        return match[1], match[2]
    issue, act = ISSUE.search(f"{row['identity']} {link}"), ACT.search(row["title"])
    if issue and act and (issue[1], int(issue[2])) == (act[2], int(act[3])):
        return f"3{act[2]}{LETTERS[act[1].casefold()]}{int(act[3]):04}", ""
    return "", ""
