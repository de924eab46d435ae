"""The texts a notice links to (its annex, the draft itself), read behind the notice's own words.

They count as the end of a long text does: little beside title, products and beginning. They speak of sectors
only: a whole law names markets, and phrases of every type of measure, in passing. And where the publisher
stated the sector by a code, they are not asked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from classifier.blend import HEAD
from classifier.classify import classify_many
from classifier.records import Evidence, Label, Record, Result

EACH = 3_000  # characters read of one document: title, scope and definitions stand at the beginning
MOST = 2  # documents of a notice

ReadAll = Callable[[Iterable[Record]], Iterator[Result]]


@dataclass(frozen=True, slots=True)
class Linked:
    """A document with the beginning of its text."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    start: int  # in the text that is read
    document: int


def _joined(record: Record, documents: Sequence[Linked]) -> tuple[Record, list[_Part]]:
    """The record with its documents behind its text, and where each begins."""
    text, parts = record.text.ljust(HEAD, "\n"), []  # a short text leaves its place empty
    for one in documents[:MOST]:
        text += "\n\n"
        parts.append(_Part(len(text), one.id))
        text += one.text[:EACH]
    return replace(record, text=text), parts


def _placed(span: Evidence, own: int, parts: Sequence[_Part]) -> Evidence:
    """Evidence in the field it stands in: the notice's text, or a document and its own offsets."""
    if span.field != "text" or span.end <= own:
        return span
    part = [one for one in parts if one.start <= span.start]
    if not part:
        return span
    start = part[-1].start
    return Evidence("document", span.start - start, span.end - start, span.text, part[-1].document)


def _sectors(record: Record, found: Result, parts: Sequence[_Part]) -> tuple[Label, ...]:
    own = len(record.text)
    return tuple(
        replace(one, evidence=tuple(_placed(span, own, parts) for span in one.evidence))
        for one in found.sectors
    )


def _coded(found: Result) -> bool:
    return bool(found.sectors) and found.sectors[0].by == "code" and not found.weak


def classify(
    records: Iterable[tuple[Record, Sequence[Linked]]], read_all: ReadAll = classify_many
) -> Iterator[Result]:
    """Records in their order, each with the sectors that its documents leave or bring."""
    pairs = list(records)
    alone = list(read_all(record for record, _ in pairs))
    joined = {
        number: _joined(record, documents)
        for number, (record, documents) in enumerate(pairs)
        if documents and not _coded(alone[number])
    }
    read = dict(zip(joined, read_all(record for record, _ in joined.values()), strict=True))
    for number, (record, _) in enumerate(pairs):
        if number not in read:
            yield alone[number]
            continue
        found = read[number]
        sectors = _sectors(record, found, joined[number][1])
        yield replace(alone[number], sectors=sectors, ranking=found.ranking, weak=found.weak)
