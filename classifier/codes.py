"""Sectors that a publisher stated by HS or ICS codes: the longest matching prefix over all sectors wins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from classifier.records import Evidence, Record
from config import taxonomy

READ = 100_000  # characters of a field that are searched
Scheme = Literal["hs", "ics"]

_YEAR = re.compile(r"(?:19|20)\d\d")
_STATED = re.compile(
    r"\b(?:HS|H\.S|ICS|NCM|TARIC|tariff|heading|partida)\b|НС|ТН ВЭД|税|稅|编码|編碼", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Stated:
    """A code, the sector it names (empty: none), and whether it says little."""

    sector: str
    code: str
    weak: bool
    evidence: Evidence


@lru_cache(maxsize=2)
def _owners(scheme: Scheme) -> Mapping[str, str]:
    return {prefix: code for code, one in taxonomy.sectors().items() for prefix in getattr(one, scheme)}


def plain(scheme: Scheme, code: str) -> str:
    """A code as the taxonomy writes it: HS digits only, ICS groups with dots; empty if it is none."""
    groups = re.findall(r"[0-9]+", code)
    if scheme == "ics":
        widths = [len(group) for group in groups]
        return ".".join(groups) if widths in ([2], [2, 3], [2, 3, 2]) else ""
    digits = "".join(groups)
    return digits if 2 <= len(digits) <= 14 and digits[:2] != "00" else ""


@lru_cache(maxsize=10_000)
def sector(scheme: Scheme, code: str) -> str:
    """The sector of a code written as the taxonomy does, empty if no sector claims it."""
    owners = _owners(scheme)
    step = "." if scheme == "ics" else ""
    parts = code.split(".") if step else list(code)
    for length in range(len(parts), 0, -1):
        if owner := owners.get(step.join(parts[:length])):
            return owner
    return ""


def _place(record: Record, scheme: Scheme, stated: str, digits: str) -> Evidence:
    """Where the text says the code; else the code itself."""
    if len(digits) >= 4:
        loose = r"[ .]?".join(re.findall(r"[0-9]+", stated) if "." in stated else [digits])
        pattern = re.compile(rf"(?<![\d.]){loose}(?!\d|\.\d)")
        for name in ("products", "title", "text"):
            text: str = getattr(record, name)[:READ]
            for match in pattern.finditer(text):
                # A bare 2008 is rather a year; a code has more digits, dots, or its name before it.
                sure = not _YEAR.fullmatch(digits) and (name == "products" or len(digits) >= 6)
                if sure or _STATED.search(text[max(0, match.start() - 40) : match.start()]):
                    return Evidence(name, match.start(), match.end(), match[0])
    return Evidence(scheme, 0, len(stated), stated)


def read(record: Record) -> list[Stated]:
    """Every code of a record with its sector. Weak: an HS chapter, or a code that no sector claims."""
    found = []
    schemes: tuple[tuple[Scheme, tuple[str, ...]], ...] = (("hs", record.hs), ("ics", record.ics))
    for scheme, codes in schemes:
        for stated in dict.fromkeys(codes):
            code = plain(scheme, stated)
            owner = sector(scheme, code) if code else ""
            weak = not owner or (scheme == "hs" and len(code) == 2)
            digits = code.replace(".", "")
            found.append(Stated(owner, code, weak, _place(record, scheme, stated, digits)))
    return found
