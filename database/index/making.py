"""Makes the index of bitmaps: tags, codes, sources, levels, dates, and the words that stand in very many.

Reading goes on from the old index until the new one is complete. Nothing is locked for longer than it takes
to write some hundred bitmaps; what changes meanwhile is among `changes` and looked at itself.
"""

import datetime as dt
import itertools
import logging
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from database import types
from database.index import changes
from database.index.order import COLUMNS, Rows, bitmap
from database.index.shelf import COLUMN, FORMAT, HS, LEVEL, META, SOURCE, TYPES, WORD, generation
from database.session import engine, reading, unit_of_work
from database.tables import Notice, NoticeCode, Posting, Tag

log = logging.getLogger(__name__)

FEW = 50_000  # notices that plain SQL lists and counts quickly enough
FREQUENT = 5_000  # a rarer word is found quickly without
ONE_OF = 16  # so many notices are looked at to tell which words are frequent
WORTH = 2_000  # changes after which it is made anew
# Transactions that began earlier may end later, and clocks of machines differ.
OVERLAP = dt.timedelta(minutes=10)
ROWS, WRITTEN = 5_000, 200

Progress = Callable[[str, int], None]
Named = tuple[str, str, bytes]


def catch_up() -> None:
    """Make the index if there are so many notices, and none yet or much changed since. After the line."""
    with reading() as session:
        many = (session.execute(select(func.max(col(Notice.id)))).scalar() or 0) > FEW
        known, (_, changed) = generation(session), changes.stamp(session)
    if many and (not known or changed > WORTH):
        try:
            make()
        except SQLAlchemyError:  # it only saves time: nothing else stops for it
            log.exception("index_failed")
    elif not many and changed > WORTH:
        with unit_of_work() as session:
            changes.forget(session, types.now() - OVERLAP)


def make(progress: Progress | None = None) -> int:
    """Make the index anew, whatever there is. Returns how many bitmaps it has."""
    begun = types.now()
    number = int(begun.timestamp() * 1000)
    with reading() as session:
        rows = Rows(session.execute(COLUMNS.execution_options(yield_per=ROWS)))
        ranks = _ranks(rows.order.keys & 0xFFFFFFFF)
        named = itertools.chain(_columns(rows), _tags(session, ranks), _words(session, ranks, progress))
        written = _write(number, named, progress)
    with unit_of_work() as session:
        session.execute(insert(Posting).values(kind=META, code=FORMAT, generation=number, bits=b""))
        session.execute(delete(Posting).where(col(Posting.generation) < number))
        changes.forget(session, begun - OVERLAP)
    _look_over()
    log.info("index_made notices=%d bitmaps=%d", len(rows.order), written)
    return written


def _look_over() -> None:
    """Have SQLite count what its indexes hold, or it goes astray among so many rows (/risk: 6 s, not 0.2)."""
    if engine().dialect.name != "sqlite":
        return  # PostgreSQL does it by itself
    connection = engine().raw_connection()
    try:
        connection.cursor().execute("ANALYZE")
    finally:
        connection.close()


def _ranks(numbers: NDArray[Any]) -> "array[int]":
    """The place of a notice by its number; -1 for a number that is not taken."""
    found = np.full(int(numbers.max(initial=0)) + 1, -1, dtype=np.int32)
    found[numbers] = np.arange(len(numbers), dtype=np.int32)
    return array("i", found.tobytes())


def _columns(rows: Rows) -> Iterator[Named]:
    for name in TYPES:
        yield COLUMN, name, getattr(rows.order, name).tobytes()
    yield COLUMN, "withdrawn", rows.withdrawn.serialize()
    for kind, bits in ((SOURCE, rows.sources), (LEVEL, rows.levels)):
        yield from ((kind, code, one.serialize()) for code, one in bits.items())


def _tags(session: Session, ranks: "array[int]") -> Iterator[Named]:
    tags = select(col(Tag.kind), col(Tag.code), col(Tag.notice_id)).order_by(col(Tag.kind), col(Tag.code))
    hs = select(col(NoticeCode.scheme), col(NoticeCode.code), col(NoticeCode.notice_id))
    hs = hs.where(col(NoticeCode.scheme) == HS).order_by(col(NoticeCode.code))
    for query in (tags, hs):
        rows = session.execute(query.execution_options(yield_per=ROWS))
        for (kind, code), some in itertools.groupby(rows, key=lambda row: (row[0], row[1])):
            yield kind, code, _bits(ranks, (number for _, _, number in some)).serialize()


def _bits(ranks: "array[int]", numbers: Iterable[int]) -> BitMap:
    last = len(ranks)
    places = np.fromiter((ranks[one] if one < last else -1 for one in numbers), dtype=np.int32)
    return bitmap(places[places >= 0])


def _bodies(session: Session, only: str = "") -> Iterator[tuple[int, list[str]]]:
    """The words of notices, `only` of some."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    number = "rowid" if sqlite else "notice_id"
    body = "body" if sqlite else "tsvector_to_array(body)"
    query = text(f"SELECT {number}, {body} FROM notice_search {only and f'WHERE {number} {only}'}")  # noqa: S608
    for one, words in session.execute(query.execution_options(yield_per=ROWS)):
        yield one, words.split() if sqlite else words


def _frequent(session: Session) -> frozenset[str]:
    """Words that stand in very many notices, as far as a sample tells; one that is missed is only slower."""
    seen: Counter[str] = Counter()
    for _, words in _bodies(session, f"% {ONE_OF} = 0"):
        seen.update(set(words))
    return frozenset(word for word, n in seen.items() if n * ONE_OF >= FREQUENT)


def _words(session: Session, ranks: "array[int]", progress: Progress | None) -> Iterator[Named]:
    frequent, last = _frequent(session), len(ranks)
    bits: dict[str, BitMap] = {word: BitMap() for word in frequent}
    bodies = _bodies(session)
    while some := list(itertools.islice(bodies, ROWS)):
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, words in some:
            if number < last and (place := ranks[number]) >= 0:
                for word in frequent.intersection(words):
                    places[word].append(place)
        for word, held in places.items():
            bits[word].update(held)
        if progress:
            progress("words", len(some))
    for word, standing in bits.items():
        yield WORD, word, standing.serialize()


def _write(number: int, named: Iterable[Named], progress: Progress | None) -> int:
    written, left = 0, iter(named)
    while some := list(itertools.islice(left, WRITTEN)):
        rows = [{"kind": kind, "code": code, "generation": number, "bits": bits} for kind, code, bits in some]
        with unit_of_work() as session:
            session.execute(insert(Posting), rows)
        written += len(rows)
        if progress:
            progress("bitmaps", len(rows))
    return written
