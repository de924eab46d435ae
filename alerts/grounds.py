"""Why a notice has its level: the parts of the rule in words, so that a reader can count along."""

from functools import lru_cache

from alerts.level import STOPS_GOODS, Level
from config.texts import text


@lru_cache(maxsize=2_000)
def grounds(level: Level, language: str) -> str:
    """The parts the level was made of, its points, and an analyst's word where there is one."""
    parts = [
        text("letters.grounds_severity", language, n=level.severity, most=STOPS_GOODS),
        text("letters.grounds_days", language, n=level.days_left)
        if level.days_left is not None
        else text("letters.grounds_no_date", language),
        text(f"letters.relevance_{level.relevance}", language),
        text("letters.grounds_chapters", language, n=level.chapters),
        text("letters.grounds_points", language, n=level.points),
    ]
    if level.steps:
        parts.append(text(f"letters.grounds_{'raised' if level.steps > 0 else 'lowered'}", language))
    if level.awaits:
        parts.append(text("letters.grounds_awaits", language))
    return text("letters.join", language).join(parts)
