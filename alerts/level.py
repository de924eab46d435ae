"""How pressing a notice is for one reader, by a rule anybody can recompute from its parts.

Points: severity of the measure type 0-2, time left 0-2 (14 and 60 days), relevance 0-2, breadth 0-1
(three HS chapters or more). 5 and more are orange, 3 and more yellow, else blue. Red is asked of more than
points: goods stopped at the border, directly concerned, and at most 14 days left.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from config import taxonomy
from database.tables import Notice

LEVELS = ("blue", "yellow", "orange", "red")
RELEVANCES = ("reference", "broad", "direct")
SOON, LATER = 14, 60
STOPS_GOODS = 3
MANY_CHAPTERS = 3
ORANGE, YELLOW = 5, 3


@dataclass(frozen=True)
class Level:
    """A level with the parts it was computed from."""

    name: str
    severity: int
    days_left: int | None
    relevance: str
    chapters: int
    points: int

    @property
    def rank(self) -> int:
        """0 for blue to 3 for red."""
        return LEVELS.index(self.name)

    @property
    def parts(self) -> dict[str, int | str | None]:
        """What the rule looked at."""
        return {
            "severity": self.severity,
            "days_left": self.days_left,
            "relevance": self.relevance,
            "chapters": self.chapters,
            "points": self.points,
        }


def _days_left(notice: Notice, today: dt.date) -> int | None:
    days = [
        (day - today).days for day in (notice.comment_deadline, notice.in_force_on) if day and day >= today
    ]
    return min(days, default=None)


def level(
    notice: Notice, measure_types: Iterable[str], relevance: str, today: dt.date, *, red: bool = True
) -> Level:
    """The level of a notice for a reader it concerns with that relevance (direct, broad, reference).

    Without `red`, what the rule calls red is orange: nobody approved it yet.
    """
    known = taxonomy.measure_types()
    severity = max((known[code].severity for code in measure_types if code in known), default=1)
    days = _days_left(notice, today)
    chapters = len({code[:2] for code in notice.hs})
    points = (
        (severity - 1)
        + (0 if days is None else 2 if days <= SOON else 1 if days <= LATER else 0)
        + RELEVANCES.index(relevance)
        + (chapters >= MANY_CHAPTERS)
    )
    name = "orange" if points >= ORANGE else "yellow" if points >= YELLOW else "blue"
    if severity == STOPS_GOODS and relevance == "direct" and days is not None and days <= SOON:
        name = "red" if red else "orange"
    if notice.withdrawn:
        name = "blue"
    return Level(name, severity, days, relevance, chapters, points)
