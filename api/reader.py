"""Who reads: the language of a request, and names, days and moments as that reader writes them."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from alerts.dates import SHANGHAI
from config import harmonised, taxonomy
from config.texts import LANGUAGES, catalogue, text, traditional
from crawlers.form import forms

DEFAULT = "zh"
COOKIE = "lang"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _accepted(header: str) -> str | None:
    """The first language of an Accept-Language header that we speak."""
    weighted = []
    for place, part in enumerate(header[:400].split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", parameters)
        weighted.append((-float(quality[1]) if quality else -1.0, place, tag.strip().lower()))
    for weight, _, tag in sorted(weighted):
        if weight and re.fullmatch(r"zh-(hant|hk|mo|tw)\b.*", tag):
            return "zh-Hant"
        if weight and tag.partition("-")[0] in LANGUAGES:
            return tag.partition("-")[0]
    return None


def language_of(request: Request) -> str:
    """Asked for in the address, remembered in the cookie, preferred by the browser, else Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return _accepted(request.headers.get("accept-language", "")) or DEFAULT


@dataclass(frozen=True)
class Reader:
    """How a reader of one language is spoken to; templates know it as `reader`, `t` is its `say`."""

    language: str

    def say(self, key: str, **values: object) -> str:
        """A text of pages.toml (or of the area named before a dot)."""
        return text(key if "." in key else f"pages.{key}", self.language, **values)

    def count(self, key: str, n: int, least: bool = False) -> str:
        """A text with a number in it; English has a form for one, `key_one`."""
        whole = key if "." in key else f"pages.{key}"
        one = f"{whole}_one" if n == 1 and f"{whole}_one" in catalogue() else whole
        return self.say(one, n=self.number(n, least))

    def number(self, n: int, least: bool = False) -> str:
        """A number with separators; with a plus if there may be more."""
        return f"{n:,}+" if least else f"{n:,}"

    def chinese(self, simplified: str) -> str:
        """Chinese as this reader writes it."""
        return traditional(simplified) if self.language == "zh-Hant" else simplified

    def _of(self, entry: Any) -> str:
        return str(entry.en) if self.language == "en" else self.chinese(str(entry.zh))

    def name(self, kind: str, code: str) -> str:
        """What a sector, market, country, measure type, language or source is called; else the code."""
        tables: Mapping[str, Mapping[str, Any]] = {
            "sector": taxonomy.sectors(),
            "market": taxonomy.markets(),
            "country": taxonomy.countries(),
            "measure_type": taxonomy.measure_types(),
            "city": taxonomy.cities(),
            "language": taxonomy.languages() if kind == "language" else {},
        }
        if (kind, code) == ("market", "OTHER"):
            return self.say("other_market")
        if kind == "source" and f"sources.{code}" in catalogue():
            return self.say(f"sources.{code}")
        if kind == "source" and code in forms():
            return forms()[code].publisher
        entry = tables.get(kind, {}).get(code)
        return self._of(entry) if entry else self.label(kind, code)

    def label(self, kind: str, code: str) -> str:
        """The text `<kind>_<code>` if there is one, else the code."""
        key = f"pages.{kind}_{code}"
        return text(key, self.language) if key in catalogue() else code

    def document(self, title: str) -> str:
        """What a linked document is called: in the reader's words where ours are plain ones."""
        key = f"exporters.document_{title.lower().replace(' ', '_')}"
        return self.say(key) if key in catalogue() else title

    def headings(self, codes: list[str]) -> list[tuple[str, str]]:
        """HS codes with the name of their heading, where there is one."""
        found = []
        for code in codes:
            one = harmonised.heading(code) if code.isascii() and code.isdigit() else None
            found.append((code, self._of(one) if one else ""))
        return found

    def names(self, kind: str, codes: list[str]) -> str:
        """Several names in a row."""
        return self.say("comma").join(self.name(kind, code) for code in codes)

    def countries(self) -> list[str]:
        """All countries as readers look for them: by letter, in Chinese by sound (the order of GB 18030)."""
        known = taxonomy.countries()
        return sorted(
            known,
            key=lambda code: (
                known[code].en.encode() if self.language == "en" else known[code].zh.encode("gb18030")
            ),
        )

    def size(self, n: int) -> str:
        """A number of bytes."""
        return f"{n:,} B" if n < 1024 else f"{n / 1024:,.0f} KB" if n < 2**20 else f"{n / 2**20:,.1f} MB"

    def day(self, day: dt.date | None) -> str:
        """A calendar day; empty when there is none."""
        if day is None:
            return ""
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if self.language == "en" else day.isoformat()

    def moment(self, moment: dt.datetime | None) -> str:
        """A moment in Beijing time."""
        if moment is None:
            return ""
        local = moment.astimezone(SHANGHAI)
        return f"{self.day(local.date())} {local:%H:%M}"


def address(path: str, values: Mapping[str, Any]) -> str:
    """A path with a query, lists repeated, flags as true and false, nothing for what is not set."""
    pairs = [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in values.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None and one != ""
    ]
    return path + ("?" + urlencode(pairs) if pairs else "")
