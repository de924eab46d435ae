"""Notices in the order of publication, and their dates by their place in it."""

import datetime as dt
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import select
from sqlmodel import col

from database.tables import Notice

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
DATED = {"deadline": "deadlines", "in_force": "forces"}
Ints = NDArray[np.int64]
Days = NDArray[np.int32]

COLUMNS = select(
    col(Notice.id),
    col(Notice.published_on),
    col(Notice.closes_at),
    col(Notice.comment_deadline),
    col(Notice.in_force_on),
    col(Notice.first_seen_at),
    col(Notice.source),
    col(Notice.level),
    col(Notice.withdrawn),
)


def bitmap(places: NDArray[Any]) -> BitMap:
    """An array of places as a bitmap."""
    return BitMap(array("I", places.astype(np.uint32).tobytes()))  # thrice as quick as from numpy


def places_of(bits: BitMap) -> NDArray[np.uint32]:
    """A bitmap as an array of places."""
    return np.asarray(bits.to_array(), dtype=np.uint32)


def microseconds(moment: dt.datetime) -> int:
    """A moment as a whole number."""
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def key(day: dt.date | None, number: int) -> int:
    """What notices are ordered by: the day of publication, unstated ones first, then their number."""
    return ((day.toordinal() if day else 0) << 32) + number


@dataclass(frozen=True)
class Order:
    """One array for each date, by place; 0 stands for a date that is not stated."""

    keys: Ints
    closes: Ints
    stored: Ints
    deadlines: Days
    forces: Days

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def published(self) -> int:
        """The first place of a notice whose day of publication is stated."""
        return int(np.searchsorted(self.keys, 1 << 32))

    def before(self, value: int) -> int:
        """The first place whose key is not below a value."""
        return int(np.searchsorted(self.keys, value))

    def numbers(self, places: NDArray[Any]) -> list[int]:
        """The numbers of the notices at some places."""
        found: list[int] = (self.keys[places] & 0xFFFFFFFF).tolist()
        return found

    def between(self, first: dt.date | None, last: dt.date | None) -> BitMap:
        """Published within days, both included."""
        start = self.before(key(first, 0)) if first else self.published
        end = self.before(key(last, 0) + (1 << 32)) if last else len(self)
        return BitMap(range(start, max(start, end)))

    def dated(self, name: str, first: dt.date | None, last: dt.date | None) -> BitMap:
        """With a deadline, or an entry into force, within days."""
        days = getattr(self, DATED[name])
        held = days >= (first.toordinal() if first else 1)
        if last:
            held &= days <= last.toordinal()
        return bitmap(np.flatnonzero(held))

    def closing(self, moment: dt.datetime) -> BitMap:
        """Whose comment time ends at a moment or later."""
        return bitmap(np.flatnonzero(self.closes >= microseconds(moment)))

    @cached_property
    def _newest(self) -> int:
        return int(self.stored.max(initial=0))

    def stored_after(self, moment: dt.datetime) -> BitMap:
        """Stored first after a moment; none, and at once, if that is now."""
        end = microseconds(moment)
        return BitMap() if end >= self._newest else bitmap(np.flatnonzero(self.stored > end))


class Rows:
    """Rows of COLUMNS, taken in and put into their order; sources, levels and withdrawals by place."""

    def __init__(self, rows: Iterable[Any]) -> None:
        dates = array("q")
        sources, levels, withdrawn = list[str](), list[str](), list[bool]()
        for number, published, closes, deadline, force, stored, source, level, gone in rows:
            dates.extend(
                (
                    key(published, number),
                    microseconds(closes) if closes else 0,
                    microseconds(stored),
                    deadline.toordinal() if deadline else 0,
                    force.toordinal() if force else 0,
                )
            )
            sources.append(intern(source))
            levels.append(intern(level))
            withdrawn.append(gone)
        all_dates = np.frombuffer(dates, dtype=np.int64).reshape(-1, 5)
        places = np.argsort(all_dates[:, 0])
        keys, closes_at, stored_at, deadlines, forces = all_dates[places].T.copy()
        self.order = Order(keys, closes_at, stored_at, deadlines.astype(np.int32), forces.astype(np.int32))
        self.withdrawn = bitmap(np.flatnonzero(np.array(withdrawn, dtype=bool)[places]))
        self.sources = _by_value(sources, places)
        self.levels = _by_value(levels, places)


def _by_value(values: list[str], places: NDArray[Any]) -> dict[str, BitMap]:
    ordered = np.array(values, dtype=object)[places]
    return {value: bitmap(np.flatnonzero(ordered == value)) for value in sorted(set(values))}
