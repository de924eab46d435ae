"""What of a publisher's output is the business of this service: a stated rule, at the door of a source."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from config.entries import doors
from database.search import fold

# words of these scripts carry articles and prepositions in front, or stand without spaces
PREFIXED = re.compile("[\u0590-\u06ff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _spelled(words: str) -> str:
    return " ".join(fold(words).replace("ı", "i").split())


def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for term in map(_spelled, terms):
        # "*" stands for the endings between two words ("техническ* регламент"), "=" for the end of the word
        words = re.escape(term.removesuffix("=")).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
        words += r"(?!\w)" if term.endswith("=") else ""
        parts.append(words if PREFIXED.match(term) else rf"(?<!\w){words}")
    return re.compile("|".join(parts))


@dataclass(frozen=True)
class Door:
    """Takes what has a wanted term (the beginning of a word) and no unwanted one, each under its rule."""

    wanted: tuple[str, ...] = ()  # none: everything
    unwanted: tuple[tuple[str, tuple[str, ...]], ...] = ()  # rule, terms
    rule: str = "no word of goods, safety or conformity"
    _wanted: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _unwanted: tuple[tuple[str, re.Pattern[str]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_wanted", _pattern(self.wanted))
        object.__setattr__(self, "_unwanted", tuple((rule, _pattern(terms)) for rule, terms in self.unwanted))

    def refuses(self, words: str) -> str:
        """The rule by which a record with these words is no business of ours; empty: it is."""
        spelled = _spelled(words)
        for rule, pattern in self._unwanted:
            if pattern.search(spelled):
                return rule
        return self.rule if self.wanted and not self._wanted.search(spelled) else ""


@lru_cache
def door(name: str) -> Door:
    """The door of a source, as config/doors.toml states it; without one it is open."""
    return Door(*doors().get(name, ((), ())))
