"""Names of the Harmonised System's chapters and of the headings exporters make, with everyday words for them.

`hs.csv` holds code, Chinese name, English name and words a maker would type. Chapters are complete, headings
are those of goods that are made for export; a heading that is missing goes by its chapter's name.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from config import taxonomy
from config.errors import ConfigError

PATH = Path(__file__).parent / "hs.csv"
CHAPTER, HEADING = 2, 4


@dataclass(frozen=True)
class Heading:
    """A chapter (two digits) or heading (four) of the Harmonised System."""

    code: str
    zh: str
    en: str
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def headings() -> Mapping[str, Heading]:
    """All named chapters and headings by code. Raises ConfigError for a line that is none."""
    found: dict[str, Heading] = {}
    with PATH.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            code, zh, en = (str(row.get(name) or "").strip() for name in ("code", "zh", "en"))
            if not (code.isdigit() and len(code) in (CHAPTER, HEADING) and zh and en) or code in found:
                raise ConfigError(f"{PATH}:{line}: must be a new code of 2 or 4 digits with zh and en")
            found[code] = Heading(code, zh, en, tuple(str(row.get("words") or "").split()))
    return MappingProxyType(found)


def heading(code: str) -> Heading | None:
    """The heading a code lies in, else its chapter."""
    return headings().get(code[:HEADING]) or headings().get(code[:CHAPTER])


@lru_cache(maxsize=4_096)
def sector(code: str) -> str:
    """The sector an HS code belongs to: the longest prefix wins; empty: none."""
    best = ("", "")
    for name, one in taxonomy.sectors().items():
        for prefix in one.hs:
            if code.startswith(prefix) and len(prefix) > len(best[0]):
                best = (prefix, name)
    return best[1]
