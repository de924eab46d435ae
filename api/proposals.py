"""Measures that may be one: a document names, in its text, a number that another measure carries."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from crawlers import measures, symbols
from database.tables import MeasureKey, MeasureLink, Notice

NEWEST = 400
MOST = 50


@dataclass(frozen=True)
class Proposal:
    """A notice, and the measure it may belong to because of a number it names."""

    notice: Notice
    other: Notice
    key: str


def _named(notice: Notice) -> set[str]:
    """Keys of the numbers a notice names anywhere."""
    words = [notice.title, notice.text, notice.products, notice.objective]
    bases = {symbols.base(symbol) for text in words for symbol in symbols.find(text)}
    return bases | {f"WTO {one}" for one in bases} | set(measures.dockets(words)) | set(measures.rins(words))


def _refused(session: Session, notice_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(notice, measure) that people took apart before: not proposed again."""
    rows = session.exec(
        select(MeasureLink.notice_id, MeasureLink.measure_id).where(
            col(MeasureLink.notice_id).in_(list(notice_ids)), col(MeasureLink.undone_at).is_not(None)
        )
    )
    return set(rows.all())


def proposals(session: Session) -> list[Proposal]:
    """Pairs among the newest notices, the newest first."""
    query = select(Notice).where(col(Notice.measure_id).is_not(None)).order_by(col(Notice.id).desc())
    newest = session.exec(query.limit(NEWEST)).all()
    named = {one.id or 0: _named(one) for one in newest}
    wanted = {key for keys in named.values() for key in keys}
    homes = {
        row.key: row.measure_id
        for row in session.exec(select(MeasureKey).where(col(MeasureKey.key).in_(wanted)))
    }
    refused, found = _refused(session, named), []
    seen: set[tuple[int, int]] = set()
    for notice in newest:
        for key in sorted(named[notice.id or 0]):
            home = homes.get(key)
            if home is None or home == notice.measure_id or notice.measure_id is None:
                continue
            pair = (min(home, notice.measure_id), max(home, notice.measure_id))
            if pair in seen or (notice.id or 0, home) in refused:
                continue
            seen.add(pair)
            oldest = select(Notice).where(Notice.measure_id == home).order_by(col(Notice.id)).limit(1)
            if other := session.exec(oldest).first():
                found.append(Proposal(notice, other, key))
    return found[:MOST]


def links(session: Session) -> list[tuple[MeasureLink, Notice]]:
    """The newest joinings that may be taken back."""
    query = select(MeasureLink, Notice).where(
        MeasureLink.notice_id == Notice.id,
        MeasureLink.measure_id == Notice.measure_id,
        col(MeasureLink.undone_at).is_(None),
        col(MeasureLink.before_id).is_not(None),
    )
    return list(session.exec(query.order_by(col(MeasureLink.id).desc()).limit(MOST)).all())
