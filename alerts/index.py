"""One notice against every subscription at once, by bitmaps of subscription numbers.

Each code and each word that somebody asks for has a bitmap (roaring) of who asks; a notice is answered by a
few unions and intersections of them, its words found in one pass (Aho-Corasick). The answer is exactly that
of `Interest.wants` held against each subscription alone, and a test compares the two.

The index is built from the table by whoever first needs it and follows the table: `refresh` reads what
changed since. A subscription that ended stays a candidate for a moment at worst, because whoever asks the
index reads the candidates' rows; one that is new is in the index once its transaction ended.
"""

import datetime as dt
import json
import logging
import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from ahocorasick_rs import AhoCorasick, Implementation
from pyroaring import BitMap
from sqlalchemy import Engine, String, cast
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, or_, select

from alerts.interest import CHAPTER, HEADING, HORIZONTAL, SUBHEADING, Subject, facets
from alerts.level import LEVELS, RELEVANCES
from alerts.words import Spelling, spelling, together
from config import taxonomy
from database import types
from database.tables import Subscriber, Subscription

log = logging.getLogger(__name__)

LISTS = ("sectors", "markets", "countries", "measure_types", "hs", "without", "keywords", "excludes")
CODED = 6  # so many of them are codes, the others words
# Transactions that began earlier may end later, and clocks of machines differ: so far back is read again.
OVERLAP = dt.timedelta(minutes=2)
ROWS = 5_000
MOST_NAMED = 1_000
MOST_CHANGED = 0.2
MOST_FRESH_WORDS = 2_000

Bits = dict[str, BitMap]


