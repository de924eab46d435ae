"""The public title and gist of a notice: an analyst's where one stands, else composed from facts alone.

Letters, feeds, pages and JSON all say the same. Analysts write Chinese: English readers get the composed one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.names import clean, name_of, several
from config import taxonomy
from config.texts import text, traditional
from database.tables import Notice

LONGEST_AGENCY = 200
RECALL = "recall"  # measure type
Tags = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Title:
    """A title, and whether an analyst wrote it; else a machine composed it."""

    words: str
    edited: bool = False


def title(
    notice: Notice, tags: Tags, language: str, edited: Mapping[str, Any], first: Iterable[str] = ()
) -> Title:
    """The title in a language. `edited`: what analysts published; `first`: sectors to name before others."""
    if words := written(edited, "title_zh", language):
        return Title(words, edited=True)
    return Title(composed(notice, tags, language, first))


def written(edited: Mapping[str, Any], field: str, language: str) -> str:
    """What an analyst wrote for readers of a language; empty: nothing."""
    words = str(edited.get(field) or "") if language != "en" else ""
    return traditional(words) if language == "zh-Hant" else words


def is_told(tags: Tags) -> bool:
    """Whether enough is known of a notice for a composed title to say more than who published it."""
    return bool(tags.get("sector") or tags.get("measure_type"))


def composed(notice: Notice, tags: Tags, language: str, first: Iterable[str] = ()) -> str:
    """A title from member, sectors, measure types and kind; a recall's kind is said by its measure type."""
    named = sectors(tags, language, first)
    measure = measures(tags, language)
    if not (notice.kind == "alert" and RECALL in tags.get("measure_type", ())):
        kind = text(f"letters.kind_{notice.kind}", language)
        measure = text("letters.measure_of_kind", language, measure=measure, kind=kind)
    return text(
        "letters.title" if named else "letters.title_without_sector",
        language,
        member=members(notice, language),
        sectors=named,
        measure=measure,
    )


def members(notice: Notice, language: str) -> str:
    """Who published it: countries, else the agency, else the source."""
    names = [name_of("country", code, language) for code in notice.members]
    return several(names, language) or clean(notice.agency, LONGEST_AGENCY) or notice.source


def sectors(tags: Tags, language: str, first: Iterable[str] = ()) -> str:
    """The sectors in words, those of `first` before the others."""
    held = tags.get("sector", ())
    mine = [code for code in first if code in held]
    found = dict.fromkeys([*mine, *(code for code in taxonomy.sectors() if code in held)])
    return several([name_of("sector", code, language) for code in found], language)


def measures(tags: Tags, language: str) -> str:
    """What the measure does, in words."""
    held = tags.get("measure_type", ())
    names = [name_of("measure_type", code, language) for code in taxonomy.measure_types() if code in held]
    return several(names, language) or text("letters.some_measure", language)
