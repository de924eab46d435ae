"""Which foreign markets a record concerns: by member, else by symbol, else by the countries it names."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from classifier.fold import fold, folded
from classifier.records import By, Evidence, Label, MarketLabel, Record
from classifier.terms import script
from config import taxonomy
from database import types

OTHER = "OTHER"
_HOME = "CHN"  # told only where it is itself the member: no foreign market, whoever names it
# Chinese writes no space before it.
_SYMBOL = re.compile(r"(?<![A-Za-z0-9/])G/(?:TBT|SPS)/N/([A-Z]{2,4})(?![A-Z])")
# Standards of Uganda are called "US 1560".
_STANDARD = re.compile(r" (?:\d|EAS\b)")
# Where goods come from is not where the measure holds.
_ORIGIN = re.compile(
    r"(?:\b(?:originat(?:ing|es?)|imported|imports?|importation|consignments?|shipped|coming|origin)\b"
    r"[\w ]{0,40}?\b(?:from|in|of)"
    r"|\b(?:originari|procedente|proveniente|originaire|provenan)\w*\b[\w ]{0,20}?\b(?:del?|d|du|des|da|do)"
    r"|原产于|原产地为|产自|来自|进口自|原產於|產自|來自)['’]?\s*(?:the|la|el|las|los|les)?\s*$",
    re.IGNORECASE,
)
# Codes in old symbols that have changed since.
_FORMER = {"EEC": "EU", "ROM": "ROU", "TPKM": "TWN"}
# Countries that are also things: what must not follow the name.
_THINGS = {
    "turkey": r" (?:meat|egg|poult|breast|carcas|leg|product|feather)",
    "guinea": r" (?:pig|fowl|grass|corn|worm)",
    "jersey": r" (?:fabric|knit|cattle|cow|barrier)",
    "panama": r" (?:hat|disease)",
    "brazil": r" nut",
    "bermuda": r" (?:short|grass)",
    "india": r" (?:ink|rubber)",
    "china": r" (?:clay|bark|grass|root)",
    "cayenne": r" pepper",
}


@dataclass(frozen=True, slots=True)
class _Name:
    code: str
    text: str
    exact: bool  # counts only as written, in capitals
    language: str  # of a name that only texts in this language mean; empty: any


def _places() -> Iterator[_Name]:
    """Every name of a country in every language, and of the bodies whose members notify together."""
    for code, one in taxonomy.countries().items():
        for text in (*one.spellings, one.zh):
            yield _Name(code, text, text.upper() == text != text.lower(), "")
        for language, text in one.names.items():
            yield _Name(code, text, False, language if script(text[0]) == "LATIN" else "")
    for code, body in taxonomy.bodies().items():
        for text in (body.en, body.zh, *body.aliases):
            yield _Name(_body(code), text, text.upper() == text != text.lower(), "")
        if code not in taxonomy.countries():  # the Andean Community is CAN, and so is Canada
            yield _Name(_body(code), code, True, "")


def _body(code: str) -> str:
    """How a body is told from a country of the same code."""
    return f"body {code}"


@lru_cache(maxsize=1)
def _stated() -> Mapping[str, str]:
    """Country or body by everything a publisher may write for a member, folded."""
    found: dict[str, str] = {}
    for code, one in taxonomy.countries().items():
        found[folded(code)] = code
        if one.numeric:
            found[folded(one.eping)] = code
    for name in _places():
        found.setdefault(folded(name.text), name.code)
    return found | {folded(old): code for old, code in _FORMER.items()}


@lru_cache(maxsize=1)
def _spoken() -> tuple[AhoCorasick, list[list[_Name]]]:
    names: dict[str, list[_Name]] = {}
    for name in _places():
        names.setdefault(folded(name.text), []).append(name)
    return AhoCorasick(list(names), matchkind=MatchKind.Standard), list(names.values())


def _whole(text: str, start: int, end: int) -> bool:
    """Whether the part is a whole word; Chinese, Japanese and Thai write none."""
    for inside, outside in ((start, start - 1), (end - 1, end)):
        if 0 <= outside < len(text) and text[outside].isalnum():
            names = {script(text[inside]), script(text[outside])}
            if not names & {"HAN", "KANA", "THAI", "LAO", "KHMER", "MYANMAR"} and not (
                inside == end - 1 and names == {"HANGUL"}
            ):
                return False
    return True


def _means(name: _Name, written: str, after: str, language: str) -> bool:
    """Whether the words mean the country and not an everyday thing."""
    if name.exact:
        standard = len(written) == 2 and _STANDARD.match(after)
        return written == name.text and not after.startswith("$") and not standard
    if name.language and name.language != language:
        return False
    if name.language == "vi" and folded(written, accents=True) != folded(name.text, accents=True):
        return False
    if written[0].islower():  # a turkey, a jersey
        return False
    thing = _THINGS.get(folded(written))
    return not (thing and re.match(thing, after, re.IGNORECASE))


def mentions(field: str, text: str, language: str) -> list[tuple[str, Evidence]]:
    """Countries and bodies a text names, in order; of overlapping names the longest."""
    automaton, names = _spoken()
    one = fold(text)
    found: list[tuple[int, int, str]] = []
    for number, start, end in automaton.find_matches_as_indexes(one.text, overlapping=True):
        span = one.span(start, end) if _whole(one.text, start, end) else None
        if span:
            written, after = text[span[0] : span[1]], text[span[1] : span[1] + 12]
            code = next((n.code for n in names[number] if _means(n, written, after, language)), "")
            if code:
                found.append((span[0], -span[1], code))
    kept: list[tuple[str, Evidence]] = []
    last = 0
    for start, minus_end, code in sorted(found):
        if start >= last:
            last = -minus_end
            kept.append((code, Evidence(field, start, last, text[start:last])))
    return kept


def _by_member(record: Record) -> Iterator[tuple[str, Evidence]]:
    for member in record.members:
        if code := _stated().get(folded(member)):
            yield code, Evidence("member", 0, len(member), member)


def _by_symbol(record: Record) -> Iterator[tuple[str, Evidence]]:
    texts = [("symbol", symbol) for symbol in record.symbols] + [
        ("title", record.title),
        ("text", record.text),
    ]
    for field, text in texts:
        for match in _SYMBOL.finditer(text):
            if code := _stated().get(folded(match[1])):
                yield code, Evidence(field, match.start(), match.end(), match[0])


def _by_name(record: Record, language: str, limit: int) -> list[tuple[str, Evidence]]:
    """Countries in the title, else in products or text. Where goods merely come from does not count."""
    for field, text in record.fields():
        named = (one for one in mentions(field, text[:limit], language) if one[0] != _HOME)
        if found := [one for one in named if not _is_origin(text, one[1].start)]:
            return found
    return []


def _is_origin(text: str, start: int) -> bool:
    return _ORIGIN.search(text[max(0, start - 80) : start]) is not None


def read(record: Record, language: str, *, limit: int = 100_000) -> tuple[list[Label], list[MarketLabel]]:
    """The countries and the markets a record concerns, by membership on the day it was published."""
    by: By = "code"
    found = list(_by_member(record)) or list(_by_symbol(record))
    if not found:
        by, found = "rules", _by_name(record, language, limit)
    day = record.published_on or types.now().date()
    places: dict[str, list[Evidence]] = {}
    for code, evidence in found:
        for country in _members(code, day):
            if (country != _HOME or code == _HOME) and evidence not in places.setdefault(country, []):
                places[country].append(evidence)
    countries = [Label(code, 1.0, by, tuple(spans[:3])) for code, spans in places.items()]
    return countries, _markets(countries, day, by)


@lru_cache(maxsize=1000)
def _members(code: str, day: dt.date) -> tuple[str, ...]:
    """The country itself, or the members of a body on that day."""
    body = taxonomy.bodies().get(code.removeprefix(_body("")))
    return tuple(sorted(body.on(day))) if body and code.startswith(_body("")) else (code,)


@lru_cache(maxsize=1000)
def _on(day: dt.date) -> Mapping[str, frozenset[str]]:
    return {code: market.on(day) for code, market in taxonomy.markets().items()}


def _markets(countries: Iterable[Label], day: dt.date, by: By) -> list[MarketLabel]:
    members: dict[str, list[Label]] = {code: [] for code in (*taxonomy.markets(), OTHER)}
    for country in countries:
        mine = [code for code, market in _on(day).items() if country.code in market]
        for code in mine or [OTHER]:
            members[code].append(country)
    labels = []
    for code, some in members.items():
        if some:
            evidence = dict.fromkeys(span for one in some for span in one.evidence)
            labels.append(MarketLabel(code, tuple(one.code for one in some), by, tuple(evidence)[:6]))
    return labels
