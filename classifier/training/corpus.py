"""The n-grams of all rows to learn from, read once for the parts of the model that learn from them."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.grams import grams
from classifier.training.data import Row

_SLICES = 4  # bits: as many parts of the keys
_CUT = 260  # letters of a row that are learned from


class Corpus(NamedTuple):
    """Keys and kinds of the n-grams of all rows, one row after the other, and how many each row has."""

    keys: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    sizes: NDArray[np.int64]


def read(rows: Sequence[Row], tell: Callable[[str], None]) -> Corpus:
    """The n-grams of the beginnings of the rows."""
    keys, kinds = [], []
    for number, row in enumerate(rows):
        found = grams(row.text[:_CUT])
        keys.append(found.keys)
        kinds.append(found.kinds)
        if number % 100_000 == 0:
            tell(f"corpus row={number} of={len(rows)}")
    sizes = np.array([len(one) for one in keys], np.int64)
    return Corpus(np.concatenate(keys), np.concatenate(kinds), sizes)


def first(corpus: Corpus, rows: int) -> Corpus:
    """The n-grams of the first so many rows."""
    end = int(corpus.sizes[:rows].sum())
    return Corpus(corpus.keys[:end], corpus.kinds[:end], corpus.sizes[:rows])


def slices(keys: NDArray[np.uint32]) -> Iterator[NDArray[np.intp]]:
    """Where the keys of each part of all keys stand, in order: sorting all at once takes too much memory."""
    part = (keys >> np.uint32(32 - _SLICES)).astype(np.uint8)
    for number in range(1 << _SLICES):
        if len(here := np.flatnonzero(part == number)):
            yield here
