"""Sectors by model, terms and codes together: one probability a sector, calibrated on judged notices.

The model says how likely each sector is by the whole text, the terms which products are named, the codes what
the publisher stated. A logistic regression with one weight for each (kept with the model) joins them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier import rules
from classifier.grams import fullness, grams, plain, unspaced
from classifier.records import By, Evidence, Label, Record
from config import taxonomy

if TYPE_CHECKING:
    from classifier.bundle import Votes
    from classifier.model import Model

HEAD = 700  # characters of the text that stand with title and products in the first window
WINDOW = 1200  # characters of each further window
MOST = 84  # further windows: as many as the characters that terms are looked up in
TITLE = 200  # characters of the title that stand before each further window
_REST = 0.25  # what all further windows together count beside the first
_MOST = 3  # tags of one notice
_SHOWN = 6  # spans of evidence for a tag
_WORDS = 3  # of which words that the model went by
_LEAST = 0.15  # share of the best word's weight that a further word must have
_STATED = 0.5  # least score of a sector that a code names
_GENERAL = 0.3  # what words of the cross-sector rules count beside those of a sector
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

Fields = Sequence[tuple[str, str, list[str]]]
Row = NDArray[np.float32]


def windows(record: Record) -> list[str]:
    """The texts in which the model reads a record: title, products and beginning, then the rest.

    Of a rest longer than MOST windows, as many that lie evenly over the whole of it; the result then says so.
    """
    title, products, text = (value for _, value in record.fields())
    head = "\n".join(part for part in (title[:2000], products[:2000], text[:HEAD]) if part)
    rest = [
        (field, start)
        for field, first in ((text, HEAD), (products, 2000), (title, 2000))
        for start in range(first, len(field), WINDOW)
    ]
    if len(rest) > MOST:
        rest = [rest[number * (len(rest) - 1) // (MOST - 1)] for number in range(MOST)]
    return [head, *(f"{title[:TITLE]}\n{field[start : start + WINDOW]}" for field, start in rest)]


def merge(rows: NDArray[np.float32]) -> Row:
    """One row from those of a record's windows: the first counts most, the rest together a little."""
    if len(rows) == 1:
        return np.asarray(rows[0], np.float32)
    mixed = (rows[0] + _REST * rows[1:].mean(axis=0)) / (1 + _REST)
    return np.asarray(mixed, np.float32)


def chances(records: Sequence[Record], model: "Model") -> list[Row]:
    """What the model says of each record; the windows of all go through it together."""
    texts = [windows(record) for record in records]
    rows = model.score([text for each in texts for text in each])
    ends = np.cumsum([len(each) for each in texts])
    return [merge(rows[end - len(each) : end]) for end, each in zip(ends, texts, strict=True)]


def size(fields: Fields) -> float:
    """How much there is to read: in a bare phrase terms say nothing that the model does not."""
    return fullness(" ".join(text for _, text, _ in fields))


def traits(said: Row, points: Mapping[str, rules.Points], full: float) -> NDArray[np.float64]:
    """What speaks for each sector, a row a sector: model, terms (size, share, beside the best), codes."""
    order = list(taxonomy.sectors())
    terms = np.array([points[code].terms if code in points else 0.0 for code in order])
    general = order.index("horizontal")
    if terms.sum() > terms[general]:
        terms[general] *= _GENERAL
    stated = np.array([points[code].stated if code in points else 0.0 for code in order])
    chance = np.log(np.maximum(said.astype(np.float64), 1e-6))
    return np.stack(
        [
            chance,
            chance * (1 - full),
            np.full(len(order), 1 - full),
            np.log1p(terms) * full,
            terms / max(terms.sum(), 1e-9) * full,
            terms / max(terms.max(), 1e-9) * full,
            stated / max(stated.sum(), 1e-9),
            (stated >= rules.STRONG).astype(np.float64),
        ],
        axis=1,
    )


def probabilities(found: NDArray[np.float64], weights: Sequence[float], bias: float) -> NDArray[np.float64]:
    """How likely each sector is to be one of a notice's."""
    z: NDArray[np.float64] = found @ np.asarray(weights) + bias
    return 1 / (1 + np.exp(-z))


