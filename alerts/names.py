"""Names of what there is, and a publisher's words made safe to stand in one line."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from config import taxonomy
from config.texts import text, traditional

MOST_NAMED = 2
HIDDEN = ("Cc", "Cf", "Cs", "Co")
JOINERS = "\u200c\u200d"  # Persian and Indian scripts need them


def clean(words: str, longest: int) -> str:
    """One line of a publisher's text, cut at a length, without control or direction-changing characters."""
    one_line = " ".join(words.split())
    if one_line.isprintable():  # then nothing is hidden in it
        return one_line if len(one_line) <= longest else one_line[: longest - 1].rstrip() + "…"
    kept = "".join(c for c in one_line if c in JOINERS or unicodedata.category(c) not in HIDDEN)
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def named(entry: Any, language: str) -> str:
    """What a sector, country, market or measure type is called."""
    if language == "en":
        return str(entry.en)
    return traditional(entry.zh) if language == "zh-Hant" else str(entry.zh)


def name_of(kind: str, code: str, language: str) -> str:
    """The name behind a tag; an unknown code stands for itself."""
    tables: Mapping[str, Mapping[str, Any]] = {
        "sector": taxonomy.sectors(),
        "market": taxonomy.markets(),
        "country": taxonomy.countries(),
        "measure_type": taxonomy.measure_types(),
    }
    entry = tables.get(kind, {}).get(code)
    if entry is None:
        return text("letters.other_market", language) if code == "OTHER" else code
    return named(entry, language)


def several(names: Sequence[str], language: str) -> str:
    """The first two names, and that there are others."""
    if len(names) > MOST_NAMED:
        return text(
            "letters.and_others", language, names=text("letters.join", language).join(names[:MOST_NAMED])
        )
    return text("letters.join", language).join(names)
