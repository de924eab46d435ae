"""The stage that reads notices: labels with evidence, the order of all sectors, and the tags that follow."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, exists
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from classifier import fulltext, tags
from classifier.classify import classify_many, fingerprint
from classifier.fulltext import Linked
from classifier.records import Record, Result
from database.session import reading, unit_of_work
from database.tables import Document, Label, Notice, Reading
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


def _linked(session: Session, ids: Sequence[int]) -> Mapping[int, list[Linked]]:
    """The beginnings of the texts that notices link to."""
    found: dict[int, list[Linked]] = defaultdict(list)
    beginning = func.substr(Document.text, 1, fulltext.EACH)
    rows = session.exec(
        select(Document.notice_id, Document.id, beginning)
        .where(col(Document.notice_id).in_(ids), Document.status == "text")
        .order_by(col(Document.id))
    )
    for notice_id, document_id, words in rows:
        found[notice_id].append(Linked(document_id or 0, words))
    return found


def handle(ids: Sequence[int]) -> None:
    """Read the notices outside any transaction, then write what was found in one short one."""
    wanted = sorted(set(ids))
    with reading() as session:
        notices = session.exec(
            select(Notice).where(col(Notice.id).in_(wanted)).order_by(col(Notice.id))
        ).all()
        linked = _linked(session, wanted)
    pairs = [(record(notice), linked.get(notice.id or 0, [])) for notice in notices]
    results = list(zip(notices, fulltext.classify(pairs, classify_many), strict=True))
    # Rows are locked in the order of their ids, so two workers with the same notices wait and never block.
    with unit_of_work() as session:
        written = sum(
            _write(session, notice, result, linked.get(notice.id or 0, [])) for notice, result in results
        )
    log.info("classified read=%d written=%d", len(results), written)


def _write(session: Session, notice: Notice, result: Result, linked: Sequence[Linked]) -> bool:
    """Keep one reading; False if another worker did, or the notice or its texts changed while it was read."""
    version = session.exec(select(Notice.version).where(Notice.id == notice.id).with_for_update()).first()
    if version != notice.version or list(linked) != _linked(session, [notice.id or 0]).get(
        notice.id or 0, []
    ):
        return False
    if not _claim(session, notice, result):
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
