"""Fold a text so that spellings of one word are equal, and find the way back to the original text.

Compatibility forms, case, accents, Arabic vowel signs, hyphens and spaces, apostrophes and traditional
Chinese characters all fold away. Whatever is found in the folded text has an exact span in the original.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

from opencc import OpenCC

# Marks that fold away: accents, Hebrew points, Arabic vowel signs. The vowels of Indic and Thai words stay.
_ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_POINTS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640"  # Arabic
)
# Joiners, direction marks, soft hyphen, variation selectors, byte order mark: nobody sees them.
_HIDDEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
_DROPPED = re.compile(f"[{_POINTS}{_HIDDEN}]")
_MARKS = re.compile(f"[{_ACCENTS}]")
_UNIT = re.compile(f"(?s).[{_ACCENTS}]*")
_SPACES = re.compile("  ")

# Letters that decomposition leaves apart though readers take them for one.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒-/_", " "),
        **dict.fromkeys("’‘ʼʻ`´ʹ′", "'"),
        "ı": "i",
        "ø": "o",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ک": "ك",
        "ہ": "ه",
        "ھ": "ه",
        "ۀ": "ه",
        "ے": "ي",
        "ٱ": "ا",
    }
)


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def _simplified(char: str) -> str:
    if not "\u3400" <= char <= "\U000323af":
        return char
    simple = str(_simplifier().convert(char))
    return simple if len(simple) == 1 else char


class _Table(dict[str, str]):
    """What each unit of a text folds to, worked out at first sight."""

    def __init__(self, accents: bool) -> None:
        super().__init__()
        self.accents = accents

    def __missing__(self, unit: str) -> str:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", unit).casefold())
        folded = _DROPPED.sub("", folded)
        if not self.accents:
            folded = _MARKS.sub("", folded)
        folded = "".join(" " if c.isspace() or not c.isprintable() else _simplified(c) for c in folded)
        folded = folded.translate(_ALIKE)
        if len(self) < 50_000 and len(unit) < 8:
            self[unit] = folded
        return folded


_PLAIN, _ACCENTED = _Table(accents=False), _Table(accents=True)


class Folded:
    """A folded text that knows where each part of it stood."""

    __slots__ = ("_ends", "_pieces", "_units", "text")

    def __init__(self, units: "array[int] | None", pieces: list[str]) -> None:
        self.text = "".join(pieces)
        self._units = units  # end of each unit in the original; None: each is one character
        self._pieces = pieces
        self._ends = array("L", accumulate(map(len, pieces)))

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The original span of a part of the folded text; None if it begins or ends inside a character.

        What folded away right after the part belongs to it.
        """
        if start >= end:
            return None
        first, last = bisect_right(self._ends, start), bisect_left(self._ends, end)
        if (self._ends[first - 1] if first else 0) != start or self._ends[last] != end:
            return None
        while last + 1 < len(self._pieces) and not self._pieces[last + 1]:
            last += 1
        if self._units is None:
            return first, last + 1
        return (self._units[first - 1] if first else 0), self._units[last]

    def without(self, endings: re.Pattern[str]) -> "Folded":
        """The same text with every match of the pattern folded away too."""
        pieces = list(self._pieces)
        for match in endings.finditer(self.text):
            first, last = bisect_right(self._ends, match.start()), bisect_left(self._ends, match.end())
            if match.end() > match.start():
                pieces[first : last + 1] = [""] * (last + 1 - first)
        return Folded(self._units, pieces)


def fold(text: str, *, accents: bool = False) -> Folded:
    """The text folded; with `accents` they are kept, in one order (Vietnamese tells words apart by them)."""
    table = _ACCENTED if accents else _PLAIN
    units: array[int] | None = None
    parts: list[str] | str = text
    if _MARKS.search(text):
        parts = _UNIT.findall(text)
        units = array("L", accumulate(map(len, parts)))
    pieces = [table[part] for part in parts]
    if _SPACES.search("".join(pieces)):
        blank = True
        for number, piece in enumerate(pieces):
            if piece == " " and blank:
                pieces[number] = ""
            if piece:
                blank = piece == " "
    return Folded(units, pieces)


def folded(text: str, *, accents: bool = False) -> str:
    """Only the folded text, without spaces at its ends: the key of a word."""
    return fold(text, accents=accents).text.strip()
