"""The stage that reads notices: labels with evidence, the order of all sectors, and the tags that follow."""

import logging
from collections.abc import Sequence

from sqlalchemy import delete, exists
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from classifier import tags
from classifier.classify import classify_many, fingerprint
from classifier.records import Record, Result
from database.session import reading, unit_of_work
from database.tables import Label, Notice, Reading
from database.types import now

BATCH = 32
log = logging.getLogger(__name__)


def pending(session: Session, limit: int) -> list[int]:
    """Notices whose version was not read with today's taxonomy and model, the newest first."""
    done = exists().where(
        col(Reading.notice_id) == col(Notice.id),
        col(Reading.version) == col(Notice.version),
        col(Reading.fingerprint) == fingerprint(),
    )
    found = session.exec(select(Notice.id).where(~done).order_by(col(Notice.id).desc()).limit(limit))
    return [one for one in found if one is not None]


def record(notice: Notice) -> Record:
    """A notice as the classifier sees it."""
    return Record(
        id=notice.id or 0,
        title=notice.title,
        text=notice.text,
        products=notice.products,
        language=notice.language,
        members=tuple(notice.members),
        symbols=tuple(notice.symbols),
        hs=tuple(notice.hs),
        ics=tuple(notice.ics),
        objectives=tuple(notice.objectives),
        kind=notice.kind,
        published_on=notice.published_on,
    )


def handle(ids: Sequence[int]) -> None:
    """Read the notices outside any transaction, then write what was found in one short one."""
    wanted = sorted(set(ids))
    with reading() as session:
        notices = session.exec(
            select(Notice).where(col(Notice.id).in_(wanted)).order_by(col(Notice.id))
        ).all()
    results = list(zip(notices, classify_many(record(notice) for notice in notices), strict=True))
    # Rows are locked in the order of their ids, so two workers with the same notices wait and never block.
    with unit_of_work() as session:
        written = sum(_write(session, notice, result) for notice, result in results)
    log.info("classified read=%d written=%d", len(results), written)


def _write(session: Session, notice: Notice, result: Result) -> bool:
    """Keep one reading; False if another worker did, or the notice changed while it was read."""
    version = session.exec(select(Notice.version).where(Notice.id == notice.id).with_for_update()).first()
    if version != notice.version or not _claim(session, notice, result):
        return False
    session.exec(delete(Label).where(col(Label.notice_id) == notice.id))
    session.add_all(_labels(notice.id or 0, result))
    session.flush()
    tags.refresh(session, notice.id or 0)
    return True


def _claim(session: Session, notice: Notice, result: Result) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "notice_id": notice.id,
        "version": notice.version,
        "fingerprint": fingerprint(),
        "at": now(),
        "ranking": [{"code": code, "score": score} for code, score in result.ranking],
        "review": "" if not result.weak else ("weak_sector" if result.sectors else "no_sector"),
    }
    once = insert(Reading).values(row).on_conflict_do_nothing().returning(col(Reading.id))
    return session.exec(once).first() is not None


def _labels(notice_id: int, result: Result) -> list[Label]:
    rows = [
        *(("sector", one.code, one.score, one.by, one.evidence) for one in result.sectors),
        *(("market", one.code, 1.0, one.by, one.evidence) for one in result.markets),
        *(("country", one.code, one.score, one.by, one.evidence) for one in result.countries),
        *(("measure_type", one.code, one.score, one.by, one.evidence) for one in result.measure_types),
    ]
    return [
        Label(
            notice_id=notice_id,
            kind=kind,
            code=code,
            score=score,
            by=by,
            evidence=[span.as_json() for span in evidence],
            fingerprint=fingerprint(),
        )
        for kind, code, score, by, evidence in rows
    ]
