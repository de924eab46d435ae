"""The level of a notice for those it directly concerns: by the rule for a row, as graded for a filter."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import col

from alerts import level as rule
from database.tables import Notice


def level(notice: Notice, measure_types: Iterable[str], today: dt.date) -> str:
    """Blue, yellow, orange or red for an exporter whom the notice directly concerns."""
    return rule.level(notice, measure_types, "direct", today).name


def condition(names: Iterable[str]) -> ColumnElement[bool]:
    """Notices of one of these levels, as the stage `grade` found them today."""
    return col(Notice.level).in_(list(names))
