"""The n-grams of all rows to learn from, read once for the parts of the model that learn from them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.grams import grams
from classifier.training.data import Row

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


def save(path: Path, parts: Mapping[str, NDArray[Any]]) -> None:
    """Write a part of a model."""
    # numpy takes a flag by the same way as the arrays
    np.savez_compressed(path, **parts)  # type: ignore[arg-type]
