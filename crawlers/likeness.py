"""Titles so alike that two publishers may mean one measure: proposed to a person, never joined by themselves.

A title is looked up by four numbers made of its words (bands of minimal hashes): alike titles share one,
however many notices are stored. Only documents of different publishers that a member has in common are
compared, and figures must be the same: two decrees differ by theirs.
"""

import datetime as dt
import hashlib
import struct
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam, delete, insert, union_all
from sqlmodel import Session, col, select

from database.search import tokens
from database.tables import LinkProposal, MeasureLink, Notice, TitleBand

BANDS, DEEP = 4, 2
LEAST_WORDS = 5
ALIKE = 0.8  # of all words of both
NEWEST = 20  # notices looked at for one number: a title that more carry is a formula
APART = dt.timedelta(days=400)


def _words(title: str) -> frozenset[str]:
    return frozenset(tokens(title))


def bands(title: str) -> list[int]:
    """The numbers under which a title is found; none for a title of few words."""
    words = _words(title)
    if len(words) < LEAST_WORDS:
        return []
    hashes = [struct.unpack("<8Q", hashlib.blake2b(word.encode()).digest()) for word in words]
    least = [min(column) for column in zip(*hashes, strict=True)]
    found = []
    for band in range(BANDS):
        some = struct.pack("<3Q", band, *least[band * DEEP : band * DEEP + DEEP])
        found.append(int.from_bytes(hashlib.blake2b(some, digest_size=8).digest()) >> 1)
    return found


def alike(one: str, other: str) -> float:
    """The share of words that two titles have in common; 0 where their figures differ."""
    mine, theirs = _words(one), _words(other)
    if {w for w in mine if any(map(str.isdigit, w))} != {w for w in theirs if any(map(str.isdigit, w))}:
        return 0.0
    return len(mine & theirs) / max(1, len(mine | theirs))


def _newest(band: int) -> Select[Any]:
    """The newest notices under the band of that place, each band in a limit of its own."""
    one = select(TitleBand.notice_id).where(TitleBand.band == bindparam(f"band{band}"))
    return sa.select(one.order_by(col(TitleBand.notice_id).desc()).limit(NEWEST).subquery())


NEAR = union_all(*map(_newest, range(BANDS)))


def propose(session: Session, notice: Notice, *, again: bool = False) -> None:
    """Keep the title's numbers, and propose the notice of another publisher that is most alike.

    `again`: the title was another one before.
    """
    if again:
        session.execute(delete(TitleBand).where(col(TitleBand.notice_id) == notice.id))
    if notice.kind == "alert" or not (mine := bands(notice.title)):
        return
    asked = {f"band{place}": band for place, band in enumerate(mine)}
    near = {int(number) for number in session.execute(NEAR, asked).scalars()}
    session.execute(insert(TitleBand), [{"band": band, "notice_id": notice.id} for band in mine])
    if not near:
        return
    found = [
        (share, other.id or 0)
        for other in session.exec(
            select(Notice).where(
                col(Notice.id).in_(near), Notice.source != notice.source, Notice.kind != "alert"
            )
        )
        if _may_be_one(notice, other) and (share := alike(notice.title, other.title)) >= ALIKE
    ]
    if found:
        share, other_id = max(found)
        _keep(session, notice, other_id, share)


def _may_be_one(one: Notice, other: Notice) -> bool:
    if one.measure_id == other.measure_id or not set(one.members) & set(other.members):
        return False
    if one.published_on is None or other.published_on is None:
        return True
    return abs(one.published_on - other.published_on) <= APART


def _keep(session: Session, notice: Notice, other_id: int, share: float) -> None:
    """Write the proposal down, unless a person decided on the two before."""
    pair = sorted((notice.id or 0, other_id))
    known = select(LinkProposal.id).where(LinkProposal.notice_id == pair[1], LinkProposal.other_id == pair[0])
    parted = select(MeasureLink.id).where(
        col(MeasureLink.notice_id).in_(pair), col(MeasureLink.undone_at).is_not(None)
    )
    if session.exec(known).first() is None and session.exec(parted).first() is None:
        reason = f"titles alike ({share:.0%} of the words)"
        session.add(LinkProposal(notice_id=pair[1], other_id=pair[0], reason=reason, score=round(share, 3)))
