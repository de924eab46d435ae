"""Measures that may be one, for a person to decide.

A document names, in its text, a number that another measure carries; or two titles are nearly the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from crawlers import measures, symbols
from database.tables import LinkProposal, MeasureKey, MeasureLink, Notice
from database.types import now

NEWEST = 400
MOST = 50


@dataclass(frozen=True)
class Proposal:
    """A notice, and one of the measure it may belong to: because of a number it names, or its title."""

    notice: Notice
    other: Notice
    key: str = ""
    share: float = 0.0  # of the words that the titles have in common

    @property
    def reason(self) -> str:
        """As it stands in the link that a person makes."""
        return f"names {self.key}" if self.key else f"titles alike ({self.share:.0%} of the words)"


def _named(notice: Notice) -> set[str]:
    """Keys of the numbers a notice names anywhere."""
    words = [notice.title, notice.text, notice.products, notice.objective]
    bases = {symbols.base(symbol) for text in words for symbol in symbols.find(text)}
    return bases | {f"WTO {one}" for one in bases} | set(measures.dockets(words)) | set(measures.rins(words))


def decide(session: Session, notice: Notice, other: Notice, *, accepted: bool, by: str, reason: str) -> None:
    """Remember what a person said of two notices; they are not proposed again."""
    first, last = sorted((notice.id or 0, other.id or 0))
    known = session.exec(
        select(LinkProposal).where(LinkProposal.notice_id == last, LinkProposal.other_id == first)
    ).first()
    row = known or LinkProposal(notice_id=last, other_id=first, reason=reason)
    row.state, row.by, row.at = "accepted" if accepted else "refused", by, now()
    session.add(row)


def _alike(session: Session) -> list[Proposal]:
    """Open proposals by title; those that have become one measure by themselves are left out."""
    one, other = aliased(Notice), aliased(Notice)
    rows = session.exec(
        select(LinkProposal, one, other)
        .join(one, col(one.id) == col(LinkProposal.notice_id))
        .join(other, col(other.id) == col(LinkProposal.other_id))
        .where(LinkProposal.state == "open", one.measure_id != other.measure_id)
        .order_by(col(LinkProposal.id).desc())
        .limit(MOST)
    )
    return [Proposal(notice, older, share=row.score) for row, notice, older in rows]


def _declined(session: Session, notice_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs of notices that a person said are not one."""
    rows = session.exec(
        select(LinkProposal.notice_id, LinkProposal.other_id).where(
            col(LinkProposal.notice_id).in_(list(notice_ids)), LinkProposal.state == "refused"
        )
    )
    return set(rows.all())


def _refused(session: Session, notice_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(notice, measure) that people took apart before: not proposed again."""
    rows = session.exec(
        select(MeasureLink.notice_id, MeasureLink.measure_id).where(
            col(MeasureLink.notice_id).in_(list(notice_ids)), col(MeasureLink.undone_at).is_not(None)
        )
    )
    return set(rows.all())


def proposals(session: Session) -> list[Proposal]:
    """Pairs with a number in common among the newest notices, then pairs of titles; the newest first."""
    return [*_named_pairs(session), *_alike(session)][:MOST]


def _named_pairs(session: Session) -> list[Proposal]:
    query = select(Notice).where(col(Notice.measure_id).is_not(None)).order_by(col(Notice.id).desc())
    newest = session.exec(query.limit(NEWEST)).all()
    named = {one.id or 0: _named(one) for one in newest}
    wanted = {key for keys in named.values() for key in keys}
    homes = {
        row.key: row.measure_id
        for row in session.exec(select(MeasureKey).where(col(MeasureKey.key).in_(wanted)))
    }
    refused, declined, found = _refused(session, named), _declined(session, named), []
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
            other = session.exec(oldest).first()
            if other is not None and (max(_ids(notice, other)), min(_ids(notice, other))) not in declined:
                found.append(Proposal(notice, other, key))
    return found


def _ids(notice: Notice, other: Notice) -> tuple[int, int]:
    return notice.id or 0, other.id or 0


def links(session: Session) -> list[tuple[MeasureLink, Notice]]:
    """The newest joinings that may be taken back."""
    query = select(MeasureLink, Notice).where(
        MeasureLink.notice_id == Notice.id,
        MeasureLink.measure_id == Notice.measure_id,
        col(MeasureLink.undone_at).is_(None),
        col(MeasureLink.before_id).is_not(None),
    )
    return list(session.exec(query.order_by(col(MeasureLink.id).desc()).limit(MOST)).all())
