"""How often analysts agree with the machine: of the sectors it said, the share they let stand.

Counted are the newest decisions on a tag that a person took on that notice; what was accepted in bulk says
little of each and is left out. Doubtful notices are looked at first, so the share over all is higher.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from api.shapes import Agreed
from classifier.intervals import wilson
from classifier.tags import BULK
from config import taxonomy
from database.tables import Decision, Notice

ENOUGH = 30
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Said:
    """How many decisions of a kind there were: machine said it or not, person let it stand or not."""

    sector: str
    language: str
    machine: bool
    concerned: bool
    n: int


def decisions(session: Session, first: dt.datetime, before: dt.datetime) -> list[Said]:
    """The newest decision on each sector of each notice, if it was taken in that time, counted."""
    newest = (
        select(func.max(Decision.id))
        .where(Decision.kind == "sector", Decision.note != BULK, col(Decision.machine).is_not(None))
        .group_by(col(Decision.notice_id), col(Decision.code))
    )
    query = (
        columns(
            col(Decision.code),
            col(Notice.language),
            col(Decision.machine),
            col(Decision.concerned),
            func.count(),
        )
        .join(Notice, col(Notice.id) == col(Decision.notice_id))
        .where(col(Decision.id).in_(newest), col(Decision.at) >= first, col(Decision.at) < before)
        .group_by(col(Decision.code), col(Notice.language), col(Decision.machine), col(Decision.concerned))
    )
    return [
        Said(code, language.partition("-")[0].lower() or UNKNOWN, bool(machine), concerned, n)
        for code, language, machine, concerned, n in session.execute(query)
    ]


def agreed(by: str, code: str, some: Iterable[Said]) -> Agreed:
    """Precision (of what the machine said) and recall (of what holds), with how many they rest on."""
    said = right = missed = 0
    for one in some:
        said += one.n if one.machine else 0
        right += one.n if one.machine and one.concerned else 0
        missed += one.n if one.concerned and not one.machine else 0
    low, high = wilson(right, said)
    return Agreed(
        by=by,
        code=code,
        said=said,
        right=right,
        missed=missed,
        precision=round(right / said, 4) if said else None,
        low=round(low, 4),
        high=round(high, 4),
        recall=round(right / (right + missed), 4) if right + missed else None,
    )


def table(some: Sequence[Said]) -> list[Agreed]:
    """Agreement over all, by sector and by language; only where something was decided."""
    order = {code: number for number, code in enumerate(taxonomy.sectors())}
    sectors = sorted({one.sector for one in some}, key=lambda code: (order.get(code, len(order)), code))
    return [
        *([agreed("all", "all", some)] if some else []),
        *(agreed("sector", code, [one for one in some if one.sector == code]) for code in sectors),
        *(
            agreed("language", code, [one for one in some if one.language == code])
            for code in sorted({one.language for one in some})
        ),
    ]


def fell(earlier: Agreed, now: Agreed) -> bool:
    """Whether agreement is lower than it was, beyond chance, on decisions enough."""
    return min(earlier.said, now.said) >= ENOUGH and now.high < earlier.low
