"""Find the terms of our lists in a text, in its languages, each with its exact place.

A text is searched with the lists of its own language, of English for Latin letters and of the chief
language of every other script in it: an Indonesian "air" (water) is no air conditioner in an English text.
Words stand alone where a script has spaces; phrases of `ignore` swallow the terms inside them.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ahocorasick_rs import AhoCorasick, MatchKind

from classifier.fold import Folded, fold
from classifier.stems import affixes
from config import taxonomy

Kind = Literal["sector", "measure_type"]

# Languages that tell words apart by accents.
_ACCENTED = frozenset({"vi"})
# Of several languages in one script, the one whose terms count whatever the language of the text.
_CHIEF = {"LATIN": "en", "HAN": "zh", "CYRILLIC": "ru", "ARABIC": "ar", "DEVANAGARI": "hi"}
# Scripts written without spaces, or (Hangul) with particles that cling to the word.
_UNSPACED = frozenset({"HAN", "KANA", "THAI", "LAO", "KHMER", "MYANMAR", "HANGUL"})
_NAMES = {
    **dict.fromkeys(("CJK",), "HAN"),
    **dict.fromkeys(("HIRAGANA", "KATAKANA"), "KANA"),
}
_PLURAL = ("s", "es")


@dataclass(frozen=True, slots=True)
class Match:
    """A term in a text: whose it is, where it stands in the original, and what it folded to."""

    code: str
    start: int
    end: int
    term: str
    language: str


@lru_cache(maxsize=50_000)
def script(char: str) -> str:
    """The script of a letter, such as LATIN or HAN; empty for anything else."""
    if not unicodedata.category(char).startswith(("L", "M")):
        return ""
    name = unicodedata.name(char, "").replace("-", " ").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    first = name.partition(" ")[0]
    return _NAMES.get(first, first)


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    found: Counter[str] = Counter()
    for char, count in Counter(text).items():
        if name := script(char):
            found[name] += count
    return found


@lru_cache(maxsize=128)
def _spaced(char: str) -> bool:
    return char.isdigit() or (bool(script(char)) and script(char) not in _UNSPACED)


@lru_cache(maxsize=1)
def _by_script() -> Mapping[str, tuple[str, ...]]:
    """Languages of each script, told from their own words; a language of two scripts stands under both."""
    found: dict[str, list[str]] = {}
    for code, language in taxonomy.languages().items():
        letters = scripts("".join(term for terms in language.terms.values() for term in terms))
        total = letters.total()
        for name, count in letters.items():
            if count > total / 10:
                found.setdefault(name, []).append(code)
    return {name: tuple(codes) for name, codes in found.items()}


def languages_in(text: str, likely: Iterable[str]) -> list[str]:
    """Languages whose terms count in a text, the likely ones first."""
    wanted = list(likely)
    present = scripts(text)
    found: dict[str, None] = {}
    for name, codes in _by_script().items():
        if not present[name]:
            continue
        mine = [code for code in wanted if code in codes]
        chief = _CHIEF.get(name, codes[0])
        if name in ("LATIN", "HAN") or not mine:
            mine += [chief if chief in codes else codes[0]]
        found.update(dict.fromkeys(mine))
    return sorted(found, key=lambda code: wanted.index(code) if code in wanted else len(wanted))


class Matcher:
    """The terms of one language."""

    def __init__(self, language: str, terms: Mapping[str, Iterable[str]], ignore: Iterable[str]) -> None:
        self.language = language
        self._owners: dict[str, str] = {}
        for code, words in [*terms.items(), ("", ignore)]:
            for word in words:
                if key := self.fold(word).text.strip():
                    self._owners.setdefault(key, code)
                    if language == "en" and re.search("[^aeiou]y$", key):
                        self._owners.setdefault(key[:-1] + "ies", code)
        self._keys = list(self._owners)
        self._automaton = AhoCorasick(self._keys, matchkind=MatchKind.Standard)

    def entries(self) -> Iterator[tuple[str, str]]:
        """Every term as (sector or measure type, what it folds to)."""
        return ((code, key) for key, code in self._owners.items() if code)

    def fold(self, text: str) -> Folded:
        """A text as this language compares it."""
        plain = fold(text, accents=self.language in _ACCENTED)
        pattern = affixes(self.language)
        return plain.without(pattern) if pattern else plain

    def find(self, text: Folded) -> list[Match]:
        """Every term that stands in the text, overlapping ones too; those of `ignore` have no code."""
        found = []
        for number, start, end in self._automaton.find_matches_as_indexes(text.text, overlapping=True):
            end = _word_end(text.text, start, end)
            if end and (span := text.span(start, end)):
                key = self._keys[number]
                found.append(Match(self._owners[key], *span, key, self.language))
        return found


def _word_end(text: str, start: int, end: int) -> int:
    """Where the word ends in which a term ends, a plain plural included; 0: the term is no whole word."""
    if start and _spaced(text[start]) and _spaced(text[start - 1]):
        return 0
    if not _spaced(text[end - 1]):
        return end
    for ending in ("", *_PLURAL):
        after = end + len(ending)
        if text.startswith(ending, end) and (after >= len(text) or not _spaced(text[after])):
            return after
    return 0


@lru_cache(maxsize=256)
def matcher(kind: Kind, language: str) -> Matcher:
    """The terms of a language for sectors (with the sectors' names) or measure types, built at first use."""
    known = taxonomy.languages()[language]
    if kind == "measure_type":
        return Matcher(language, known.measure_types, ())
    names = {code: getattr(sector, language, "") for code, sector in taxonomy.sectors().items()}
    terms = {code: (*words, names[code]) for code, words in known.terms.items()}
    return Matcher(language, terms, known.ignore)


def find(kind: Kind, text: str, languages: Iterable[str]) -> list[Match]:
    """Terms in a text, none inside another: the first and longest holds, then that of the first language."""
    folded: dict[tuple[bool, str], Folded] = {}
    every: list[tuple[int, int, int, Match]] = []
    for rank, language in enumerate(languages):
        one = matcher(kind, language)
        pattern = affixes(language)
        way = (language in _ACCENTED, pattern.pattern if pattern else "")
        if way not in folded:
            folded[way] = one.fold(text)
        every += [(match.start, -match.end, rank, match) for match in one.find(folded[way])]
    kept: list[Match] = []
    for *_, match in sorted(every, key=lambda row: row[:3]):
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return [match for match in kept if match.code]
