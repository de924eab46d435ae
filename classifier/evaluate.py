"""How well the classifier does on notices that people judged, by language and by sector."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.classify import classify_many
from classifier.intervals import wilson
from classifier.records import Record, Result
from classifier.stream import BadLine, from_row
from config import taxonomy

_CUT = ("title", "products", "text")


@dataclass(slots=True)
class Score:
    """Counts of one language or sector, and the figures that follow from them."""

    count: int = 0
    first: int = 0
    hit: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def accuracy(self) -> float:
        """Share of records whose first sector is one of the judged ones."""
        return self.first / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where that share lies with 95 % certainty."""
        return wilson(self.first, self.count)

    @property
    def precision(self) -> float:
        """Share of given tags that are right."""
        return self.hit / (self.hit + self.wrong) if self.hit else 0.0

    @property
    def recall(self) -> float:
        """Share of judged sectors that were tagged."""
        return self.hit / (self.hit + self.missed) if self.hit else 0.0

    @property
    def f1(self) -> float:
        """Micro-F1 of the tags."""
        total = 2 * self.hit + self.wrong + self.missed
        return 2 * self.hit / total if total else 0.0


def is_right(judged: Sequence[str], result: Result) -> bool:
    """Whether the first sector of the order is one of the judged ones."""
    return bool(judged) and result.ranking[0][0] in judged and result.ranking[0][1] > 0


@dataclass(slots=True)
class Scores:
    """All figures. In `sectors` a record counts under its main judged sector, a tag under its own."""

    whole: Score = field(default_factory=Score)
    languages: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    sectors: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))

    def add(self, judged: list[str], language: str, result: Result) -> None:
        """Count one record."""
        tags = {one.code for one in result.sectors}
        right = is_right(judged, result)
        for score in (self.whole, self.languages[language]):
            score.hit += len(tags & set(judged))
            score.wrong += len(tags - set(judged))
            score.missed += len(set(judged) - tags)
        for code in tags | set(judged):
            name = ("hit" if code in tags else "missed") if code in judged else "wrong"
            setattr(self.sectors[code], name, getattr(self.sectors[code], name) + 1)
        main = [self.sectors[judged[0]]] if judged else []
        for score in (self.whole, self.languages[language], *main):
            score.count += 1
            score.first += right


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The judged notices of a JSON Lines file. Raises BadLine that names file, line and fault."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise BadLine(f"{path}: line {number}: not JSON: {error}") from error
                judged = row.get("sectors") if isinstance(row, dict) else None
                if not isinstance(judged, list) or not set(judged) <= taxonomy.sectors().keys():
                    raise BadLine(f"{path}: line {number}: sectors must be a list of our sector codes")
                row.setdefault("id", number)
                yield row


def record_of(row: Mapping[str, Any], use_codes: bool) -> Record:
    """A judged row as the classifier sees it; without codes, its `*_without_codes` texts."""
    texts = (
        row if use_codes else {**row, **{key: row.get(f"{key}_without_codes", row.get(key)) for key in _CUT}}
    )
    return from_row({key: value for key, value in texts.items() if key != "language"}, row["id"])


def evaluate_rows(judged: Iterable[dict[str, Any]], *, use_codes: bool = True) -> Scores:
    """Figures over rows with the judged `sectors`, main first; `language` only sorts the figures."""
    scores = Scores()
    kept = list(judged)
    results = classify_many((record_of(row, use_codes) for row in kept), use_codes=use_codes)
    for row, result in zip(kept, results, strict=True):
        scores.add(row["sectors"], row.get("language") or result.language, result)
    return scores


def evaluate(path: Path, *, use_codes: bool = True) -> Scores:
    """Figures over a labelled JSON Lines file; without codes its `*_without_codes` texts are read.

    Raises BadLine that names file, line and fault.
    """
    return evaluate_rows(rows(path), use_codes=use_codes)
