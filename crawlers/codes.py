"""HS and ICS codes, from fields made for them and out of free text."""

import re
from collections.abc import Iterable, Iterator

# 8516 60 101 0 / 8471.30.0100 / 8516 / 851671 / 8516.71.00 / 8516 71 / 85.16 / 85
HS = (
    r"(?:\d{4} \d{2} \d{3} \d|\d{4}\.\d{2}\.\d{4}|\d{4}(?:[. ]\d{2}){1,3}|"
    r"\d{2}\.\d{2}(?:[. ]\d{2}){0,3}|\d{2,10})"
    r"(?![\d%])(?!\.\d)"
)
EX = r"(?:ex\.?\s*)?"
BETWEEN = r"(?:\s*(?:[,;/&+]|\band\b|\bor\b|\bet\b|\bou\b|\by\b|\bи\b)\s*)+"
RANGE = r"\s*(?:-|–|—|\bto\b|\bthrough\b|\bà\b|\ba\b|\bпо\b)\s*"
HS_MARK = (
    r"(?:\bHS\b|\bHTS(?:US)?\b|\bH\.S\.|\bharmoni[sz]ed system\b|\bSH\b|\bSA\b|\bpartidas?\b|"
    r"\bТН ВЭД(?: ЕАЭС| ТС)?\b|\bCN(?= (?:codes?|headings?|numbers?)\b)|\bTARIC\b|\bNCM\b|\bGT[İI]P\b|"
    r"\b(?:tariff|customs) (?:headings?|codes?|lines?|numbers?)\b|海关编码|税号)"
)
# "HS code(s):", "HS Nos.", "HS 2022 headings"; the year is an edition of the system, not a code
HS_TAIL = (
    r"(?:\s*\(?(?:20(?:02|07|12|17|22|28))\)?(?=\s*[:a-z]))?"
    r"(?:\s*(?:tariff|customs|codes?(?:\(s\))?|headings?|chapters?|numbers?|nos?\.?|subheadings?|n°|№))*"
    r"\s*[:：.]?\s*"
)
HS_TEXT = re.compile(HS_MARK + HS_TAIL + f"({EX}{HS}(?:(?:{BETWEEN}|{RANGE}){EX}{HS})*)", re.IGNORECASE)
HS_ITEM = re.compile(f"(?P<first>{HS})(?:{RANGE}(?P<last>{HS}))?", re.IGNORECASE)
HS_FIELD = re.compile(
    rf"(?:^|[;,/\n]|\band\b)\s*{EX}(?P<first>{HS})(?:{RANGE}{EX}(?P<last>{HS}))?", re.IGNORECASE
)
# "ex 9503": a part of a heading; four digits that may be a year need a word for the system
PART = re.compile(rf"\bex\.? ?(?!(?:19|20)\d\d(?![.\d]))(?=\d\d\.?\d\d)(?P<first>{HS})(?P<last>)")
EDITIONS = {"2012", "2017", "2022", "2028"}  # years of the system, and no headings

ICS = r"\d{2}(?:\.\d{3}(?:\.\d{2})?)?(?!\d)(?!\.\d)"
ICS_MARK = r"\bICS\b(?:\s*(?:codes?(?:\(s\))?|numbers?|nos?\.?))*\s*[:：.]?\s*"
ICS_TEXT = re.compile(f"{ICS_MARK}({ICS}(?:{BETWEEN}{ICS})*)", re.IGNORECASE)
ICS_EXACT = re.compile(r"(?<![\d.])\d{2}\.\d{3}\.\d{2}(?![\d.]\d)")
ICS_FIELD = re.compile(rf"(?:^|[;,\n])\s*({ICS})", re.IGNORECASE)
ICS_FIELDS = frozenset(
    f"{number:02}"
    for number in (
        *(1, 3, 7, 11, 13, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 43, 45, 47, 49, 53, 55, 59, 61),
        *(65, 67, 71, 73, 75, 77, 79, 81, 83, 85, 87, 91, 93, 95, 97, 99),
    )
)
WIDEST_RANGE = 60


def _hs(written: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if len(digits) not in (2, 4, 6, 8, 9, 10) or digits[:2] == "00" or digits in EDITIONS:
        return None
    return digits


def _span(first: str, last: str) -> Iterator[str]:
    """The codes from first to last: headings and chapters are counted out, finer codes name only the ends."""
    low, high = int(first), int(last)
    if (
        len(first) == len(last) <= 4
        and 0 < high - low <= WIDEST_RANGE
        and (len(first) == 2 or low // 100 == high // 100)
    ):
        yield from (str(number).zfill(len(first)) for number in range(low, high + 1))
    else:
        yield from (first, last)


def _items(found: Iterable[re.Match[str]]) -> Iterator[str]:
    for match in found:
        first, last = _hs(match["first"]), _hs(match["last"] or "")
        if first and last:
            yield from _span(first, last)
        elif first or last:
            yield first or last or ""


def hs_of_field(words: str) -> set[str]:
    """Codes of a field made for them: "8415.10 - Window units; 8418"."""
    return set(_items(HS_FIELD.finditer(words))) | hs_of_text(words)


def hs_of_text(words: str) -> set[str]:
    """Codes a free text states, each after a word for the system: "HS code(s): 841510, ex 8418"."""
    marked = {code for one in HS_TEXT.finditer(words) for code in _items(HS_ITEM.finditer(one[1]))}
    return marked | set(_items(PART.finditer(HS_TEXT.sub(" ", words))))


def ics_of_field(words: str) -> set[str]:
    """Codes of a field made for them: "23.120 - Ventilators; 97.030"."""
    return {code for code in ICS_FIELD.findall(words) if code[:2] in ICS_FIELDS} | ics_of_text(words)


def ics_of_text(words: str) -> set[str]:
    """Codes a free text states: after "ICS", and those of three groups anywhere after that word."""
    found: set[str] = set()
    for marked in ICS_TEXT.finditer(words):
        found.update(re.findall(ICS, marked[1]))
    if found or re.search(r"\bICS\b", words):
        found.update(ICS_EXACT.findall(words))
    return {code for code in found if code[:2] in ICS_FIELDS}
