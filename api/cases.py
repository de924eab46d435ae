"""Enforcement cases under a measure: both state the same act or standard, by its number."""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts.dates import today
from api import shapes
from database.tables import MeasureKey, Notice, NoticeCode

SCHEMES = ("act", "standard")
MOST = 500  # cases looked at, the newest
MOST_CITED = 200
SHOWN = 5  # of each citation
YEAR = dt.timedelta(days=365)
HOME = "CHN"


def under(session: Session, documents: Sequence[Notice], now: dt.datetime) -> list[shapes.Enforcement]:
    """The cases under a measure by what both cite, most of a year first; of members they have in common."""
    members = {code for one in documents if one.kind != "alert" for code in one.members}
    found: dict[str, list[Notice]] = {}
    for scheme, codes in _cited(session, documents).items():
        rows = session.exec(
            select(NoticeCode.code, Notice)
            .join(Notice, col(Notice.id) == col(NoticeCode.notice_id))
            .where(NoticeCode.scheme == f"case-{scheme}", col(NoticeCode.code).in_(codes))
            .order_by(col(NoticeCode.notice_id).desc())
            .limit(MOST)
        )
        for code, case in rows:
            if members & set(case.members):
                found.setdefault(code, []).append(case)
    told = [_told(code, cases, today(now) - YEAR) for code, cases in found.items()]
    return sorted(told, key=lambda one: (-one.in_a_year, one.citation))


def _cited(session: Session, documents: Sequence[Notice]) -> dict[str, list[str]]:
    """What the measure's documents cite, and the measure itself where it is an act of the Union."""
    ids = [one.id for one in documents if one.kind != "alert"]
    measures = {one.measure_id for one in documents if one.measure_id is not None}
    found: dict[str, list[str]] = {scheme: [] for scheme in SCHEMES}
    rows = session.exec(
        select(NoticeCode.scheme, NoticeCode.code)
        .where(col(NoticeCode.notice_id).in_(ids), col(NoticeCode.scheme).in_(SCHEMES))
        .distinct()
    )
    for scheme, code in rows:
        found[scheme].append(code)
    own = select(MeasureKey.key).where(
        col(MeasureKey.measure_id).in_(measures), col(MeasureKey.key).startswith("CELEX 3")
    )
    found["act"] += [key for key in session.exec(own) if key not in found["act"]]
    return {scheme: sorted(codes)[:MOST_CITED] for scheme, codes in found.items() if codes}


def _told(citation: str, cases: Sequence[Notice], since: dt.date) -> shapes.Enforcement:
    newest = sorted(cases, key=lambda one: (one.published_on or dt.date.min, one.id or 0), reverse=True)
    return shapes.Enforcement(
        citation=citation,
        cases=len(cases),
        in_a_year=sum((one.published_on or dt.date.min) >= since for one in cases),
        from_china=sum(one.origin == HOME for one in cases),
        newest=[
            shapes.Case(
                notice_id=one.id or 0,
                day=one.published_on,
                source_id=one.source_id,
                title=one.title,
                language=one.language,
                origin=one.origin,
            )
            for one in newest[:SHOWN]
        ],
    )


def entries(found: Sequence[shapes.Enforcement]) -> list[shapes.Entry]:
    """The newest cases for the timeline, each once."""
    told = {
        case.notice_id: shapes.Entry(
            day=case.day, what="case", notice_id=case.notice_id, symbols=[case.source_id], after=one.citation
        )
        for one in found
        for case in one.newest
        if case.day is not None
    }
    return list(told.values())
