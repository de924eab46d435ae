"""The stage that reads notices: labels with evidence, the order of all sectors, and the tags that follow.

A changed taxonomy or changed rules have every notice read again; so does a model where rules had to stand in.
Another model does not: what it would change is shown first (`tbt retag`).
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, exists, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from classifier import fulltext, model, tags
from classifier.chosen import RULES
from classifier.classify import classify_many, fingerprint, ground
from classifier.fulltext import Linked
from classifier.records import Record, Result
from database.session import reading, unit_of_work
from database.tables import Document, Label, Notice, Reading
from database.types import now

if TYPE_CHECKING:
    from classifier.model import Model

BATCH = 32
log = logging.getLogger(__name__)


def pending(session: Session, limit: int) -> list[int]:
    """Notices whose version was not read with today's taxonomy and rules, the newest first."""
    done = exists().where(
        col(Reading.notice_id) == col(Notice.id),
        col(Reading.version) == col(Notice.version),
        col(Reading.fingerprint).startswith(ground(), autoescape=True),
    )
    if model.current() is not None:
        done = done.where(col(Reading.fingerprint) != ground() + RULES)
    found = session.exec(select(Notice.id).where(~done).order_by(col(Notice.id).desc()).limit(limit))
    return [one for one in found if one is not None]


def _last_read_with(fingerprint: str) -> ColumnElement[bool]:
    newest = (
        select(func.max(Reading.id))
        .where(col(Reading.notice_id) == col(Notice.id), col(Reading.version) == col(Notice.version))
        .correlate(Notice)
        .scalar_subquery()
    )
    return exists().where(col(Reading.id) == newest, col(Reading.fingerprint) == fingerprint)


def outdated(session: Session, fingerprint: str, limit: int, below: int | None = None) -> list[int]:
    """Notices last read with something else, the newest first; only those with a lower id than `below`."""
    query = select(Notice.id).where(~_last_read_with(fingerprint)).order_by(col(Notice.id).desc())
    if below is not None:
        query = query.where(col(Notice.id) < below)
    return [one for one in session.exec(query.limit(limit)) if one is not None]


def count_outdated(session: Session, fingerprint: str) -> int:
    """How many notices were last read with something else."""
    query = select(func.count()).select_from(Notice).where(~_last_read_with(fingerprint))
    return session.exec(query).one()


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


def read(ids: Sequence[int], using: "Model | None" = None) -> list[tuple[Notice, Sequence[Linked], Result]]:
    """What is said of stored notices and their texts now, or by another model; nothing is written."""
    wanted = sorted(set(ids))
    with reading() as session:
        notices = session.exec(
            select(Notice).where(col(Notice.id).in_(wanted)).order_by(col(Notice.id))
        ).all()
        linked = _linked(session, wanted)
    texts = [linked.get(notice.id or 0, []) for notice in notices]
    pairs = [(record(notice), mine) for notice, mine in zip(notices, texts, strict=True)]
    results = fulltext.classify(pairs, partial(classify_many, using=using))
    return list(zip(notices, texts, results, strict=True))


def handle(ids: Sequence[int], *, again: bool = False) -> None:
    """Read the notices outside any transaction, then write what was found in one short one.

    `again`: also what was read with this very model before, and with another one since.
    """
    one = model.current()
    mark = fingerprint(one)
    results = read(ids, one)
    # Rows are locked in the order of their ids, so two workers with the same notices wait and never block.
    with unit_of_work() as session:
        written = sum(_write(session, *one, mark, again) for one in results)
    log.info("classified read=%d written=%d", len(results), written)


def _write(
    session: Session, notice: Notice, linked: Sequence[Linked], result: Result, mark: str, again: bool
) -> bool:
    """Keep one reading; False if another worker did, or the notice or its texts changed while it was read."""
    number = notice.id or 0
    version = session.exec(select(Notice.version).where(Notice.id == number).with_for_update()).first()
    if version != notice.version or list(linked) != _linked(session, [number]).get(number, []):
        return False
    if again:
        session.exec(
            delete(Reading).where(
                col(Reading.notice_id) == notice.id,
                col(Reading.version) == notice.version,
                col(Reading.fingerprint) == mark,
            )
        )
    if not _claim(session, notice, result, mark):
        return False
    session.exec(delete(Label).where(col(Label.notice_id) == notice.id))
    session.add_all(labels(notice.id or 0, result, mark))
    session.flush()
    tags.refresh(session, notice.id or 0)
    return True


def _why(result: Result) -> str:
    """Why a person should look, if one should."""
    if result.weak:
        return "weak_sector" if result.sectors else "no_sector"
    return "cut_text" if result.cut else ""


def _claim(session: Session, notice: Notice, result: Result, mark: str) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "notice_id": notice.id,
        "version": notice.version,
        "fingerprint": mark,
        "at": now(),
        "ranking": [{"code": code, "score": score} for code, score in result.ranking],
        "review": _why(result),
    }
    once = insert(Reading).values(row).on_conflict_do_nothing().returning(col(Reading.id))
    return session.exec(once).first() is not None


def labels(notice_id: int, result: Result, mark: str) -> list[Label]:
    """The rows that say what was found."""
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
            fingerprint=mark,
        )
        for kind, code, score, by, evidence in rows
    ]
