"""The tags of notices, and who says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from config import taxonomy
from database.tables import Decision, Label, Tag

KINDS = ("sector", "market", "country", "measure_type")
Tags = Mapping[str, list[str]]


@dataclass(frozen=True)
class Founded:
    """A tag that holds, with its foundation. `by` is code, rules, model or analyst."""

    kind: str
    code: str
    score: float
    by: str
    evidence: Sequence[Mapping[str, Any]]

    @property
    def key(self) -> str:
        """A name for it within a page."""
        return f"{self.kind}-{self.code}"


def _place(kind: str, code: str) -> tuple[int, str]:
    """Taxonomies have an order, and readers learn it."""
    known: dict[str, Iterable[str]] = {
        "sector": taxonomy.sectors(),
        "market": taxonomy.markets(),
        "measure_type": taxonomy.measure_types(),
    }
    order = list(known.get(kind, ()))
    return (order.index(code) if code in order else len(order)), code


def of(session: Session, notice_ids: Sequence[int]) -> dict[int, Tags]:
    """The codes that hold, by kind, for many notices at once."""
    found: dict[int, dict[str, list[str]]] = {one: {kind: [] for kind in KINDS} for one in notice_ids}
    rows = session.exec(
        select(Tag.notice_id, Tag.kind, Tag.code).where(col(Tag.notice_id).in_(notice_ids))
    ).all()
    for notice_id, kind, code in rows:
        found[notice_id].setdefault(kind, []).append(code)
    for tags in found.values():
        for kind, codes in tags.items():
            codes.sort(key=lambda code, kind=kind: _place(kind, code))  # type: ignore[misc]
    return dict(found)


def founded(session: Session, notice_id: int) -> list[Founded]:
    """The tags of one notice with who says so: a person's decision stands before the machine's label."""
    codes = of(session, [notice_id])[notice_id]
    labels = {
        (one.kind, one.code): one
        for one in session.exec(select(Label).where(Label.notice_id == notice_id)).all()
    }
    decided = {
        (one.kind, one.code): one
        for one in session.exec(
            select(Decision).where(Decision.notice_id == notice_id).order_by(col(Decision.id))
        ).all()
    }
    found = []
    for kind, code in ((kind, code) for kind, some in codes.items() for code in some):
        label = labels.get((kind, code))
        by_person = (kind, code) in decided or label is None
        found.append(
            Founded(
                kind,
                code,
                1.0 if by_person or label is None else label.score,
                "analyst" if by_person or label is None else label.by,
                label.evidence if label else [],
            )
        )
    return found
