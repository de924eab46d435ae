"""A text as the model reads it: letters made alike, and the hashed character n-grams and words in them.

Everything is worked out for a whole text at once: the hash of any stretch of text is the difference of two
sums over its letters, so that words and pairs of words cost no more than three letters do.
"""

import re
import unicodedata
from array import array
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from classifier.fold import Folded

BITS = 19
BUCKETS = 1 << BITS
_SPACED = (3, 4, 5)  # lengths of the n-grams within words
_UNSPACED = (1, 2, 3)  # and in scripts that put no space between words
_RUN, WORD, PAIR = 10, 20, 21  # kinds of what is hashed; an n-gram within words has its length
KINDS = (*_SPACED, *(_RUN + length for length in _UNSPACED), WORD, PAIR)
_LONGEST = 4096  # letters hashed in one go
_FULL = 100  # letters of a text that is more than a phrase

_ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARK = re.compile(f"[{_ACCENTS}]")
_UNIT = re.compile(f"(?s).[{_ACCENTS}]*")


class Grams(NamedTuple):
    """The n-grams and words of a (plain) text: what each hashes to, its kind, and where it stands."""

    keys: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    @property
    def buckets(self) -> NDArray[np.int32]:
        """The first BITS bits of the keys."""
        return bucket(self.keys)


def bucket(keys: NDArray[np.uint32]) -> NDArray[np.int32]:
    """The first BITS bits of each key."""
    return (keys >> np.uint32(32 - BITS)).astype(np.int32)


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


class _Table(dict[str, str]):
    """What each unit of a text is read as, worked out at first sight."""

    def __missing__(self, key: str) -> str:
        unit = key.encode("utf-8", "replace").decode("utf-8")  # half characters are no text
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", unit).casefold())
        if any("\u3400" <= char <= "\U000323af" for char in plain):
            simple = str(_simplifier().convert(plain))
            plain = simple if len(simple) == len(plain) else plain
        plain = " " if plain.isspace() else plain
        if len(self) < 50_000 and len(key) < 8:
            self[key] = plain
        return plain


_TABLE = _Table()


def unspaced(word: str) -> bool:
    """Whether a word is in a script without spaces, in which a letter says more."""
    return any("\u0e00" <= char <= "\u0e7f" or "\u3040" <= char <= "\u9fff" for char in word)


def fullness(text: str) -> float:
    """From 0 for a bare word to 1 for a notice."""
    return float(min(1.0, sum(3 if unspaced(char) else 1 for char in text[:_FULL]) / _FULL) ** 2)


def plain(text: str) -> Folded:
    """The text in small letters, composed, in simplified characters, with single spaces."""
    units: array[int] | None = None
    parts: list[str] | str = text
    if _MARK.search(text):
        parts = _UNIT.findall(text)
        units = array("L", accumulate(map(len, parts)))
    pieces = []
    blank = True
    for part in parts:
        piece = _TABLE[part]
        if piece == " " and blank:
            piece = ""
        elif piece:
            blank = piece == " "
        pieces.append(piece)
    return Folded(units, pieces)


def _powers(base: int) -> NDArray[np.uint64]:
    every = np.full(_LONGEST + 1, base, np.uint64)
    every[0] = 1
    return np.multiply.accumulate(every)


_BASE = 0x9E3779B97F4A7C15
_POWERS, _INVERSES = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))
_MIX = np.uint64(0xBF58476D1CE4E5B9)


def _unspaced(code: int) -> bool:
    ranges = ((0x0E00, 0x0E7F), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF))
    return any(low <= code <= high for low, high in ranges)


@lru_cache(maxsize=1)
def _kinds() -> NDArray[np.uint8]:
    """Of every character: 0 for what separates, 1 for letters of words, 2 for letters without spaces."""
    kinds = np.zeros(0x10000, np.uint8)
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000 and unicodedata.category(chr(code))[0] in "LMN":
            kinds[code] = 2 if _unspaced(code) else 1
    return kinds


class _Letters:
    """The letters of a text between single separators, with sums that give the hash of any stretch."""

    def __init__(self, text: str) -> None:
        codes = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), np.uint32)
        kinds = _kinds()[np.minimum(codes, 0xFFFF)]
        gap = kinds == 0
        kept = np.flatnonzero(~(gap & np.concatenate(([False], gap[:-1]))))
        self.places = (kept - 1).astype(np.int32)  # where each stood in the text
        self.kinds = kinds[kept]
        self.size = len(kept)
        letters = np.where(gap, np.uint32(32), codes)[kept].astype(np.uint64) + np.uint64(7)
        self._sums = np.concatenate(
            (np.zeros(1, np.uint64), np.cumsum(letters * _POWERS[: self.size], dtype=np.uint64))
        )
        self.gaps = np.concatenate(([0], np.cumsum(self.kinds == 0)))
        self.whole = np.concatenate(([0], np.cumsum(self.kinds == 2)))

    def hashes(self, starts: NDArray[np.intp], ends: NDArray[np.intp], salt: int) -> NDArray[np.uint32]:
        mixed = (self._sums[ends] - self._sums[starts]) * _INVERSES[starts] + np.uint64(salt * 1_000_003)
        mixed = mixed * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(_BASE)
        return (mixed >> np.uint64(32)).astype(np.uint32)

    def within_words(self, length: int) -> NDArray[np.intp]:
        """Starts of the n-grams that cross no gap (one may stand at either end)."""
        start = np.arange(self.size - length + 1)
        end = start + length
        inner = self.gaps[end - 1] == self.gaps[start + 1]
        letters = self.gaps[end] - self.gaps[start] < length - 1
        found: NDArray[np.intp] = start[inner & letters & (self.whole[end] == self.whole[start])]
        return found

    def within_runs(self, length: int) -> NDArray[np.intp]:
        """Starts of the n-grams that lie in a run of letters without spaces."""
        start = np.arange(self.size - length + 1)
        found: NDArray[np.intp] = start[self.whole[start + length] - self.whole[start] == length]
        return found


def grams(text: str) -> Grams:
    """All n-grams, words and pairs of words of a plain text, of its first 4,000 letters."""
    letters = _Letters(text[: _LONGEST - 2])
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], int]] = []
    for length in _SPACED:
        if letters.size >= length:
            start = letters.within_words(length)
            found.append((start, start + length, length))
    for length in _UNSPACED:
        if letters.size >= length:
            start = letters.within_runs(length)
            found.append((start, start + length, _RUN + length))
    gaps = np.flatnonzero(letters.kinds == 0)
    start, end = gaps[:-1] + 1, gaps[1:]
    start, end = start[end > start], end[end > start]
    found += [(start, end, WORD), (start[:-1], end[1:], PAIR)]
    places = letters.places
    return Grams(
        np.concatenate([letters.hashes(first, last, kind) for first, last, kind in found]),
        np.concatenate([np.full(len(first), kind, np.uint8) for first, _, kind in found]),
        np.concatenate([np.maximum(places[first], 0) for first, _, _ in found]),
        np.concatenate([places[last - 1] + 1 for _, last, _ in found]),
    )
