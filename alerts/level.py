"""How pressing a notice is for one reader, by a rule anybody can recompute from its parts.

Points: severity of the measure type 0-2, time left 0-2 (14 and 60 days), relevance 0-2, breadth 0-1
(three HS chapters or more). 5 and more are orange, 3 and more yellow, else blue. Red is asked of more than
points: goods stopped at the border, directly concerned, and at most 14 days left. An analyst's word moves the
level a step up or down. Red is said only to whom the notice directly concerns, and only once approved.

Pages and lists show the level for those directly concerned; a letter the level for its reader.
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
    steps: int = 0
    awaits: bool = False

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
            "analyst": self.steps,
        }


def _days_left(notice: Notice, today: dt.date) -> int | None:
    days = [
        (day - today).days for day in (notice.comment_deadline, notice.in_force_on) if day and day >= today
    ]
    return min(days, default=None)


def level(
    notice: Notice,
    measure_types: Iterable[str],
    relevance: str,
    today: dt.date,
    *,
    red: bool = True,
    steps: int = 0,
) -> Level:
    """The level of a notice for a reader it concerns with that relevance (direct, broad, reference).

    `steps`: an analyst's word. Without `red`, what would be red is orange and awaits approval.
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
        name = "red"
    name = "blue" if notice.withdrawn else _moved(name, steps, relevance)
    awaits = name == "red" and not red
    return Level("orange" if awaits else name, severity, days, relevance, chapters, points, steps, awaits)


def _moved(name: str, steps: int, relevance: str) -> str:
    """The level after an analyst's word; red only for those directly concerned."""
    most = len(LEVELS) - (1 if relevance == "direct" else 2)
    return LEVELS[max(0, min(most, LEVELS.index(name) + steps))]
