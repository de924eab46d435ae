"""Filters answered by bitmaps: the same notices, numbers and order as SQL gives, where there are very many.

None of this decides what is found: api/filters.py does, and a test compares the two.
"""

import datetime as dt
import heapq
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pyroaring import BitMap
from sqlmodel import Session

from api import meaning
from api.filters import TAGGED, Filters, Hits
from database import search
from database.index.order import key, microseconds, places_of
from database.index.shelf import LEVEL, SOURCE, Shelf, shelves

OPEN = "open_for_comment"
Stretch = Literal["published", "unpublished", "open", "closed_published", "closed_unpublished"]


def _meant(session: Session, shelf: Shelf, part: meaning.Part) -> BitMap | None:
    """In which the words of a part stand, and those tagged with what they mean."""
    phrases = search.phrases(part.words)
    if not phrases:
        return None
    found = shelf.with_words(session, phrases)
    groups = []
    for group in part.groups:
        tags = [
            shelf.stated(session, [one.code])
            if one.kind == "hs"
            else shelf.tagged(session, one.kind, [one.code])
            for one in group
        ]
        groups.append(BitMap.union(BitMap(), *tags))
    return found | BitMap.intersection(*groups) if groups else found


def _by_words(session: Session, shelf: Shelf, words: str, hits: Hits) -> BitMap:
    phrases, parts = search.phrases(words), meaning.parts(words)
    if not phrases:
        return BitMap()
    stand = shelf.with_words(session, phrases)
    if hits in ("title", "body"):
        leading = shelf.with_words(session, search.in_title(phrases))
        return leading if hits == "title" else stand - leading
    if hits == "text" or not any(part.groups for part in parts):
        return BitMap() if hits == "meaning" else stand
    meant = [one for part in parts if (one := _meant(session, shelf, part)) is not None]
    found = BitMap.intersection(*meant)
    return found - stand if hits == "meaning" else found


def _sets(
    session: Session, shelf: Shelf, filters: Filters, moment: dt.datetime, hits: Hits
) -> dict[str, BitMap]:
    """What each filter asks for, by its name."""
    found: dict[str, BitMap] = {}
    if filters.q.strip():
        found["q"] = _by_words(session, shelf, filters.q, hits)
    for name, kind in (*TAGGED.items(), ("source", SOURCE), ("level", LEVEL)):
        if codes := getattr(filters, name):
            found[name] = shelf.tagged(session, kind, codes)
    if filters.hs:
        found["hs"] = shelf.stated(session, filters.hs)
    if filters.open_for_comment is not None:
        opened = shelf.opened(moment)
        found[OPEN] = opened if filters.open_for_comment else shelf.all - opened
    if filters.published_from or filters.published_to:
        found["published"] = shelf.order.between(filters.published_from, filters.published_to)
    for name in ("deadline", "in_force"):
        first, last = getattr(filters, f"{name}_from"), getattr(filters, f"{name}_to")
        if first or last:
            found[name] = shelf.dated(name, first, last)
    return found


def _all_of(base: BitMap, sets: dict[str, BitMap], besides: str = "") -> BitMap:
    rest = sorted((bits for name, bits in sets.items() if name != besides), key=len)
    return BitMap.intersection(*rest, base) if rest else base


def total(
    session: Session, filters: Filters, moment: dt.datetime, seen: dt.datetime | None = None
) -> int | None:
    """How many there are, `seen`: of what was stored by then; None: no index."""
    if (found := shelves(session)) is None:
        return None
    n = 0
    for shelf, held in found:
        hits = _all_of(held, _sets(session, shelf, filters, moment, "any"))
        n += len(hits - shelf.order.stored_after(seen) if seen else hits)
    return n


def counts(
    session: Session, filters: Filters, moment: dt.datetime
) -> tuple[int, dict[str, list[tuple[str, int]]]] | None:
    """How many there are, and how many each choice of a filter would give; None: no index."""
    if (found := shelves(session)) is None:
        return None
    n, seen = 0, {name: Counter[str]() for name in (*TAGGED, "source", LEVEL, OPEN)}
    for shelf, held in found:
        sets = _sets(session, shelf, filters, moment, "any")
        hits = _all_of(held, sets)
        n += len(hits)
        for name, counter in seen.items():
            among = _all_of(held, sets, besides=name) if name in sets else hits
            for code, bits in _choices(session, shelf, name, moment).items():
                counter[code] += among.intersection_cardinality(bits)
    ordered = {
        name: sorted(((code, k) for code, k in counter.items() if k), key=lambda one: (-one[1], one[0]))
        for name, counter in seen.items()
    }
    ordered[OPEN] = [("true", seen[OPEN]["true"])]
    return n, ordered


