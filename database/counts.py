"""Numbers of notices by tag, source and in all, kept in a table: read by pages, kept up after the line."""

import time

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from config.settings import settings
from database.index import changes
from database.session import reading, unit_of_work
from database.tables import Count, Notice, Tag

ALL, SOURCE = "all", "source"
FEW = 50_000  # up to here counting is quick, and always right
REST = 600.0  # seconds between two counts beyond that: what counting costs grows with what is stored
_last: dict[
    str, tuple[tuple[int, int], float]
] = {}  # by database, what had changed at the last count, and when


def keep_up() -> None:
    """Count again if anything changed since this process counted; beyond a few notices not at once again."""
    with reading() as session:
        stamp = changes.stamp(session)
        many = _newest(session) > FEW
    before, at = _last.get(settings().database, ((-1, -1), 0.0))
    if stamp == before or (many and time.monotonic() - at < REST):
        return
    _last[settings().database] = stamp, time.monotonic()
    recount()


def _newest(session: Session) -> int:
    return session.execute(select(func.max(col(Notice.id)))).scalar() or 0


def recount() -> int:
    """Count again, outside any transaction that writes; returns how many notices there are."""
    with reading() as session:
        tagged = select(col(Tag.kind), col(Tag.code), func.count()).group_by(col(Tag.kind), col(Tag.code))
        rows = [tuple(row) for row in session.execute(tagged)]
        sources = session.execute(select(col(Notice.source), func.count()).group_by(col(Notice.source)))
        named = [(SOURCE, source, n) for source, n in sources]
    total: int = sum(n for _, _, n in named)
    found = [*rows, *named, (ALL, "", total)]
    with unit_of_work() as session:
        session.execute(delete(Count))
        session.execute(insert(Count), [{"kind": kind, "code": code, "n": n} for kind, code, n in found])
    return total


def kept(session: Session) -> dict[str, list[tuple[str, int]]] | None:
    """The kept numbers by kind, most first; None while there are so few notices that none need be kept."""
    if _newest(session) <= FEW:
        return None
    rows = session.execute(select(col(Count.kind), col(Count.code), col(Count.n))).all()
    found: dict[str, list[tuple[str, int]]] = {}
    for kind, code, n in sorted(rows, key=lambda row: (-row[2], row[1])):
        found.setdefault(kind, []).append((code, n))
    return found or None
