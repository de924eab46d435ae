"""Which sources are on, and which somebody wants read now. Importable without Scrapy."""

import datetime as dt
import logging

from sqlmodel import Session, col, select

from database.session import reading
from database.tables import Run, SourceSwitch

log = logging.getLogger(__name__)


def is_on(session: Session, source: str) -> bool:
    """Whether a source is to be read by its schedule; one that nobody switched off is."""
    row = session.get(SourceSwitch, source)
    return row is None or row.enabled


def off(session: Session) -> frozenset[str]:
    """Sources that somebody switched off."""
    return frozenset(session.exec(select(SourceSwitch.source).where(col(SourceSwitch.enabled).is_(False))))


def skipped(source: str) -> bool:
    """Whether a source that is due is left out because it is switched off."""
    with reading() as session:
        on = is_on(session, source)
    if not on:
        log.info("switched_off source=%s", source)
    return not on


def asked(session: Session) -> dict[str, dt.datetime]:
    """Sources that somebody asked to be read and that were not begun since, with when that was asked."""
    found = {}
    for row in session.exec(select(SourceSwitch).where(col(SourceSwitch.run_asked_at).is_not(None))):
        begun = select(Run.id).where(Run.source == row.source, col(Run.started_at) >= row.run_asked_at)
        if row.run_asked_at is not None and session.exec(begun.limit(1)).first() is None:
            found[row.source] = row.run_asked_at
    return found
