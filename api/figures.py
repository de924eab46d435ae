"""Every number and date an analyst writes must stand in the source."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

from database.tables import Notice

# The first letters of the months, in the languages most notifications are written in.
MONTHS = (
    ("jan", "ene", "janv"), ("feb", "fév", "fev"), ("mar", "mär"), ("apr", "abr", "avr"), ("may", "mai"),
    ("jun", "juin"), ("jul", "juil"), ("aug", "ago", "aoû"), ("sep", "set"), ("oct", "out", "okt"), ("nov",),
    ("dec", "dic", "dez", "déc"),
)  # fmt: skip
ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
SLASHED = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
CHINESE = re.compile(r"(?:(\d{4})\s*年\s*)?(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日号])?")
NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})"
)
NAMED_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
NUMBER = re.compile(r"\d+(?:[.,\s'’](?=\d)\d+)*")
TIMES = {"万": 10_000, "亿": 100_000_000}


def _month(name: str) -> int | None:
    found = name.casefold()
    for number, starts in enumerate(MONTHS, 1):
        if found.startswith(starts):
            return number
    return None


def _day(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _days(words: str) -> Iterator[dt.date | None]:
    """The dates of a text, both readings of one that can be read in two ways."""
    for year, month, day in ISO.findall(words):
        yield _day(year, month, day)
    for one, other, year in SLASHED.findall(words):
        yield _day(year, one, other)
        yield _day(year, other, one)
    for year, month, day in CHINESE.findall(words):
        if year and day:
            yield _day(year, month, day)
    for day, name, year in NAMED.findall(words):
        if month := _month(name):
            yield _day(year, month, day)
    for name, day, year in NAMED_FIRST.findall(words):
        if month := _month(name):
            yield _day(year, month, day)


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words)


def _spellings(number: str) -> set[str]:
    """A number as it may be meant: separators of thousands, or of decimals."""
    bare = re.sub(r"\s|['’]", "", number)
    return {bare, re.sub(r"[.,]", "", bare), bare.replace(",", ""), bare.replace(".", "").replace(",", ".")}


class Source:
    """The numbers and dates of a notice."""

    def __init__(self, notice: Notice) -> None:
        facts = [
            notice.title, notice.text, notice.products, notice.objective, notice.agency, *notice.symbols,
            *notice.hs, *notice.ics, notice.comment_deadline_raw, notice.adoption_raw, notice.in_force_raw,
            *(one.get("title", "") for one in notice.links),
        ]  # fmt: skip
        words = _plain("\n".join(facts))
        stated = (notice.published_on, notice.comment_deadline, notice.adoption_on, notice.in_force_on)
        self.days = {day for day in (*stated, *_days(words)) if day is not None}
        self.numbers = {spelling for one in NUMBER.findall(words) for spelling in _spellings(one)}
        self.numbers |= {part for one in NUMBER.findall(words) for part in re.findall(r"\d+", one)}
        self.numbers |= {str(day.year) for day in self.days}

    def has_day(self, year: str, month: str, day: str) -> bool:
        """Whether a date, or the part of one that is given, is one of the source's."""
        return any(
            (not year or one.year == int(year))
            and one.month == int(month)
            and (not day or one.day == int(day))
            for one in self.days
        )

    def has_number(self, number: str, times: str) -> bool:
        """Whether a number stands there, also one written with 万 or 亿."""
        bare = number.replace(",", "")
        if times:
            whole = float(bare) * TIMES[times] if bare.count(".") < 2 else -1.0
            if f"{whole:.0f}" in self.numbers:
                return True
        return bare in self.numbers or (bare.lstrip("0") or "0") in self.numbers


def unverified(words: str, notice: Notice) -> list[str]:
    """The numbers and dates of a text that do not stand in the notice, as written, each once."""
    source, missing = Source(notice), []
    rest = _plain(words)
    for pattern, order in ((ISO, (1, 2, 3)), (CHINESE, (1, 2, 3))):
        for match in pattern.finditer(rest):
            year, month, day = (match[place] or "" for place in order)
            if not source.has_day(year, month, day):
                missing.append(match[0])
        rest = pattern.sub(lambda match: " " * 3, rest)
    missing += [
        match[0].strip()
        for match in re.finditer(rf"({NUMBER.pattern})\s*([万亿]?)", rest)
        if not source.has_number(re.sub(r"\s", "", match[1]), match[2])
    ]
    return list(dict.fromkeys(missing))
