"""`/risk`: a period at a glance, for officials; every number leads to its list."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from alerts.dates import today
from api import charts, period
from api import risk as risks
from api.cards import spoken
from api.period import Period
from api.reader import Reader, address, language_of
from api.rendering import render
from api.values import market_codes
from config import taxonomy
from database import types
from database.session import reading

router = APIRouter()

DAYS = (7, 30, 90, 365)
SHADES = 5
CALENDAR_DAYS = 14


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


def weighty(session: Session, reader: Reader, chosen: Period) -> list[dict[str, Any]]:
    """The notices that matter most, with title and reasons in words."""
    rows = []
    for one in period.weightiest(session, chosen):
        why = [reader.say(f"letters.level_{one.level}")]
        why += [reader.say("people.why_severe")] if one.severe else []
        why += [reader.say("people.why_days", n=one.days)] if one.days is not None else []
        why += [reader.say("people.why_sectors", n=len(one.codes["sector"]))]
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


@router.get("/risk")
def page(request: Request, days: Annotated[int, Query()] = 90) -> HTMLResponse:
    """The summary."""
    asked, now, reader = days if days in DAYS else 90, types.now(), Reader(language_of(request))
    last = today(now)
    chosen = Period(last - dt.timedelta(days=asked - 1), last, now)
    calendar = [last - dt.timedelta(days=back) for back in range(CALENDAR_DAYS - 1, -1, -1)]
    with reading() as session:
        weeks = period.weeks(session, chosen)
        label = reader.say(
            "people.trend_label",
            first=reader.day(chosen.first), last=reader.day(last), most=max((n for _, n in weeks), default=0),
        )  # fmt: skip
        return render(
            request,
            "risk.html",
            **heat(session, chosen),
            days=asked,
            periods=DAYS,
            figures=period.figures(session, chosen),
            weeks=weeks,
            trend=charts.bars(weeks, label),
            countries=counted(session, reader, chosen, "country"),
            types=counted(session, reader, chosen, "measure_type"),
            weighty=weighty(session, reader, chosen),
            calendar=calendar,
            regularity=period.regularity(session, calendar),
            lag=period.lag(session, chosen),
        )