@lru_cache(maxsize=200_000)
def _decoded(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


class _Words:
    """Bitmaps by word, and the one pass over a text that finds the words."""

    def __init__(self) -> None:
        self.asked: Bits = {}
        self._spellings: list[Spelling] = []
        self._words: dict[str, list[str]] = {}
        self._fresh: list[Spelling] = []
        self._old: AhoCorasick | None = None
        self._new: AhoCorasick | None = None

    def add(self, asking: Mapping[str, Iterable[int]]) -> None:
        for word, numbers in asking.items():
            if (known := self.asked.get(word)) is not None:
                known.update(numbers)
                continue
            self.asked[word] = BitMap(numbers)
            one = spelling(word)
            same = self._words.setdefault(one.text, [])
            same.append(word)
            if len(same) == 1:
                self._fresh.append(one)
                self._new = None

    def found(self, text: str) -> Iterator[BitMap]:
        """Who asks for a word that stands in the text."""
        if len(self._fresh) > MOST_FRESH_WORDS:
            self._spellings, self._fresh, self._old, self._new = self._spellings + self._fresh, [], None, None
        if self._old is None and self._spellings:
            self._old = _automaton(self._spellings)
        if self._new is None and self._fresh:
            self._new = _automaton(self._fresh)
        for automaton, spellings in ((self._old, self._spellings), (self._new, self._fresh)):
            if automaton is None:
                continue
            hits = automaton.find_matches_as_indexes(text, overlapping=True)
            for number in {n for n, start, end in hits if spellings[n].stands(text, start, end)}:
                for word in self._words[spellings[number].text]:
                    yield self.asked[word]


def _automaton(spellings: list[Spelling]) -> AhoCorasick:
    return AhoCorasick([one.text for one in spellings], implementation=Implementation.ContiguousNFA)


class Index:
    """Who asks for what. Not safe for two threads at once: see `shared`."""

    def __init__(self) -> None:
        self.active = BitMap()
        self.codes: dict[str, Bits] = {name: {} for name in LISTS[:CODED]}
        self.below: Bits = {}  # HS prefix → who asks for a longer one that begins with it
        self.open: Bits = {name: BitMap() for name in ("place", "measure_type", "product")}
        self.keywords, self.excludes = _Words(), _Words()
        self.levels: Bits = {name: BitMap() for name in LEVELS[1:]}
        self.paused: dict[int, dt.datetime] = {}
        self._last_id = 0
        self._mark: dt.datetime | None = None
        self._seen = set[tuple[int, int, dt.datetime]]()

    def _bitmaps(self) -> Iterator[BitMap]:
        yield self.active
        for bits in (*self.codes.values(), self.below, self.open, self.levels):
            yield from bits.values()
        yield from self.keywords.asked.values()
        yield from self.excludes.asked.values()

    @property
    def bytes(self) -> int:
        """The size of all bitmaps as they would be written, a lower bound of the memory they take."""
        return sum(len(one.serialize()) for one in self._bitmaps())

    # -- following the table

    def refresh(self, session: Session) -> int:
        """Read what changed in the table since the last time; how many subscriptions that were."""
        if self._mark is None:
            self._set_mark(session)
            self._load(session, [], None)
            return len(self.active)
        if not (changed := self._changed(session, self._mark)):
            return 0
        if len(changed) > MOST_CHANGED * (len(self.active) + 1) and len(changed) > ROWS:
            self.__init__()  # type: ignore[misc]  # most of it is new: cheaper from the start
            return self.refresh(session)
        self._set_mark(session)
        gone = BitMap(changed)
        for bitmap in self._bitmaps():
            bitmap -= gone
        for number in changed:
            self.paused.pop(number, None)
        few = [col(Subscription.id).in_(changed)] if len(changed) <= MOST_NAMED else []
        self._load(session, few, changed)
        return len(changed)

    def _changed(self, session: Session, mark: dt.datetime) -> set[int]:
        since = mark - OVERLAP
        own = select(Subscription.id, Subscription.changed_at)
        of_person = select(Subscription.id, Subscriber.changed_at).join(
            Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id)
        )
        changed = {
            (number or 0, place, at)
            for place, statement in enumerate(
                (
                    own.where(or_(Subscription.changed_at >= since, col(Subscription.id) > self._last_id)),
                    of_person.where(Subscriber.changed_at >= since),
                )
            )
            for number, at in session.exec(statement)
        }
        found = {number for number, _, _ in changed - self._seen}
        self._seen = changed
        return found

    def _set_mark(self, session: Session) -> None:
        marks = [
            session.exec(select(func.max(table.changed_at))).one() for table in (Subscription, Subscriber)
        ]
        self._mark = max((mark for mark in marks if mark is not None), default=types.now())
        self._last_id = session.exec(select(func.max(Subscription.id))).one() or 0

    def _load(self, session: Session, conditions: list[Any], only: set[int] | None) -> None:
        """Add the running subscriptions: those of `only`, or all."""
        rows = session.execute(
            columns(
                col(Subscription.id),
                *(cast(getattr(Subscription, name), String) for name in LISTS),
                col(Subscription.min_level),
                col(Subscription.paused_until),
            )
            .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
            .where(
                col(Subscriber.confirmed_at).is_not(None),
                col(Subscriber.ended_at).is_(None),
                col(Subscription.confirmed_at).is_not(None),
                col(Subscription.ended_at).is_(None),
                *conditions,
            )
            .execution_options(yield_per=ROWS)
        )
        batch = _Batch()
        for number, *lists, min_level, paused_until in rows:
            if only is None or number in only:
                batch.take(number, [_decoded(stored) for stored in lists], min_level)
                if paused_until is not None:
                    self.paused[number] = paused_until
        _decoded.cache_clear()
        self._add(batch)

    def _add(self, batch: "_Batch") -> None:
        self.active.update(batch.numbers)
        for (name, code), numbers in batch.codes.items():
            if name == "keywords":
                self.keywords.add({code: numbers})
            elif name == "excludes":
                self.excludes.add({code: numbers})
            else:
                _put(self.codes[name], code, numbers)
                if name == "hs":
                    for length in range(CHAPTER, len(code)):
                        _put(self.below, code[:length], numbers)
        for name, numbers in batch.open.items():
            self.open[name].update(numbers)
        for name, numbers in batch.levels.items():
            self.levels[name].update(numbers)

    # -- answering

    def concerned(self, about: Subject, today: dt.date, now: dt.datetime) -> dict[str, BitMap]:
        """Who wants this notice, by relevance: each subscription's number under the closest that holds."""
        base = self._base(about, now)
        if not base:
            return {}
        found: dict[str, BitMap] = {}
        taken = BitMap()
        for relevance, bits in reversed(list(zip(RELEVANCES, self._products(about), strict=True))):
            mine = BitMap.union(BitMap(), *bits) & base
            mine -= taken
            taken |= mine
            rank = about.level(relevance, today).rank
            for name in LEVELS[rank + 1 :]:
                mine -= self.levels[name]
            if mine:
                found[relevance] = mine
        return found

    def _base(self, about: Subject, now: dt.datetime) -> BitMap:
        """Active, asking for this place and kind of measure, and not excluding it."""
        tagged = about.tags.get("country", frozenset())
        if "EU" in tagged:
            day = about.notice.published_on or now.date()
            tagged = tagged | taxonomy.markets()["EU"].on(day)
        places = _named(self.codes["markets"], about.tags.get("market", ()))
        places += _named(self.codes["countries"], tagged)
        base = BitMap.union(self.open["place"], *places) & self.active
        kinds = _named(self.codes["measure_types"], about.measure_types)
        base &= BitMap.union(self.open["measure_type"], *kinds)
        if base and self.excludes.asked:
            for passage in about.passages:
                for bits in self.excludes.found(together(passage)):
                    base -= bits
        base -= self._left_out(about)
        for number, until in self.paused.items():
            if until > now:
                base.discard(number)
        return base

    def _left_out(self, about: Subject) -> BitMap:
        """Who wants no notice that is only about what this one is about."""
        out, without = BitMap(), self.codes["without"]
        if not without:
            return out
        for kind in facets(about):
            who = [BitMap.union(BitMap(), *_named(without, names)) for names in kind]
            if who:
                out |= BitMap.intersection(*who)
        return out

    def _products(self, about: Subject) -> tuple[list[BitMap], list[BitMap], list[BitMap]]:
        """Bitmaps whose union is concerned for reference, broadly and directly."""
        reference, broad, direct = [self.open["product"]], list[BitMap](), list[BitMap]()
        tagged = about.tags.get("sector", frozenset())
        if HORIZONTAL in tagged:
            reference.append(self.active)
        broad += _named(self.codes["sectors"], tagged - {HORIZONTAL})
        hs = self.codes["hs"]
        for stated in about.hs:
            for length in range(CHAPTER, len(stated) + 1):
                if (bits := hs.get(stated[:length])) is None:
                    continue
                if len(stated) >= SUBHEADING and length >= HEADING:
                    direct.append(bits)
                elif len(stated) == length == CHAPTER:
                    reference.append(bits)
                else:
                    broad.append(bits)
            if stated in self.below:
                broad.append(self.below[stated])
        for passage in about.passages:
            (broad if passage.field == "text" else direct).extend(self.keywords.found(together(passage)))
        return reference, broad, direct