def cells(
    session: Session, filters: Filters, moment: dt.datetime, seen: dt.datetime | None, severe: list[str]
) -> dict[tuple[str, str], tuple[int, int, int]] | None:
    """By sector and market how many, how many open and how many with a severe measure; None: no index."""
    if (found := shelves(session)) is None:
        return None
    n: dict[tuple[str, str], tuple[int, int, int]] = {}
    for shelf, held in found:
        hits = _all_of(held, _sets(session, shelf, filters, moment, "any"))
        hits = hits - shelf.order.stored_after(seen) if seen else hits
        subsets = (hits, hits & shelf.opened(moment), hits & shelf.tagged(session, "measure_type", severe))
        markets = _choices(session, shelf, "market", moment)
        for sector, bits in _choices(session, shelf, "sector", moment).items():
            among = [bits & subset for subset in subsets]
            for market, others in markets.items():
                before = n.get((sector, market), (0, 0, 0))
                more = [one.intersection_cardinality(others) for one in among]
                n[sector, market] = (before[0] + more[0], before[1] + more[1], before[2] + more[2])
    return {names: three for names, three in sorted(n.items()) if three[0]}


def tagged(
    session: Session, filters: Filters, moment: dt.datetime, seen: dt.datetime, kind: str
) -> Counter[str] | None:
    """How many there are with each tag of a kind; None: no index."""
    if (found := shelves(session)) is None:
        return None
    n = Counter[str]()
    for shelf, held in found:
        hits = _all_of(held, _sets(session, shelf, filters, moment, "any")) - shelf.order.stored_after(seen)
        for code, bits in shelf.bits(session, kind, shelf.codes(kind)).items():
            n[code] += hits.intersection_cardinality(bits)
    return n


def _choices(session: Session, shelf: Shelf, name: str, moment: dt.datetime) -> dict[str, BitMap]:
    if name == OPEN:
        return {"true": shelf.opened(moment)}
    kind = {**TAGGED, "source": SOURCE}.get(name, name)
    return shelf.bits(session, kind, shelf.codes(kind))


@dataclass(frozen=True)
class Wanted:
    """Some rows of an order: after which, and how many at most."""

    stretch: Stretch
    moment: dt.datetime
    most: int
    after: tuple[Any, int] | None = None  # the key of the order (a day, a moment or None) and the number
    level: str = ""  # only of this one


def rows(session: Session, filters: Filters, hits: Hits, wanted: Wanted) -> list[int] | None:
    """The numbers of the next notices in an order; None: no index."""
    if (found := shelves(session)) is None:
        return None
    take = _first_to_close if wanted.stretch == "open" else _newest
    ordered = []
    for shelf, held in found:
        bits = _all_of(held, _sets(session, shelf, filters, wanted.moment, hits))
        if wanted.level:
            bits = bits & shelf.tagged(session, LEVEL, [wanted.level])
        ordered.append(take(shelf, bits, wanted))
    return [number for _, number in list(heapq.merge(*ordered))[: wanted.most]]


def _newest(shelf: Shelf, bits: BitMap, wanted: Wanted) -> list[tuple[int, int]]:
    order = shelf.order
    if wanted.stretch.startswith("closed"):
        bits = bits - shelf.opened(wanted.moment)
    unstated = wanted.stretch.endswith("unpublished")
    first, last = (0, order.published) if unstated else (order.published, len(order))
    if wanted.after is not None:
        day, number = wanted.after
        last = min(last, order.before(key(day, number)))
    if last <= first:
        return []
    end = bits.rank(last - 1)
    begin = max(bits.rank(first - 1) if first else 0, end - wanted.most)
    places = places_of(bits[begin:end])[::-1]
    return list(zip((-order.keys[places]).tolist(), order.numbers(places), strict=True))


def _first_to_close(shelf: Shelf, bits: BitMap, wanted: Wanted) -> list[tuple[tuple[int, int], int]]:
    order = shelf.order
    places = places_of(bits & shelf.opened(wanted.moment))
    closes, numbers = order.closes[places], order.keys[places] & 0xFFFFFFFF
    if wanted.after is not None:
        moment, number = wanted.after
        end = microseconds(moment)
        further = (closes > end) | ((closes == end) & (numbers > number))
        closes, numbers = closes[further], numbers[further]
    chosen = np.lexsort((numbers, closes))[: wanted.most]
    return [((int(closes[i]), int(numbers[i])), int(numbers[i])) for i in chosen]


def ahead(
    session: Session, filters: Filters, moment: dt.datetime, day: dt.date, most: int
) -> list[int] | None:
    """The numbers of notices with a date to come: the first to close, then the first to enter into force."""
    if (found := shelves(session)) is None:
        return None
    rows: list[tuple[int, int, int]] = []
    for shelf, held in found:
        order, bits = shelf.order, _all_of(held, _sets(session, shelf, filters, moment, "any"))
        opened = bits & shelf.opened(moment)
        coming = (bits & shelf.dated("in_force", day, None)) - opened
        for rank, some, dates in ((0, opened, order.closes), (1, coming, order.forces)):
            places = places_of(some)
            numbers = order.keys[places] & 0xFFFFFFFF
            chosen = np.lexsort((numbers, dates[places]))[:most]
            rows += [(rank, int(dates[places[i]]), int(numbers[i])) for i in chosen]
    return [number for *_, number in sorted(rows)[:most]]
