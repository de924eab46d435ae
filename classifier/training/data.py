"""Rows to learn from: labelled phrases, the term lists, analysts' decisions; and which are held out."""

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.grams import plain
from config import taxonomy
from config.errors import ConfigError

TARIFFS = frozenset({"hs", "taric", "tnved", "ncm"})
PARALLEL = frozenset({"cpv", "shopify", "google"})
# What a row of each source counts: large or noisy ones less, hand-made ones more.
_SOURCES = {
    **{"shopify": 0.8, "iso": 0.6, "iec": 0.6, "iso_abs": 0.6, "iec_abs": 0.6, "taric": 0.6, "rasff": 0.5},
    **{"term": 2.0, "decision": 4.0, "notice": 1.2, "hs": 1.5},
}
_RARE = 0.5  # rows of a frequent language and sector count less, by this power
_LONGEST = 700
_HELD_OUT = 40  # of a thousand codes


class Row(NamedTuple):
    """A plain text and the numbers of its sectors, main first."""

    text: str
    language: str
    sectors: tuple[int, ...]
    source: str
    code: str = ""


class BadData(ConfigError):
    """A file of training data cannot be read."""


def held_out(source: str, code: str) -> bool:
    """Whether a code is for testing: then so are its translations, and an HS heading in every tariff."""
    if source in TARIFFS:
        key = "hs" + re.sub(r"\D", "", code)[:6]
    elif source in PARALLEL:
        key = source + code
    else:
        return False
    return zlib.crc32(key.encode()) % 1000 < _HELD_OUT


def tuning(row: Row) -> bool:
    """Whether a held-out row sets a few weights (by its code, in every language); the others only measure."""
    return zlib.crc32(b"half" + row.code.encode()) % 2 == 0


def phrases(path: Path) -> tuple[list[Row], list[Row]]:
    """Rows of a CSV file (text, lang, sectors, source, code; may be gzipped) to learn from, and held out.

    Raises BadData that names file, line and fault.
    """
    order = {code: number for number, code in enumerate(taxonomy.sectors())}
    learn: dict[tuple[str, str, tuple[int, ...]], Row] = {}
    test: list[Row] = []
    for number, row in enumerate(_lines(path), 2):
        try:
            sectors = tuple(order[code] for code in row["sectors"].split())
            text, language, source, code = (row[key] or "" for key in ("text", "lang", "source", "code"))
        except KeyError as error:
            raise BadData(f"{path}: line {number}: no column or sector {error}") from error
        read = plain(text[:_LONGEST]).text.strip()
        if not read or not sectors:
            continue
        one = Row(read, language, sectors, source, code)
        if held_out(source, code):
            test.append(one)
        else:
            learn.setdefault((read, language, sectors), one)
    if not learn:
        raise BadData(f"{path}: holds no row to learn from")
    return list(learn.values()), test


def _lines(path: Path) -> Iterator[dict[str, str]]:
    try:
        packed = path.read_bytes()[:2] == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
            yield from csv.DictReader(file)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: {error}") from error


def terms() -> list[Row]:
    """Every term of every language as a row of its own."""
    return [
        Row(plain(word).text.strip(), language, (number,), "term")
        for language, known in taxonomy.languages().items()
        for number, words in enumerate(known.terms.values())
        for word in words
    ]


def weights(rows: Sequence[Row]) -> NDArray[np.float64]:
    """How likely each row is to be drawn; adds up to 1."""
    counts = Counter((row.language, row.sectors[0], row.source == "notice") for row in rows)
    each = np.array(
        [
            _SOURCES.get(row.source, 1.0)
            * counts[row.language, row.sectors[0], row.source == "notice"] ** -_RARE
            for row in rows
        ]
    )
    return np.asarray(each / each.sum(), np.float64)


def targets(rows: Iterable[Row]) -> NDArray[np.float32]:
    """Shares of the sectors of each row."""
    kept = list(rows)
    found = np.zeros((len(kept), len(taxonomy.sectors())), np.float32)
    for number, row in enumerate(kept):
        found[number, list(row.sectors)] = 1 / len(row.sectors)
    return found
