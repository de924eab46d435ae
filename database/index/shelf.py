"""The bitmaps as a process has them at hand: those made last, and those of what changed since.

Two shelves answer together. The first was made from all notices and is read from its table bit by bit, as
asked for; what it says of a notice that changed since is left out. The second holds only those, made anew
whenever there are more. Bitmaps that were handed out are never changed.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from database import search
from database.index import changes
from database.index.order import COLUMNS, Order, Rows, bitmap
from database.search import Phrase
from database.tables import Notice, NoticeCode, Posting, Tag

log = logging.getLogger(__name__)

MOST_CHANGED = 5_000
MOST_BYTES = 96 * 2**20  # of bitmaps kept in memory; those asked for longest ago are read again
WORD, HS, SOURCE, LEVEL, COLUMN, META = "word", "hs", "source", "level", "column", "meta"
FORMAT = "3"  # to be raised when what is kept changes: an index of another format is none
TYPES = {"keys": np.int64, "closes": np.int64, "stored": np.int64, "deadlines": np.int32, "forces": np.int32}


class Gone(LookupError):
    """The index was made anew while it was read."""


class _Kept:
    """Bitmaps by name, so many bytes of them."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._bits: OrderedDict[Any, tuple[BitMap, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: Any) -> BitMap | None:
        with self._lock:
            if (found := self._bits.get(name)) is None:
                return None
            self._bits.move_to_end(name)
            return found[0]

    def put(self, name: Any, bits: BitMap, size: int) -> None:
        with self._lock:
            if name not in self._bits:
                self._bits[name] = (bits, size)
                self._bytes += size
            while self._bytes > self._most:
                self._bytes -= self._bits.popitem(last=False)[1][1]


class Shelf:
    """What can be asked of some notices, each answer a bitmap of their places."""

    def __init__(self, order: Order, withdrawn: BitMap, most: int = MOST_BYTES) -> None:
        self.order, self._withdrawn, self._kept = order, withdrawn, _Kept(most)
        self.all = BitMap(range(len(order)))
        numbers = order.keys & 0xFFFFFFFF
        self._places = np.argsort(numbers).astype(np.int32)
        self._numbers = numbers[self._places]

    # -- by what a reader asks

    def tagged(self, session: Session, kind: str, codes: Iterable[str]) -> BitMap:
        """With one of some tags, of one of some sources or levels."""
        return BitMap.union(BitMap(), *self.bits(session, kind, codes).values())

    def stated(self, session: Session, prefixes: Iterable[str]) -> BitMap:
        """Whose publisher stated an HS code that begins so."""
        begins = tuple(prefixes)
        return self.tagged(session, HS, [code for code in self.codes(HS) if code.startswith(begins)])

    def with_words(self, session: Session, phrases: Iterable[Phrase]) -> BitMap:
        """In which all of some phrases stand."""
        return BitMap.intersection(*(self._phrase(session, one) for one in phrases))

    def dated(self, name: str, first: Any, last: Any) -> BitMap:
        """With a deadline, or an entry into force, within days, and not withdrawn."""
        return self.order.dated(name, first, last) - self._withdrawn

    def opened(self, moment: Any) -> BitMap:
        """That take comments at a moment."""
        return self.order.closing(moment) - self._withdrawn

    def at(self, numbers: Iterable[int]) -> BitMap:
        """The places of notices by number; numbers it does not hold are passed over."""
        wanted = np.fromiter(numbers, dtype=np.int64)
        where = np.searchsorted(self._numbers, wanted)
        where[where == len(self._numbers)] = 0
        found: NDArray[Any] = where[self._numbers[where] == wanted] if len(self._numbers) else where[:0]
        return bitmap(self._places[found])

    # -- how it knows

    def codes(self, kind: str) -> Sequence[str]:
        """The codes of a kind that occur."""
        raise NotImplementedError

    def bits(self, session: Session, kind: str, codes: Iterable[str]) -> dict[str, BitMap]:
        """The bitmaps of some codes; a code that does not occur is left out."""
        raise NotImplementedError

    def _phrase(self, session: Session, phrase: Phrase) -> BitMap:
        if (found := self._kept.get(phrase)) is None:
            found = self._found(session, phrase)
            self._kept.put(phrase, found, len(found.serialize()))
        return found

    def _found(self, session: Session, phrase: Phrase) -> BitMap:
        raise NotImplementedError


