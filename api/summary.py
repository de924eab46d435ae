"""What page, brief and report say of a period: sectors by markets, what matters most, how often what."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from api import period
from api import risk as risks
from api.cards import spoken
from api.period import Period
from api.reader import Reader, address
from api.values import market_codes
from config import taxonomy

SHADES = 5


def shade(n: int, most: int) -> int:
    """0 to 5: how deep a cell is coloured, by the square root, so that small numbers differ too."""
    return 0 if not n or not most else max(1, min(SHADES, round(SHADES * (n / most) ** 0.5)))


def heat(session: Session, chosen: Period) -> dict[str, Any]:
    """Sector by market, with how deep each cell is."""
    found = risks.summary(session, chosen.first, chosen.last, chosen.moment, seen=chosen.seen)
    cells = {(one.sector, one.market): one for one in found.items}
    most = max((one.notices for one in found.items), default=0)
    return {
        "risk": found,
        "cells": cells,
        "shades": {key: shade(one.notices, most) for key, one in cells.items()},
        "sectors": [code for code in taxonomy.sectors() if any(code == sector for sector, _ in cells)],
        "markets": market_codes(),
    }


def weighty(
    session: Session, reader: Reader, chosen: Period, among: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    """The notices that matter most, with title and reasons in words."""
    rows = []
    for one in period.weightiest(session, chosen, among):
        why = [reader.say(f"letters.level_{one.level}")]
        why += [reader.say("people.why_severe")] if one.severe else []
        why += [reader.count("people.why_days", one.days)] if one.days is not None else []
        why += [reader.count("people.why_sectors", len(one.codes["sector"]))]
        title = spoken(reader, one.notice, one.codes, one.edited)[0]
        rows.append({"notice": one.notice, "title": title, "level": one.level, "why": why})
    return rows


def counted(session: Session, reader: Reader, chosen: Period, kind: str) -> list[tuple[str, int, str]]:
    """Tags of a kind as name, number and list."""
    within = {"published_from": chosen.first, "published_to": chosen.last}
    return [
        (reader.name(kind, code), n, address("/", {kind: code, **within}))
        for code, n in period.tagged(session, chosen, kind)
    ]
