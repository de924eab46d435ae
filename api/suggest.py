"""What a maker may mean by what is typed: HS headings with their sector, by product word, name or code."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from api.meaning import meanings
from api.reader import Reader
from config import harmonised
from config.harmonised import Heading
from database.search import fold

MOST = 8
SHORTEST, LONGEST = 2, 60  # letters; a Chinese character may be a word
EXACT, BEGINS, HOLDS, WITHIN, NAMED = range(5)


@dataclass(frozen=True)
class Suggestion:
    """A heading (or a sector alone, then `hs` is empty) in the reader's words."""

    hs: str
    sector: str
    heading: str
    sector_name: str

    @property
    def value(self) -> str:
        """How a form sends it."""
        return f"{self.hs}:{self.sector}"


@lru_cache(maxsize=1)
def _folded() -> tuple[tuple[Heading, tuple[str, ...], str], ...]:
    return tuple(
        (one, tuple(fold(word) for word in one.words), f"{fold(one.zh)} {fold(one.en)}")
        for one in harmonised.headings().values()
    )


def _closeness(asked: str, words: tuple[str, ...], name: str) -> tuple[int, int] | None:
    """How well a heading fits, the best first; None: not at all."""
    found: list[tuple[int, int]] = []
    for word in words:
        if word == asked:
            found.append((EXACT, 0))
        elif word.startswith(asked):
            found.append((BEGINS, len(word)))
        elif len(word) >= SHORTEST and word in asked:
            found.append((HOLDS, -len(word)))
        elif asked in word:
            found.append((WITHIN, len(word)))
    if asked in name:
        found.append((NAMED, len(name)))
    return min(found, default=None)


def _headings(asked: str) -> Iterator[Heading]:
    digits = "".join(c for c in asked if c not in " .")
    if digits.isascii() and digits.isdigit():
        known = harmonised.headings()
        exact = known.get(digits[: harmonised.HEADING])
        yield from [exact] if exact else []
        yield from (one for code, one in known.items() if code.startswith(digits) and one is not exact)
        return
    fits = [
        (how, one.code, one)
        for one, words, name in _folded()
        if (how := _closeness(asked, words, name)) is not None
    ]
    # Of what fits as well, headings before chapters.
    yield from (one for *_, one in sorted(fits, key=lambda fit: (fit[0][0], -len(fit[1]), fit[0][1], fit[1])))


def suggestions(reader: Reader, query: str) -> list[Suggestion]:
    """At most eight; after the headings, sectors that our word lists give and no heading brought."""
    asked = fold(query).strip()
    if not asked or (asked.isascii() and len(asked) < SHORTEST):
        return []
    found: dict[str, Suggestion] = {}
    for one in _headings(asked):
        name = one.en if reader.language == "en" else reader.chinese(one.zh)
        sector = harmonised.sector(one.code)
        found[one.code] = Suggestion(one.code, sector, name, reader.name("sector", sector) if sector else "")
        if len(found) == MOST:
            break
    named = {one.sector for one in found.values()}
    for meaning in meanings(query[:100]):
        if meaning.kind == "sector" and meaning.code not in named and len(found) < MOST:
            name = reader.name("sector", meaning.code)
            found[meaning.code] = Suggestion("", meaning.code, "", name)
    return list(found.values())


def warm() -> None:
    """Read the word lists, so that the first who types or searches need not wait for them."""
    suggestions(Reader("zh"), "玩具")
