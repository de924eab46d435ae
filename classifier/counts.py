"""How often each n-gram and word stood for each sector: the part that remembers every single word.

Most n-grams were met in one or two sectors, so only these are kept, each with how clearly it speaks. What a
kind of n-gram counts was fitted, apart for those inside a longer known one: of "toothbrush" the whole word
speaks, of an unknown compound its parts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import known
from classifier.grams import KINDS, Grams
from config import taxonomy

STEP = 0.25  # of a logarithm in one byte
_PLACE = np.zeros(256, np.intp)
_PLACE[list(KINDS)] = np.arange(len(KINDS))

Floats = NDArray[np.float32]


def inside(starts: NDArray[np.int32], ends: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each stretch lies in a longer one of them."""
    found = np.zeros(len(starts), bool)
    if not len(starts):
        return found
    reach = np.zeros(int(starts.max()) + 1, np.int32)  # where the longest from here on, so far, ends
    sizes = ends - starts
    for size in np.unique(sizes)[::-1]:
        here = sizes == size
        found[here] = np.maximum.accumulate(reach)[starts[here]] >= ends[here]
        np.maximum.at(reach, starts[here], ends[here])
    return found


class Counts:
    """Reads a text by the words it is made of."""

    def __init__(self, parts: Mapping[str, NDArray[Any]]) -> None:
        self._keys = known.keys(parts["keys"])
        self._ends = np.cumsum(parts["sizes"], dtype=np.int64)
        self._sectors, self._clear = parts["sectors"], parts["clear"]
        self.weights, self.bias = parts["weights"], parts["bias"]
        if len(self.weights) != 2 * len(KINDS):
            raise ValueError("counts.npz knows other kinds of n-grams: train this model again")

    def groups(self, found: Grams) -> Floats:
        """What each kind of n-gram says of each sector: a row a kind, then a row a kind inside others."""
        width = len(taxonomy.sectors())
        here, rows = known.rows(self._keys, found)
        group = _groups(found, here)
        sizes = np.bincount(group, minlength=2 * len(KINDS))
        starts = np.where(rows > 0, self._ends[rows - 1], 0)
        many = self._ends[rows] - starts
        pairs = np.repeat(starts - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
        place = np.repeat(group, many) * width + self._sectors[pairs]
        said = np.bincount(place, weights=self._clear[pairs] * STEP, minlength=len(sizes) * width)
        each: Floats = said.reshape(-1, width).astype(np.float32)
        return each / np.sqrt(np.maximum(sizes, 1)).astype(np.float32)[:, None]

    def logits(self, found: Grams) -> Floats:
        """What all of them together say of each sector."""
        return np.asarray(self.weights @ self.groups(found) + self.bias, np.float32)


def _groups(found: Grams, here: NDArray[np.intp]) -> NDArray[np.intp]:
    within = inside(found.starts[here], found.ends[here])
    return np.asarray(_PLACE[found.kinds[here]] + within * len(KINDS), np.intp)
