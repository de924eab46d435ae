"""The level of a notice for those it directly concerns: by the rule for a row, as graded for a filter.

Red is shown once it was approved; until then the notice is orange, and pages say that red awaits approval.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from alerts import level as rule
from alerts.level import Level
from alerts.standing import NONE, standings
from api.tags import Tags
from database.tables import Notice


def level(notice: Notice, measure_types: Iterable[str], today: dt.date) -> str:
    """What the rule alone says, red also unapproved: how urgently a person should look."""
    return rule.level(notice, measure_types, "direct", today).name


def graded(
    session: Session, notices: Sequence[Notice], codes: Mapping[int, Tags], today: dt.date
) -> dict[int, Level]:
    """The levels that are shown, with their parts, by notice."""
    said = standings(session, [one.id or 0 for one in notices])
    found = {}
    for one in notices:
        number = one.id or 0
        mine = said.get(number, NONE)
        types = codes[number]["measure_type"]
        found[number] = rule.level(one, types, "direct", today, red=mine.red, steps=mine.steps)
    return found


def condition(names: Iterable[str]) -> ColumnElement[bool]:
    """Notices of one of these levels, as the stage `grade` found them today."""
    return col(Notice.level).in_(list(names))