class Made(Shelf):
    """All notices as they were when the index was made."""

    def __init__(self, session: Session, generation: int) -> None:
        self.generation = generation
        columns = self._read(session, COLUMN, [*TYPES, "withdrawn"])
        order = Order(**{name: np.frombuffer(columns[name], kind) for name, kind in TYPES.items()})
        super().__init__(order, BitMap.deserialize(columns["withdrawn"]))
        self._codes: dict[str, dict[str, None]] = {}
        names = select(col(Posting.kind), col(Posting.code)).where(col(Posting.generation) == generation)
        for kind, code in session.execute(names.order_by(col(Posting.kind), col(Posting.code))):
            self._codes.setdefault(kind, {})[code] = None

    def codes(self, kind: str) -> Sequence[str]:
        """The codes of a kind that occur."""
        return list(self._codes.get(kind, ()))

    def bits(self, session: Session, kind: str, codes: Iterable[str]) -> dict[str, BitMap]:
        """The bitmaps of some codes; a code that does not occur is left out."""
        known, found, missing = self._codes.get(kind, {}), dict[str, BitMap](), list[str]()
        for code in codes:
            if (bits := self._kept.get((kind, code))) is not None:
                found[code] = bits
            elif code in known:
                missing.append(code)
        for code, content in self._read(session, kind, missing).items():
            found[code] = BitMap.deserialize(content)
            self._kept.put((kind, code), found[code], len(content))
        return found

    def _read(self, session: Session, kind: str, codes: list[str]) -> dict[str, bytes]:
        query = select(col(Posting.code), col(Posting.bits)).where(
            col(Posting.kind) == kind, col(Posting.generation) == self.generation
        )
        found: dict[str, bytes] = {}
        for start in range(0, len(codes), 500):
            some = query.where(col(Posting.code).in_(codes[start : start + 500]))
            found.update((code, content) for code, content in session.execute(some))
        if len(found) < len(codes):
            raise Gone(kind)
        return found

    def _phrase(self, session: Session, phrase: Phrase) -> BitMap:
        """From the bitmap of a frequent word; the others the database looks up."""
        word, prefix = phrase
        if not prefix and (bits := self.bits(session, WORD, [word])):
            return bits[word]
        return super()._phrase(session, phrase)

    def _found(self, session: Session, phrase: Phrase) -> BitMap:
        return self.at(session.execute(search.numbers_with(session, [phrase])).scalars())


class Changed(Shelf):
    """The notices that changed since, as they are now."""

    def __init__(self, session: Session, numbers: Sequence[int]) -> None:
        some = search.among(session, numbers)
        rows = Rows(session.execute(COLUMNS.where(col(Notice.id).in_(some))))
        super().__init__(rows.order, rows.withdrawn)
        self.numbers: list[int] = self._numbers.tolist()
        self._bits: dict[str, dict[str, BitMap]] = {SOURCE: rows.sources, LEVEL: rows.levels, HS: {}}
        place = dict(zip(self._numbers.tolist(), self._places.tolist(), strict=True))
        tags = select(col(Tag.kind), col(Tag.code), col(Tag.notice_id)).where(col(Tag.notice_id).in_(some))
        stated = select(col(NoticeCode.scheme), col(NoticeCode.code), col(NoticeCode.notice_id))
        stated = stated.where(col(NoticeCode.notice_id).in_(some), col(NoticeCode.scheme) == HS)
        for query in (tags, stated):
            for kind, code, number in session.execute(query):
                if number in place:
                    self._bits.setdefault(kind, {}).setdefault(code, BitMap()).add(place[number])

    def codes(self, kind: str) -> Sequence[str]:
        """The codes of a kind that occur."""
        return list(self._bits.get(kind, ()))

    def bits(self, session: Session, kind: str, codes: Iterable[str]) -> dict[str, BitMap]:
        """The bitmaps of some codes; a code that does not occur is left out."""
        known = self._bits.get(kind, {})
        return {code: known[code] for code in codes if code in known}

    def _found(self, session: Session, phrase: Phrase) -> BitMap:
        if not self.numbers:
            return BitMap()
        return self.at(session.execute(search.numbers_among(session, self.numbers, phrase)).scalars())


class _Index:
    """What a process has of one database."""

    def __init__(self) -> None:
        self.made: Made | None = None
        self.changed: Changed | None = None
        self.unchanged = BitMap()
        self.behind = False  # and said so
        self.stamp: tuple[int, int] | None = None
        self.lock = Lock()


Shelves = list[tuple[Shelf, BitMap]]
_indexes: WeakKeyDictionary[Engine, _Index] = WeakKeyDictionary()
_indexes_lock = Lock()


def generation(session: Session) -> int:
    """Of the index made last; 0: there is none."""
    query = select(func.max(col(Posting.generation))).where(
        col(Posting.kind) == META, col(Posting.code) == FORMAT
    )
    return session.execute(query).scalar() or 0


def shelves(session: Session) -> Shelves | None:
    """The two shelves, each with the places that count; None: no index, or too much changed since."""
    with _indexes_lock:
        index = _indexes.setdefault(session.get_bind().engine, _Index())
    with index.lock:
        newest = generation(session)
        if not newest:
            return None
        try:
            return _current(session, index, newest)
        except Gone:
            return None


def _current(session: Session, index: _Index, newest: int) -> Shelves | None:
    if index.made is None or index.made.generation != newest:
        index.made = index.changed = index.stamp = None
        index.behind = False
        index.made = Made(session, newest)
    stamp = changes.stamp(session)
    if stamp != index.stamp:
        numbers = changes.numbers(session)
        if len(numbers) > MOST_CHANGED:
            if not index.behind:
                log.warning("index_behind changed=%d", len(numbers))
            index.changed, index.stamp, index.behind = None, stamp, True
            return None
        index.changed, index.stamp = Changed(session, numbers), stamp
        index.unchanged = index.made.all - index.made.at(numbers)
    if index.changed is None:
        return None
    return [(index.made, index.unchanged), (index.changed, index.changed.all)]
