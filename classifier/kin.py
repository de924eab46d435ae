"""Words akin to our terms, for a text in which no term stands: "tumble dryer" makes "dryer" an appliance.

Every word of the terms (every pair of characters where a script has no spaces) leans towards the sectors
whose terms hold it. Far weaker than a term: it may order sectors and propose one, for a person to confirm.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from classifier import terms
from classifier.terms import Match

_HAN, _OTHERS = r"\u3400-\u9fff", r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"  # unspaced scripts
_WORDS = re.compile(
    rf"(?:[^\W\d_{_HAN}{_OTHERS}]|[\u0900-\u0dff]){{4,}}|(?=([{_HAN}]{{2}}|[{_OTHERS}]{{3}}))"
)
_CLEAR = 0.5  # share of a word's terms that must lie in one sector


def _tokens(folded: str) -> Iterable[tuple[str, int, int]]:
    for match in _WORDS.finditer(folded):
        group = 1 if match[1] else 0
        yield match[group], match.start(group), match.end(group)


@lru_cache(maxsize=64)
def _leanings(language: str) -> Mapping[str, tuple[str, float]]:
    """Word → the sector it leans to, and how clearly, from 0 to 1."""
    one = terms.matcher("sector", language)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for code, key in one.entries():
        for token in {token for token, *_ in _tokens(key)}:
            found[token][code] += 1
    leanings = {}
    for token, owners in found.items():
        ((code, most),) = owners.most_common(1)
        clear = most / (owners.total() + 1)
        if clear >= _CLEAR and code != "horizontal":
            leanings[token] = (code, clear)
    return leanings


def find(text: str, languages: Iterable[str]) -> list[tuple[Match, float]]:
    """Words akin to a sector's terms with how clearly they are; each word once."""
    found: dict[str, tuple[Match, float]] = {}
    for language in languages:
        folded = terms.matcher("sector", language).fold(text)
        leanings = _leanings(language)
        for token, start, end in _tokens(folded.text):
            if token in leanings and token not in found and (span := folded.span(start, end)):
                code, clear = leanings[token]
                found[token] = (Match(code, *span, token, language), clear)
    return list(found.values())
