"""`/risk`: a period at a glance, for officials; every number leads to its list."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from alerts.dates import SHANGHAI, today
from api import assisting, charts, period, watching
from api.cards import Card, cards
from api.errors import NotThere
from api.period import Period
from api.reader import Reader, language_of
from api.rendering import render
from api.summary import counted, heat, weighty
from api.values import Day
from config.settings import settings
from crawlers.form import forms
from database import types
from database.session import reading
from database.tables import Editorial, Notice

router = APIRouter()

DAYS = (7, 30, 90, 365)
CALENDAR_DAYS = 14
COORDINATED_DAYS = 14
MOST_COORDINATED = 20
FIRST_DAY = dt.date(1995, 1, 1)  # of the WTO
Asked = Annotated[int, Query()]


def _chosen(days: int, now: dt.datetime) -> Period:
    last = today(now)
    return Period(last - dt.timedelta(days=days - 1), last, now)


def _unowned(session: Session, reader: Reader, now: dt.datetime) -> list[tuple[Card, dt.date]]:
    """What needs coordination: pressing, our own deadline near or just past, and nobody has taken it."""
    lead, day = dt.timedelta(days=settings().internal_lead_days), today(now)
    owned = select(Editorial.notice_id).where(Editorial.owner != "")
    query = select(Notice).where(
        col(Notice.level).in_(["red", "orange", "yellow"]),
        col(Notice.closes_at) >= now,
        col(Notice.comment_deadline) <= day + lead + dt.timedelta(days=COORDINATED_DAYS),
        col(Notice.withdrawn).is_(False),
        col(Notice.id).not_in(owned),
    )
    rows = session.exec(query.order_by(col(Notice.closes_at), col(Notice.id)).limit(MOST_COORDINATED)).all()
    shown = cards(session, reader, rows, now)
    return [
        (card, one.comment_deadline - lead)
        for card, one in zip(shown, rows, strict=True)
        if one.comment_deadline
    ]


def _helped(session: Session, reader: Reader, chosen: Period, now: dt.datetime) -> dict[str, Any]:
    """Requests for help: a number, its name and its list; and how soon answers came."""
    since = dt.datetime.combine(chosen.first, dt.time(), SHANGHAI)
    found = assisting.at_a_glance(session, since, now)
    return {
        "figures": [
            ("help_waiting", found.waiting, "/help"),
            ("help_overdue", found.late, "/help"),
            ("help_done", found.answered, "/help?state=answered"),
        ],
        "soon": watching.span(reader, found.hours) if found.hours is not None else "",
    }


def _trend(session: Session, reader: Reader, chosen: Period) -> dict[str, Any]:
    """Notices by week, and the part of them that stops goods."""
    weeks = period.weeks(session, chosen)
    part = dict(period.weeks(session, chosen, severe=True))
    label = reader.say(
        "people.trend_label",
        first=reader.day(chosen.first),
        last=reader.day(chosen.last),
        most=max((n for _, n in weeks), default=0),
    )
    rows = [(day, n, part.get(day, 0)) for day, n in weeks]
    return {
        "trend": charts.bars(rows, label, reader.say("people.fig_severe")),
        "weeks": rows,
        "week_end": lambda day: day + dt.timedelta(days=6),
    }


@router.get("/risk")
def page(request: Request, days: Asked = 90) -> HTMLResponse:
    """The summary."""
    asked, now, reader = days if days in DAYS else 90, types.now(), Reader(language_of(request))
    chosen = _chosen(asked, now)
    calendar = [chosen.last - dt.timedelta(days=back) for back in range(CALENDAR_DAYS - 1, -1, -1)]
    staff = request.scope.get("person") is not None
    with reading() as session:
        lag = period.lag(session, chosen)
        return render(
            request,
            "risk.html",
            **heat(session, chosen),
            **_trend(session, reader, chosen),
            days=asked,
            periods=DAYS,
            figures=period.figures(session, chosen),
            countries=counted(session, reader, chosen, "country"),
            types=counted(session, reader, chosen, "measure_type"),
            weighty=weighty(session, reader, chosen),
            unowned=_unowned(session, reader, now) if staff else None,
            lead=settings().internal_lead_days,
            helped=_helped(session, reader, chosen, now) if staff else None,
            calendar=calendar,
            regularity=period.regularity(session, calendar),
            lag=watching.told(reader, lag) if lag else "",
        )


@router.get("/risk/monitoring")
def monitoring(request: Request, days: Asked = 90, source: str = "", day: Day | None = None) -> HTMLResponse:
    """The runs and missed slots behind the calendar, and the notices whose alerts came latest."""
    asked, now, reader = days if days in DAYS else 90, types.now(), Reader(language_of(request))
    if source and source not in forms():
        raise NotThere
    chosen = _chosen(asked, now)
    if day is not None:
        if not FIRST_DAY <= day <= chosen.last:
            raise NotThere
        chosen = Period(day, day, now)
    with reading() as session:
        late = watching.slowest(session, chosen) if not source else []
        shown = cards(session, reader, [one.notice for one in late], now)
        return render(
            request,
            "monitoring.html",
            days=asked,
            period=chosen,
            source=source,
            one_day=day,
            periods=DAYS,
            totals=watching.totals(session, chosen),
            runs=watching.runs(session, chosen, source),
            missed=watching.missed(session, chosen, source),
            late=[
                (card, one, watching.span(reader, one.hours)) for card, one in zip(shown, late, strict=True)
            ],
            lag=watching.told(reader, period.lag(session, chosen)),
            most=watching.MOST_RUNS,
        )
