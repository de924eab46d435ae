"""The publisher's words, escaped, with the places marked on which tags rest."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from markupsafe import Markup, escape

from api.reader import Reader
from api.tags import Founded

FIELDS = ("title", "products", "text", "objective", "agency")
MOST_SPANS = 400


def _place(words: str, span: Mapping[str, Any]) -> tuple[int, int] | None:
    """Where the span stands: as stated if its text is there, else where its text is first found."""
    start, end, said = span.get("start"), span.get("end"), span.get("text")
    if not isinstance(said, str) or not said:
        return None
    if isinstance(start, int) and isinstance(end, int) and words[max(start, 0) : end] == said:
        return start, end
    found = words.find(said)
    return (found, found + len(said)) if found >= 0 else None


def _spans(words: str, field: str, tags: Iterable[Founded]) -> list[tuple[int, int, str]]:
    found = [
        (*place, tag.key)
        for tag in tags
        for span in tag.evidence
        if span.get("field") == field and (place := _place(words, span))
    ]
    return sorted(found)[:MOST_SPANS]


Link = tuple[int, int, str]


class Passages:
    """The marked fields of a notice, and for each tag the id of its first mark.

    `links`: for a field its places that lead somewhere: start, end and address.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        tags: Sequence[Founded],
        links: Mapping[str, Sequence[Link]] = MappingProxyType({}),
    ) -> None:
        self.first: dict[str, str] = {}
        self._number, self._links = 0, links
        self.html = {name: self._mark(name, words, tags) for name, words in fields.items()}

    def _mark(self, field: str, words: str, tags: Sequence[Founded]) -> Markup:
        spans = _spans(words, field, tags)
        links = self._links.get(field, ())
        edges = sorted(
            {0, len(words), *(edge for start, end, _ in (*spans, *links) for edge in (start, end))}
        )
        parts = []
        for start, end in itertools.pairwise(edges):
            piece = words[start:end]
            keys = [key for first, last, key in spans if first <= start and end <= last]
            shown = self._marked(piece, list(dict.fromkeys(keys))) if keys else escape(piece)
            for first, last, to in links:
                if first <= start and end <= last:
                    shown = Markup('<a class="day" href="{}">{}</a>').format(to, shown)
            parts.append(shown)
        return Markup("").join(parts)

    def _marked(self, piece: str, keys: list[str]) -> Markup:
        self._number += 1
        name = f"evidence-{self._number}"
        for key in keys:
            self.first.setdefault(key, name)
        return Markup('<mark id="{}" data-tags="{}">{}</mark>').format(name, " ".join(keys), piece)


def elsewhere(reader: Reader, tag: Founded) -> list[str]:
    """Evidence that stands in no running text, such as stated codes, in words: one entry a field."""
    found: dict[str, list[str]] = {}
    for span in tag.evidence:
        field, said = str(span.get("field", "")), str(span.get("text", ""))
        if field in FIELDS or not said:
            continue
        name = reader.name("country", said) if field.startswith("member") else said
        if name not in found.setdefault(field, []):
            found[field].append(name)
    comma = reader.say("comma")
    return [f"{reader.label('field', field)} {comma.join(names)}" for field, names in found.items()]
