"""Levels as they stood at the end of a period: a level changes as days pass, and a brief must not.

Computed by the rule from dates, codes and kinds of measure; what was withdrawn or tagged anew since counts as
it is known today, and `moved` tells how much that was.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, func, or_
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from alerts.level import LEVELS, level
from alerts.standing import NONE, standings
from api.notices import identity
from api.period import Figure, Period
from database.tables import Decision, Notice, Tag

PRESSING = ("red", "orange")
FIGURE = "fig_red"


@dataclass
class Graded:
    """The notices of a period by level, the newest first."""

    by_level: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in LEVELS})

    @property
    def pressing(self) -> list[int]:
        """Red, then orange."""
        return [number for name in PRESSING for number in self.by_level[name]]

    @property
    def raised(self) -> list[int]:
        """All above blue, the most pressing first."""
        return [*self.pressing, *self.by_level["yellow"]]


def graded(session: Session, period: Period) -> Graded:
    """All notices published in a period and stored by then, graded as on its last day."""
    columns = (Notice.comment_deadline, Notice.in_force_on, Notice.withdrawn, Notice.hs)
    within = (
        col(Notice.published_on).between(period.first, period.last),
        col(Notice.first_seen_at) <= period.seen,
    )
    kinds: defaultdict[int, list[str]] = defaultdict(list)
    tagged = select(Tag.notice_id, Tag.code).join(Notice, col(Notice.id) == col(Tag.notice_id))
    for number, code in session.exec(tagged.where(Tag.kind == "measure_type", *within)):
        kinds[number].append(code)
    rows = select(Notice).where(*within).order_by(col(Notice.published_on).desc(), col(Notice.id).desc())
    listed = session.exec(rows.options(load_only(*columns, raiseload=True))).all()  # type: ignore[arg-type]
    said = standings(session, [identity(one) for one in listed])
    found = Graded()
    for one in listed:
        number, mine = identity(one), said.get(identity(one), NONE)
        shown = level(one, kinds[number], "direct", period.last, red=mine.red, steps=mine.steps)
        found.by_level[shown.name].append(number)
    return found


def figure(now: Graded, before: Graded) -> Figure:
    """How many were pressing; they stand in the brief itself."""
    return Figure(FIGURE, len(now.pressing), len(before.pressing), "#pressing")


def notices(session: Session, ids: Sequence[int]) -> list[Notice]:
    """The notices of some numbers, in their order."""
    rows = session.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
    by_id = {identity(one): one for one in rows}
    return [by_id[number] for number in ids if number in by_id]


def moved(session: Session, period: Period) -> int:
    """Notices of a period that publishers changed, or people tagged anew, after it was seen."""
    decided = exists().where(col(Decision.notice_id) == col(Notice.id), col(Decision.at) > period.seen)
    query = (
        select(func.count())
        .select_from(Notice)
        .where(
            col(Notice.published_on).between(period.first, period.last),
            col(Notice.first_seen_at) <= period.seen,
            or_(col(Notice.changed_at) > period.seen, decided),
        )
    )
    return session.exec(query).one()