class Judge:
    """Gives tags with the thresholds and weights that belong to a model."""

    def __init__(self, config: Mapping[str, Any], votes: "Votes | None") -> None:
        self.weights = list(config["weights"])
        self.bias = float(config["bias"])
        self.first = float(config["first"])
        self.beside = dict(config.get("thresholds", {}))
        self.usual = float(config["threshold"])
        self.sure = float(config["sure"])
        self.votes = votes

    def sectors(
        self, record: Record, fields: Fields, said: Row
    ) -> tuple[list[Label], tuple[tuple[str, float], ...], bool]:
        """The sectors to tag, main first, all in order, and whether none of the tags is well founded."""
        points = rules.weigh(fields)
        rules.state(record, points)
        codes = list(taxonomy.sectors())
        if not any(char.isalpha() for _, value, _ in fields for char in value):
            return rules.sectors(record, fields)  # nothing to read but codes
        scores = probabilities(traits(said, points, size(fields)), self.weights, self.bias)
        if scores.max() < self.sure:  # the text says little: codes decide
            for number, code in enumerate(codes):
                if code in points and points[code].stated:
                    strong = points[code].stated >= rules.STRONG
                    scores[number] = max(scores[number], _STATED if strong else self.first)
        rounded = [round(float(score), 4) for score in scores]
        ranked = sorted(range(len(codes)), key=lambda number: (-rounded[number], number))
        ranking = tuple((codes[number], rounded[number]) for number in ranked)
        tags: list[Label] = []
        for number in ranked[:_MOST]:
            code, score = codes[number], rounded[number]
            if score >= (self.beside.get(code, self.usual) if tags else self.first):
                one = points.get(code, rules.Points())
                by: By = "code" if one.stated else "model"
                tags.append(Label(code, score, by, self._evidence(one, number, fields)))
        weak = not tags or (tags[0].score < self.sure and tags[0].by != "code")
        return tags, ranking, weak

    def _evidence(self, one: rules.Points, sector: int, fields: Fields) -> tuple[Evidence, ...]:
        named = list(one.evidence[:_SHOWN])
        if self.votes and len(named) < _SHOWN:
            taken = [(span.field, span.start, span.end) for span in named]
            for span in words(self.votes, sector, fields):
                place = (span.field, span.start, span.end)
                if not any(place[0] == f and place[1] < e and s < place[2] for f, s, e in taken):
                    named.append(span)
        return tuple(named[:_SHOWN])


def words(votes: "Votes", sector: int, fields: Fields) -> list[Evidence]:
    """The words that speak most for a sector, the strongest first."""
    found: list[tuple[float, Evidence]] = []
    for name, text, _ in fields:
        part = text[:4000]
        read = plain(part)
        weights = _letters(votes, sector, read.text)
        for start, end in _spans(read.text, weights):
            place = read.span(start, end)
            if place:
                span = Evidence(name, *place, text[place[0] : place[1]])
                found.append((float(weights[start:end].sum()), span))
    found.sort(key=lambda pair: -pair[0])
    best = found[0][0] if found else 0.0
    return [span for weight, span in found[:_WORDS] if weight > 0 and weight >= _LEAST * best]


def _letters(votes: "Votes", sector: int, text: str) -> NDArray[np.float64]:
    """The weight of every letter of a plain text: each n-gram's share, spread over its letters."""
    found = grams(text)
    each = votes.shares(found, sector) / np.maximum(found.ends - found.starts, 1)
    steps = np.zeros(len(text) + 1)
    np.add.at(steps, found.starts, each)
    np.add.at(steps, np.minimum(found.ends, len(text)), -each)
    return np.cumsum(steps)[: len(text)]


def _spans(text: str, weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Words; in scripts without spaces, the stretches that speak for the sector."""
    spans = []
    for match in _WORD.finditer(text):
        if not unspaced(match[0]):
            spans.append(match.span())
            continue
        start = None
        for place in range(match.start(), match.end() + 1):
            good = place < match.end() and weights[place] > 0
            if good and start is None:
                start = place
            elif not good and start is not None:
                spans.append((start, place))
                start = None
    return spans
