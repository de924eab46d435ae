"""The days publishers write, in every form these sources use, and rules for a day that is not yet known.

What is no date is None and stays as written; what has the shape of a date and is none is an error.
"""

import datetime as dt
import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from config.taxonomy import languages
from crawlers.errors import UnreadableRecord

FIRST, LAST = 1980, 2150  # years a publisher of this age can mean
BUDDHIST = 543
HIJRI = range(1300, 1500)
# ISO; an English or Italian feed that means RFC 822; day and month by number; by name; East Asian; undivided
ISO = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T ]\d{1,2}:\d\d[\d:.]*)?"
NUMBERS = r"(?P<a>\d{1,2})\s?[./-]\s?(?P<b>\d{1,2})\s?[./-]\s?(?P<y>\d{4})(?:,? \d{1,2}:\d\d[\d:]*)?"
# the signs of Thai vowels are no letters to a regular expression; names of two words are Arabic
NAME = r"(?P<name>[^\W\d_][^\d\s,]*(?: [^\W\d_][^\d\s,]*)??)"
NAMED = (
    r"[«„“\"]?(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª)?[»“”\"]?[. ]\s?(?:de |d[’'] ?)?"
    + NAME
    + r"[.,]? (?:de |del |พ\.ศ\. ?)?(?P<y>\d{4})"
)
MONTH_FIRST = r"(?P<name>[^\W\d_]+)\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?, ?(?P<y>\d{4})"
YEAR_FIRST = r"(?P<y>\d{4}) жыл(?:ғы|дың) (?P<d>\d{1,2}) (?P<name>[^\W\d_]+)"
VIETNAMESE = r"(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}),? năm (?P<y>\d{4})"
EAST_ASIAN = r"(?P<y>\d{4}) ?[年년] ?(?P<m>\d{1,2}) ?[月월] ?(?P<d>\d{1,2}) ?[日일号]?"
UNDIVIDED = r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)"
SHAPES = tuple(
    re.compile(rf"(?<![\w/.-]){shape}(?![\d/-])", re.IGNORECASE)
    for shape in (ISO, NUMBERS, VIETNAMESE, EAST_ASIAN, YEAR_FIRST, NAMED, MONTH_FIRST, UNDIVIDED)
)
# words that may stand around a date without changing what it says
AROUND = re.compile(
    r"^(?:(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|gio|ven|sab|dom)[a-z]*[.,]?|(?:on|from|le|el|il|am|od)\b|"
    r"от\b|с\b|ngày\b|tanggal\b|pada\b|วันที่|พ\.ศ\.|في\b|\s|[:,])+",
    re.IGNORECASE,
)
AFTER = re.compile(
    r"^(?:г(?:\.|ода?\b)|жыл\b|ж\.|م\b|gmt|utc|z|a\.?d\.?|b\.?e\.?|\+\d{4}|[+-]\d\d:\d\d|\d{1,2}:\d\d(?::\d\d)?|tarihinde"
    r"|\s|[.,])+$",
    re.IGNORECASE,
)
HIJRI_NAMED = re.compile(r"\d{1,2} [^\d،,()]{3,24}? (?P<y>1[34]\d\d)(?!\d)")  # 20 ربيع الأول 1448
HIJRI_MARK = re.compile(r"^\s*(?:هـ|ه\b|AH\b|A\.H\.|H\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A date in a text, and where it stands."""

    day: dt.date
    start: int
    end: int


def _digits(words: str) -> str:
    """The same with the digits of every script as 0 to 9, and spaces as spaces; as long as before."""
    return "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else " " if c.isspace() else c
        for c in words
    )


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Names of months in every language we have; those that mean two months are left out."""
    found: dict[str, int] = {}
    clashing: set[str] = set()
    for language in languages().values():
        for number, names in enumerate(language.months, 1):
            for name in names:
                spelled = _spelled(name)
                if spelled and found.setdefault(spelled, number) != number:
                    clashing.add(spelled)
    return {name: number for name, number in found.items() if name not in clashing}


def _spelled(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    # accents go, the vowel signs of Thai and its kind stay
    kept = (
        c for c in folded if c == " " or c.isalpha() or (c >= "\u0900" and unicodedata.category(c)[0] == "M")
    )
    return " ".join("".join(kept).split())


def _month(name: str) -> int:
    return _months().get(_spelled(name), 0)


def _year(written: str) -> int:
    year = int(written)
    return year - BUDDHIST if FIRST <= year - BUDDHIST <= LAST else year


def _parts(match: re.Match[str], order: str) -> tuple[int, int, int] | None:
    """Year, month and day; None for words between figures that name no month."""
    groups = match.groupdict()
    if groups.get("name") is not None:
        month = _month(groups["name"])
        return (_year(groups["y"]), month, int(groups["d"])) if month else None
    if groups.get("a") is not None:
        number, month = int(groups["a"]), int(groups["b"])
        if order == "mdy":
            number, month = month, number
        return _year(groups["y"]), month, number
    return _year(groups["y"]), int(groups["m"]), int(groups["d"])


def _candidates(words: str, order: str) -> Iterator[tuple[int, int, tuple[int, int, int]]]:
    """Start, end and parts of what has the shape of a date, from left to right, none over another."""
    matches = sorted(
        (m for shape in SHAPES for m in shape.finditer(words)), key=lambda m: (m.start(), -m.end())
    )
    end = 0
    for match in matches:
        if match.start() < end:
            continue
        parts = _parts(match, order)
        if parts is None or parts[0] == 1:
            continue  # "0001-01-01" is how .NET writes that there is no date
        end = match.end()
        if parts[0] in HIJRI or HIJRI_MARK.match(words[end:]):
            continue  # counts years from another beginning; the Gregorian date stands beside it
        yield match.start(), end, parts


def _made(parts: tuple[int, int, int], written: str) -> dt.date:
    try:
        made = dt.date(*parts)
    except ValueError as error:
        raise UnreadableRecord(f"{written!r} is no date ({error})") from error
    if not FIRST <= made.year <= LAST:
        raise UnreadableRecord(f"{written!r} is no likely date")
    return made


def day(written: str | None, order: str = "dmy") -> dt.date | None:
    """The one day that a field states; None for words that are no date, or say more than a date.

    `order` is the source's, for 02/06/2026. Raises UnreadableRecord for a date that cannot be.
    """
    text = " ".join(_digits(written or "").split())
    found = list(_candidates(text, order))
    if len(found) != 1 or not text:
        return None
    (start, end, parts) = found[0]
    before, after = _without_hijri(text[:start]), _without_hijri(text[end:])
    if AROUND.sub("", before) or AFTER.sub("", after):
        return None
    return _made(parts, written or "")


def _without_hijri(words: str) -> str:
    """What stands beside a date, less the same date by the Hijri calendar."""
    for shape in (*SHAPES[:2], HIJRI_NAMED):
        for match in list(shape.finditer(words)):
            if int(match["y"]) in HIJRI:
                words = words.replace(match[0], " ")
    return re.sub(r"هـ|\bه\b|الموافق(?: لـ?)?|\bAH\b|\bH\b|\bcorresponding to\b|[()/–-]", " ", words)


def find(words: str, order: str = "dmy") -> list[Found]:
    """Every date that stands in a running text; what only looks like one is passed over."""
    text = _digits(words)
    found = []
    for start, end, parts in _candidates(text, order):
        try:
            found.append(Found(_made(parts, words[start:end]), start, end))
        except UnreadableRecord:
            continue
    return found


@dataclass(frozen=True)
class Rule:
    """A day told by another one: "six months after publication"."""

    count: int
    unit: str  # day, month or year
    after: str  # publication or adoption

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'} after {self.after}"

    @classmethod
    def of(cls, words: str) -> "Rule | None":
        """The rule that was written as `str(rule)`."""
        match = re.fullmatch(r"(\d+) (day|month|year)s? after (publication|adoption)", words)
        return cls(int(match[1]), match[2], match[3]) if match else None

    def on(self, start: dt.date) -> dt.date:
        """The day it means, counted from that one; the last of a month that is too short."""
        if self.unit == "day":
            return start + dt.timedelta(days=self.count)
        months = start.month - 1 + self.count * (12 if self.unit == "year" else 1)
        year, month = start.year + months // 12, months % 12 + 1
        return dt.date(year, month, min(start.day, monthrange(year, month)[1]))


NUMBER_WORDS = {
    **dict.fromkeys(("one", "un", "une", "uno", "una", "first"), 1),
    **dict.fromkeys(("two", "deux", "dos", "hai", "iki"), 2),
    **dict.fromkeys(("three", "trois", "tres", "ba", "üç", "third"), 3),
    **dict.fromkeys(("four", "quatre", "cuatro"), 4),
    **dict.fromkeys(("five", "cinq", "cinco"), 5),
    **dict.fromkeys(("six", "seis", "sáu", "altı", "шести", "ستة"), 6),
    **dict.fromkeys(("nine", "neuf", "nueve"), 9),
    **dict.fromkeys(("ten", "dix", "diez", "десяти"), 10),
    **dict.fromkeys(("twelve", "douze", "doce"), 12),
    **dict.fromkeys(("eighteen", "dix-huit", "dieciocho"), 18),
    **dict.fromkeys(("twenty", "vingt", "veinte", "twentieth", "vingtième", "vigésimo"), 20),
    **dict.fromkeys(("thirty", "trente", "treinta", "thirtieth"), 30),
    **dict.fromkeys(("sixty", "soixante", "sesenta"), 60),
    **dict.fromkeys(("ninety", "noventa"), 90),
}
UNITS = {
    "day": (
        r"(?:calendar |clear )?days?\b|jours?\b|días?\b|(?:календарн\w+ )?(?:дн[ея]й?|дней)\b|күн|ngày|gün|"
        r"hari\b|يوم\w*|日"
    ),
    "month": r"months?\b|mois\b|meses\b|mes\b|месяц\w*|ай\b|tháng|ay\b|bulan\b|شهر\w*|أشهر|个月",
    "year": r"years?\b|ans?\b|années?\b|años?\b|год\w*|лет\b|năm|yıl|tahun\b|سن\w+|年",
}
NUMBER = (
    r"(?:(?<!\d)(?P<figure>\d{1,3})|(?<!\w)(?P<word>"
    + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
    + r"))(?:st|nd|rd|th)?(?: ?\([^)]{1,30}\))?"
)
SPAN = re.compile(
    rf"{NUMBER}[\s-]{{0,2}}(?:{'|'.join(f'(?P<{name}>{unit})' for name, unit in UNITS.items())})",
    re.IGNORECASE,
)
SINCE = re.compile(
    r"\bafter\b|\bfollowing\b|\bfrom\b|\bsince\b|\bof (?:its )?publication|après|à compter|después|desde|"
    r"a partir|contad|с даты|со дня|после|кейін|kể từ|sau\b|sonra|itibaren|setelah|sejak|terhitung|"
    r"من تاريخ|بعد|之后|之日起|后",
    re.IGNORECASE,
)
EVENTS = {
    "publication": re.compile(
        r"publi(?:cation|shed|cación|ée?)|gazett|official journal|опубликован|жариялан|công bố|"
        r"đăng công báo|yayım|"
        r"diundangkan|pengundangan|نشر|公布|发布",
        re.IGNORECASE,
    ),
    "adoption": re.compile(
        r"adopt|approv|signature|signing|принят|подписан|ban hành|ngày ký|ditetapkan|"
        r"اعتماد|إقرار|批准|通过",
        re.IGNORECASE,
    ),
}
AT_ONCE = re.compile(
    r"\b(?:on|upon|from) (?:the (?:day|date) of )?(?:its |their )?(?:publication|adoption|signature)\b|"
    r"со дня (?:его |её )?официального опубликования|kể từ ngày ký|yayımı tarihinde|pada tanggal diundangkan|"
    r"من تاريخ نشره",
    re.IGNORECASE,
)


def rule(words: str | None) -> Rule | None:
    """The rule that a field states; None where it states none, or more than one."""
    text = " ".join(_digits(words or "").split())
    events = [name for name, pattern in EVENTS.items() if pattern.search(text)]
    spans = list(SPAN.finditer(text))
    if len(events) != 1 or len(spans) > 1:
        return None
    if not spans:
        return Rule(0, "day", events[0]) if AT_ONCE.search(text) else None
    if not SINCE.search(text):
        return None
    figure, word = spans[0]["figure"], spans[0]["word"]
    count = int(figure) if figure else NUMBER_WORDS[word.casefold()]
    unit = next(name for name in UNITS if spans[0][name] is not None)
    return Rule(count, unit, events[0])
