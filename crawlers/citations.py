"""The laws a text cites by number, each spelled one way: "CELEX 32009L0048", "16 CFR 1303".

Which enforcement cases rest on which rule: only a stated number answers that, never a likeness.
"""

import re
from collections.abc import Iterable

from crawlers.codes import BETWEEN

UNION = re.compile(
    r"\b(?P<kind>Regulation|Directive|Decision)s?(?: of the [A-Z]\w+(?: [A-Z]\w+)*)?"
    r"(?: \((?:EU|EC|EEC|Euratom)(?:, ?Euratom)?\))? ?(?P<no>N[o°º]\.? ?)?"
    r"(?P<first>\d{1,4})/(?P<second>\d{1,4})(?:/(?:EU|EC|EEC|Euratom))?(?![\d/])",
    re.IGNORECASE,
)
LETTERS = {"regulation": "R", "directive": "L", "decision": "D"}
CFR = re.compile(
    r"\b(?P<title>\d{1,2}) ?C\.?F\.?R\.?,? ?(?:parts?|sections?|§+|sec\.)? ?"
    rf"(?P<parts>\d{{1,4}}(?:\.\d+)?(?:{BETWEEN}\d{{3,4}}(?:\.\d+)?(?! ?C\.?F))*)(?![\d/])",
    re.IGNORECASE,
)
MOST = 100


def _year(written: str) -> int:
    """The year, of two digits in the last century; 0 for what can be none."""
    year = int(written) + 1900 if len(written) == 2 else int(written)
    return year if 1950 <= year <= 2100 else 0


def _celex(match: re.Match[str]) -> str:
    first, second = match["first"], match["second"]
    # "No 1907/2006" names the number first; so did regulations before 2015; directives always the year
    by_number = bool(match["no"]) or not _year(first)
    year, number = (second, first) if by_number else (first, second)
    if not _year(year) or not 0 < int(number) <= 9999:
        return ""
    return f"CELEX 3{_year(year)}{LETTERS[match['kind'].casefold()]}{int(number):04}"


def acts(words: str) -> list[str]:
    """The acts of the EU and the parts of the US Code of Federal Regulations that a text cites, in order."""
    text = " ".join(words.replace("\u00a0", " ").split())
    found = {match.start(): [_celex(match)] for match in UNION.finditer(text)}
    for match in CFR.finditer(text):
        parts = re.findall(r"(?<![.\d])\d{1,4}", match["parts"])
        found[match.start()] = [f"{int(match['title'])} CFR {int(part)}" for part in parts]
    named = [name for place in sorted(found) for name in found[place] if name]
    return list(dict.fromkeys(named))[:MOST]


def undated(standards: Iterable[str]) -> list[str]:
    """Standards without their edition: "EN 71-1:2014+A1:2018" is cited as "EN 71-1", too."""
    found = (re.sub(r"\+.*|[:–-](?:19|20)\d\d\b.*", "", one).strip() for one in standards)
    # ASTM writes its year with two digits: F963-17
    return list(dict.fromkeys(re.sub(r"^(ASTM \w+)-\d\d[a-z]?$", r"\1", one) for one in found))
