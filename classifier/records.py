"""What goes into the classifier and what comes out: a record, and labels with their evidence."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

By = Literal["code", "rules", "model", "analyst"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a label was read: `text` is the field's own text from start to end.

    Field "document" is the text of a linked document, whose id in the database is `document`.
    """

    field: str
    start: int
    end: int
    text: str
    document: int = 0

    def as_json(self) -> dict[str, Any]:
        """As kept in the database and written out."""
        place = {"field": self.field, "start": self.start, "end": self.end, "text": self.text}
        return {**place, "document": self.document} if self.document else place


@dataclass(frozen=True, slots=True)
class Record:
    """A notice as the classifier sees it; `members` as the publisher wrote them, joint ones several."""

    id: str | int
    title: str = ""
    text: str = ""
    products: str = ""
    language: str = ""
    members: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()
    ics: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    kind: str = "regular"
    published_on: dt.date | None = None

    def fields(self) -> tuple[tuple[str, str], ...]:
        """The texts that are read, by name, in the order of their weight."""
        return (("title", self.title), ("products", self.products), ("text", self.text))


@dataclass(frozen=True, slots=True)
class Label:
    """Something the machine says of a record; score from 0 to 1."""

    code: str
    score: float
    by: By
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class MarketLabel:
    """A market with those of its countries that are concerned."""

    code: str
    countries: tuple[str, ...]
    by: By
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A field too long to be read whole: so many of its characters were."""

    field: str
    length: int
    read: int

    def as_json(self) -> dict[str, Any]:
        """As written out."""
        return {"field": self.field, "length": self.length, "read": self.read}


@dataclass(frozen=True, slots=True)
class Result:
    """All that is said of one record. `weak`: no sector, or none that is well founded."""

    id: str | int
    language: str
    sectors: tuple[Label, ...]
    markets: tuple[MarketLabel, ...]
    countries: tuple[Label, ...]
    measure_types: tuple[Label, ...]
    ranking: tuple[tuple[str, float], ...] = field(repr=False)
    weak: bool = False
    cut: tuple[Cut, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The line `tbt classify` writes; `cut` stands in it only if a field was too long."""
        cut = {"cut": [one.as_json() for one in self.cut]} if self.cut else {}
        return {
            "id": self.id,
            "language": self.language,
            "sectors": [
                {"code": one.code, "score": one.score, "by": one.by, "evidence": _spans(one.evidence)}
                for one in self.sectors
            ],
            "markets": [
                {
                    "code": one.code,
                    "countries": list(one.countries),
                    "by": one.by,
                    "evidence": _spans(one.evidence),
                }
                for one in self.markets
            ],
            "measure_types": [{"code": one.code, "score": one.score} for one in self.measure_types],
            "ranking": [{"code": code, "score": score} for code, score in self.ranking],
            **cut,
        }


def _spans(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [one.as_json() for one in evidence]