class _Batch:
    """Subscriptions on their way into the index: numbers by what they ask for."""

    def __init__(self) -> None:
        self.numbers = array("I")
        self.codes: dict[tuple[str, str], array[int]] = {}
        self.open: dict[str, array[int]] = {name: array("I") for name in ("place", "measure_type", "product")}
        self.levels: dict[str, array[int]] = {name: array("I") for name in LEVELS[1:]}

    def take(self, number: int, lists: list[tuple[str, ...]], min_level: str) -> None:
        """One subscription: its lists in the order of LISTS."""
        self.numbers.append(number)
        for name, values in zip(LISTS, lists, strict=True):
            for code in values:
                numbers = self.codes.get((name, code))
                if numbers is None:
                    numbers = self.codes[name, code] = array("I")
                numbers.append(number)
        sectors, markets, countries, kinds, hs, _, keywords, _ = lists
        if not (markets or countries):
            self.open["place"].append(number)
        if not kinds:
            self.open["measure_type"].append(number)
        if not (sectors or hs or keywords):
            self.open["product"].append(number)
        if min_level in self.levels:
            self.levels[min_level].append(number)


def _put(bits: Bits, code: str, numbers: Iterable[int]) -> None:
    if (known := bits.get(code)) is None:
        bits[code] = BitMap(numbers)
    else:
        known.update(numbers)


def _named(bits: Bits, codes: Iterable[str]) -> list[BitMap]:
    return [bits[code] for code in codes if code in bits]


_indexes: WeakKeyDictionary[Engine, Index] = WeakKeyDictionary()
_lock = threading.RLock()


def concerned(
    session: Session, about: Iterable[Subject], today: dt.date, now: dt.datetime
) -> list[dict[str, BitMap]]:
    """Who wants each of these notices, asked of this process's index after it read what changed."""
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    with _lock:
        index = _indexes.setdefault(engine, Index())
        if changed := index.refresh(session):
            log.info("index_refreshed subscriptions=%d", changed)
        return [index.concerned(one, today, now) for one in about]
