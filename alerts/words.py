"""Finding a reader's words in a publisher's text, with the places where they stand.

Text is folded character by character as for search (width, case, accents, Traditional Chinese), so that every
folded character knows the place it came from.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from database.search import UNSPACED, fold

_UNSPACED = UNSPACED.pattern[1:-2]  # without brackets and plus
# A word character of a script with spaces: where one stands, a word goes on.
_BEFORE, _AFTER = rf"(?<![^\W_{_UNSPACED}])", rf"(?![^\W_{_UNSPACED}])"


@lru_cache(maxsize=65_536)
def _fold_one(character: str) -> str:
    return fold(character)


class _Folding(dict[int, str]):
    """Each character's folded form, as `str.translate` asks for it."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold_one(chr(code))
        return self[code]


_FOLDING = _Folding()


def folded(text: str) -> str:
    """The text as it is compared."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


@dataclass(frozen=True)
class Passage:
    """One field of a notice to look for words in."""

    field: str
    text: str

    @cached_property
    def folded(self) -> str:
        """The text as it is compared."""
        return folded(self.text)

    @cached_property
    def _ends(self) -> Sequence[int]:
        """Where in the folded text each character of the text ends."""
        return array("L", accumulate(len(_FOLDING[ord(one)]) for one in self.text))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the text that a stretch of the folded text came from."""
        if self.text.isascii():
            return start, end
        return bisect_right(self._ends, start), bisect_left(self._ends, end) + 1


@lru_cache(maxsize=65_536)
def _pattern(word: str) -> tuple[str, re.Pattern[str]]:
    parts = folded(word).split()
    joined = r"\s+".join(map(re.escape, parts))
    before = "" if UNSPACED.match(parts[0]) else _BEFORE
    after = "" if UNSPACED.match(parts[-1][-1]) else _AFTER
    plural = "(?:e?s)?" if re.match("[a-z]", parts[-1][-1]) and len(parts[-1]) > 2 else ""
    return parts[0], re.compile(before + joined + plural + after)


def find(word: str, passage: Passage) -> tuple[int, int] | None:
    """Where a word or phrase first stands: whole words (or their English plural), Chinese anywhere."""
    first, pattern = _pattern(word)
    if first not in passage.folded:
        return None
    found = pattern.search(passage.folded)
    return passage.place(found.start(), found.end()) if found else None


_WORD = re.compile(rf"[^\W_{_UNSPACED}]")


@lru_cache(maxsize=65_536)
def _goes_on(character: str) -> bool:
    return _WORD.match(character) is not None


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word as many words at once are looked for: its folded text, and what may stand around it.

    Found in `together(passage)` where `stands` says so, exactly when `find` finds the word.
    """

    text: str
    starts: bool
    ends: bool
    plural: bool

    def stands(self, where: str, start: int, end: int) -> bool:
        """Whether the text that stands there is the whole word (or its English plural)."""
        if self.starts and start and _goes_on(where[start - 1]):
            return False
        if not self.ends or end == len(where) or not _goes_on(where[end]):
            return True
        if not self.plural:
            return False
        end += 2 if where.startswith("es", end) else 1 if where[end] == "s" else 0
        return where[end - 1] == "s" and (end == len(where) or not _goes_on(where[end]))


@lru_cache(maxsize=65_536)
def spelling(word: str) -> Spelling:
    """How a word is looked for."""
    text = " ".join(folded(word).split())
    return Spelling(
        text,
        not UNSPACED.match(text),
        not UNSPACED.match(text[-1]),
        bool(re.match("[a-z]", text[-1])) and len(text.rpartition(" ")[2]) > 2,
    )


def together(passage: Passage) -> str:
    """The folded text of a passage with one space between words."""
    return " ".join(passage.folded.split())
