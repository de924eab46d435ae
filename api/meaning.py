"""What the words of a query mean, as far as our lists are sure: a product's sector, a measure, a country, HS.

A notice in another language has none of a reader's words in it, yet it was tagged with what they mean. Each
word asks for itself or for its meaning; of a Chinese word of several parts the last part is the product.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

from config import taxonomy
from database.search import fold, runs

FIRST = ("zh", "en")  # the readers' languages: a word of theirs means what it means there
SHORTEST, LONGEST_PHRASE = 2, 5  # characters, words
MOST_OF_A_WORD = 2  # a word listed under more sectors than so many tells nothing
HS_DIGITS = (4, 6, 8, 10)
PRODUCT = "sector"


@dataclass(frozen=True)
class Meaning:
    """A tag, or the beginning of an HS code, for which a word stands."""

    kind: str
    code: str


@dataclass(frozen=True)
class Part:
    """Words of a query, and what they mean together; without a meaning they ask for themselves alone."""

    words: str
    groups: tuple[tuple[Meaning, ...], ...] = ()  # all of these, of each any


Lists = Mapping[str, frozenset[Meaning]]
_reading = Lock()


def _keys(terms: Iterable[str]) -> list[str]:
    """Terms as their folded words; folded at one go, which is many times quicker."""
    lines = fold("\n".join(" ".join(term.split()) for term in terms)).split("\n")
    return [" ".join(run for run, _ in runs(line)) for line in lines]


def _names() -> Iterator[tuple[str, Meaning]]:
    """The certain ones: names of what there is."""
    for kind, table in (
        ("sector", taxonomy.sectors()),
        ("measure_type", taxonomy.measure_types()),
        ("market", taxonomy.markets()),
    ):
        for code, one in table.items():
            yield from ((name, Meaning(kind, code)) for name in (one.en, one.zh))
    for code, market in taxonomy.markets().items():
        yield from ((name, Meaning("market", code)) for name in market.aliases)
    for code, country in taxonomy.countries().items():
        for name in (country.zh, *country.spellings, *country.names.values()):
            yield name, Meaning("country", code)


def _terms(codes: Iterable[str]) -> Iterator[tuple[str, Meaning]]:
    for code in codes:
        language = taxonomy.languages()[code]
        for kind, lists in (("sector", language.terms), ("measure_type", language.measure_types)):
            for owner, terms in lists.items():
                yield from ((term, Meaning(kind, owner)) for term in terms)


def _listed(pairs: Iterable[tuple[str, Meaning]]) -> dict[str, set[Meaning]]:
    found, listed = defaultdict(set), list(pairs)
    for key, (_, meaning) in zip(_keys(term for term, _ in listed), listed, strict=True):
        if len(key) >= SHORTEST and not key.isdigit():
            found[key].add(meaning)
    return found


@lru_cache(maxsize=1)
def _lists() -> Lists:
    others = [code for code in taxonomy.languages() if code not in FIRST]
    found: dict[str, frozenset[Meaning]] = {}
    for pairs in (_names(), _terms(FIRST), _terms(others)):
        for key, meanings in _listed(pairs).items():
            if key not in found and len(meanings) <= MOST_OF_A_WORD:
                found[key] = frozenset(meanings)
    return MappingProxyType(found)


def lists() -> Lists:
    """Every word with its meanings: names before the readers' languages, those before all others."""
    with _reading:  # it takes a second: whoever comes meanwhile waits instead of beginning anew
        return _lists()


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, lists()))


def _ordered(meanings: Iterable[Meaning]) -> tuple[Meaning, ...]:
    return tuple(sorted(set(meanings), key=lambda one: (one.kind, one.code)))


def _compound(run: str) -> Part:
    """A run without spaces, taken apart from the left by the longest listed words."""
    known, found, at = lists(), list[frozenset[Meaning]](), 0
    while at < len(run):
        for end in range(min(len(run), at + _longest()), at + SHORTEST - 1, -1):
            if meanings := known.get(run[at:end]):
                found.append(meanings)
                at = end
                break
        else:
            at += 1
    products = [one for one in found if any(meaning.kind == PRODUCT for meaning in one)]
    kept = [one for one in found if one not in products[:-1]]
    return Part(run, tuple(map(_ordered, dict.fromkeys(kept))))


def _phrase(words: Sequence[str]) -> frozenset[Meaning]:
    """The meanings of words in a row, also of a plural."""
    key, known = " ".join(words), lists()
    for ending in ("", "s", "es"):
        if key.endswith(ending) and (found := known.get(key.removesuffix(ending))):
            return found
    return frozenset()


@lru_cache(maxsize=1_000)
def parts(query: str) -> tuple[Part, ...]:
    """The parts of a query, in order."""
    words, found, at = runs(fold(query)), list[Part](), 0
    while at < len(words):
        word, unspaced = words[at]
        if unspaced:
            found.append(_compound(word))
            at += 1
            continue
        if word.isdigit() and word.isascii() and len(word) in HS_DIGITS:
            found.append(Part(word, ((Meaning("hs", word),),)))
            at += 1
            continue
        for end in range(min(len(words), at + LONGEST_PHRASE), at, -1):
            phrase = [run for run, _ in words[at:end]]
            if meanings := _phrase(phrase):
                found.append(Part(" ".join(phrase), (_ordered(meanings),)))
                at = end
                break
        else:
            found.append(Part(word))
            at += 1
    return tuple(found)


def meanings(query: str) -> tuple[Meaning, ...]:
    """All meanings of a query's words; none if nothing but the words themselves can be looked for."""
    return tuple(dict.fromkeys(one for part in parts(query) for group in part.groups for one in group))
