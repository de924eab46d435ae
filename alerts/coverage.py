"""Which sources were read, and when: silence and breakage must not look alike."""

import datetime as dt

from sqlmodel import Session, col, func, select

from alerts.dates import SHANGHAI
from config.texts import text
from database.tables import Run

READ = ("ok", "partial")
MOST_NAMED = 12


def coverage(session: Session, language: str) -> list[str]:
    """Lines for the foot of a letter: each source with its last successful reading, the stalest first."""
    sources = session.exec(select(Run.source).distinct().order_by(Run.source))
    last: dict[str, dt.datetime | None] = dict.fromkeys(sources)
    newest = (
        select(func.max(Run.id))
        .where(col(Run.status).in_(READ), col(Run.ended_at).is_not(None))
        .group_by(col(Run.source))
    )
    for run in session.exec(select(Run).where(col(Run.id).in_(newest))):
        last[run.source] = run.ended_at
    if not last:
        return [text("letters.coverage_none", language)]
    lines = [text("letters.coverage", language, n=len(last), ok=sum(at is not None for at in last.values()))]
    epoch = dt.datetime.min.replace(tzinfo=dt.UTC)
    for source, at in sorted(last.items(), key=lambda row: row[1] or epoch)[:MOST_NAMED]:
        if at is None:
            lines.append(text("letters.coverage_never", language, source=source))
        else:
            when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
            lines.append(text("letters.coverage_source", language, source=source, when=when))
    return lines
