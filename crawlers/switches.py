"""Which sources are on, and which somebody wants read now. Importable without Scrapy."""

import datetime as dt

from sqlmodel import Session, col, select

from database.tables import Run, SourceSwitch


def is_on(session: Session, source: str) -> bool:
    """Whether a source is to be read by its schedule; one that nobody switched off is."""
    row = session.get(SourceSwitch, source)
    return row is None or row.enabled


def asked(session: Session) -> dict[str, dt.datetime]:
    """Sources that somebody asked to be read and that were not begun since, with when that was asked."""
    found = {}
    for row in session.exec(select(SourceSwitch).where(col(SourceSwitch.run_asked_at).is_not(None))):
        begun = select(Run.id).where(Run.source == row.source, col(Run.started_at) >= row.run_asked_at)
        if row.run_asked_at is not None and session.exec(begun.limit(1)).first() is None:
            found[row.source] = row.run_asked_at
    return found
