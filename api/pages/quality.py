"""`/quality`: how well the machine tags, for everybody; `/review/health`: how it goes on, for analysts."""

import datetime as dt
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from api import agreement, quality
from api.reader import Reader
from api.rendering import render
from api.shapes import Agreed
from classifier import chosen
from config.texts import catalogue
from database import types
from database.session import reading
from database.tables import Trial

router = APIRouter()

PERIODS, DAYS = 6, 28
SIDES = ("notices", "decisions")


def named(reader: Reader, by: str, code: str) -> str:
    """What a language, several (`es+fr`) or a sector is called."""
    if (key := f"quality.code_{code}") in catalogue():
        return reader.say(key)
    if by == "language":
        return reader.say("comma").join(reader.name(by, part) for part in code.split("+"))
    return reader.name(by, code)


def _set(reader: Reader, name: str) -> str:
    key = f"quality.set_{name}"
    return reader.say(key) if key in catalogue() else name


@router.get("/quality")
def page(request: Request) -> HTMLResponse:
    """All figures, with what they rest on."""
    with reading() as session:
        found = quality.whole(session, types.now())
    sets = [(name, list(rows)) for name, rows in groupby(found.measured, key=lambda one: one.of)]
    return render(
        request, "quality.html", quality=found, sets=sets, named=named, set_name=_set,
        rules=found.read_with == chosen.RULES, by_sector=any(one.by == "sector" for one in found.measured),
        decided={by: [one for one in found.decided if one.by == by] for by in ("all", "sector", "language")},
    )  # fmt: skip


def _periods(now: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    step = dt.timedelta(days=DAYS)
    return [(now - step * (n + 1), now - step * n) for n in reversed(range(PERIODS))]


def _over_time(session: Session, now: dt.datetime) -> list[dict[str, Any]]:
    """A row for everything, each sector and each language: agreement in each period, and where it fell."""
    periods = _periods(now)
    tables = [agreement.table(agreement.decisions(session, first, before)) for first, before in periods]
    whole = agreement.table(agreement.decisions(session, periods[0][0], periods[-1][1]))
    earlier = agreement.table(agreement.decisions(session, periods[0][0], periods[-1][0]))
    return [
        {
            "by": one.by,
            "code": one.code,
            "cells": [_same(one, table) for table in tables],
            "whole": one,
            "fell": agreement.fell(_same(one, earlier), _same(one, tables[-1])),
        }
        for one in whole
    ]


def _same(one: Agreed, table: list[Agreed]) -> Agreed:
    found = next((other for other in table if (other.by, other.code) == (one.by, one.code)), None)
    return found or agreement.agreed(one.by, one.code, [])


@router.get("/review/health")
def health(request: Request) -> HTMLResponse:
    """Agreement over time, and how the last challenger did."""
    now = types.now()
    with reading() as session:
        rows = _over_time(session, now)
        trial = session.exec(select(Trial).order_by(col(Trial.id).desc()).limit(1)).first()
        read_with = quality.model_read_with(session)
    return render(
        request, "health.html", private=True, rows=rows, periods=_periods(now), named=named, trial=trial,
        sides=SIDES, read_with=read_with, rules=read_with == chosen.RULES, enough=agreement.ENOUGH,
    )  # fmt: skip
