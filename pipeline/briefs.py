"""The job that issues briefs: looks every morning whether a week or a month has ended without one."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator

from alerts import briefs
from alerts.dates import SHANGHAI, today
from api import brief, graded, period
from api.notices import identity
from api.pages.briefs import month_before
from api.papers import pdf
from api.period import Period
from api.reader import Reader, address
from config import taxonomy
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Brief

log = logging.getLogger(__name__)

# Whoever was down longer, or asked for it later, gets the next one and no old news.
STILL = dt.timedelta(days=4)


def due(now: dt.datetime) -> Iterator[tuple[str, dt.datetime, Period]]:
    """What ended lately: kind, end and period."""
    day = today(now)
    monday = day - dt.timedelta(days=day.weekday())
    week = (monday - dt.timedelta(days=7), monday - dt.timedelta(days=1))
    for kind, (first, last) in zip(briefs.KINDS, (week, month_before(day)), strict=True):
        end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), SHANGHAI).astimezone(dt.UTC)
        if now - end < STILL:
            yield kind, end, Period(first, last, now.replace(microsecond=0))


def _made(kind: str, slot: dt.datetime, chosen: Period) -> Brief:
    asked = brief.question(chosen, taxonomy.fingerprint())
    with reading() as session:
        now, before = graded.graded(session, chosen), graded.graded(session, chosen.before)
        figures = period.figures(session, chosen, besides=graded.FIGURE)
        figures.insert(1, graded.figure(now, before))
        top = [identity(one.notice) for one in period.weightiest(session, chosen, now.raised)]
    return Brief(
        kind=kind,
        slot=slot,
        number=brief.number(kind, asked),
        first=chosen.first,
        last=chosen.last,
        path=address(brief.path(kind), asked),
        figures=[[one.key, one.n, one.before] for one in figures],
        notices=top,
        issued_at=types.now(),
    )


def _pdf(kind: str, chosen: Period, language: str) -> bytes:
    """The same file as the page offers."""
    reader, asked = Reader(language), brief.question(chosen, taxonomy.fingerprint())
    with reading() as session:
        found = brief.parts(session, reader, chosen, kind)
        return pdf.write(brief.paper(reader, chosen, asked, found, kind))


def _files(kind: str, chosen: Period, languages: Iterable[str]) -> dict[str, bytes]:
    """The PDF in each language, where it is small enough for a letter."""
    most = settings().mail_brief_kb * 1024
    found = {language: _pdf(kind, chosen, language) for language in languages} if most else {}
    for language, body in found.items():
        if len(body) > most:
            log.warning("brief_too_large kind=%s language=%s bytes=%d", kind, language, len(body))
    return {language: body for language, body in found.items() if len(body) <= most}


def issue() -> None:
    """Make what is due and wanted, and owe it by mail; delivery is the line's."""
    for kind, slot, chosen in due(types.now()):
        with reading() as session:
            languages = briefs.languages(session, kind)
            if briefs.is_issued(session, kind, slot) or not languages:
                continue
        made, files = _made(kind, slot, chosen), _files(kind, chosen, languages)
        number = made.number
        with unit_of_work() as session:
            letters = briefs.issue(session, made, files)
        if letters is not None:
            log.info("brief_issued kind=%s number=%s letters=%d", kind, number, letters)
