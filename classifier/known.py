"""Which n-grams a part of the model has met: an unknown one says nothing, instead of what another says.

Kept on disk as the gaps between sorted keys, a byte each, so that a million keys take about a megabyte.
"""

import numpy as np
from numpy.typing import NDArray

from classifier.grams import Grams

BITS = 28  # of a key that are kept: one unknown n-gram in a hundred is taken for a known one
_STEP = 255  # a gap byte that goes on in the next

Keys = NDArray[np.uint32]


def short(keys: Keys) -> Keys:
    """The part of each key that is kept."""
    return np.asarray(keys >> np.uint32(32 - BITS), np.uint32)


def gaps(keys: Keys) -> NDArray[np.uint8]:
    """Sorted, different keys as bytes."""
    steps = np.diff(keys.astype(np.int64), prepend=0)
    whole, rest = np.divmod(steps, _STEP)
    found = np.full(int(whole.sum()) + len(steps), _STEP, np.uint8)
    found[np.cumsum(whole + 1) - 1] = rest
    return found


def keys(packed: NDArray[np.uint8]) -> Keys:
    """The keys that `gaps` made into bytes."""
    sums: Keys = np.cumsum(packed, dtype=np.uint32)
    return np.asarray(sums[packed != _STEP], np.uint32)


def rows(known: Keys, found: Grams) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which n-grams of a text are known, and the row of each."""
    wanted = short(found.keys)
    place = np.searchsorted(known, wanted)
    place[place == len(known)] = 0
    here = np.flatnonzero(known[place] == wanted) if len(known) else np.zeros(0, np.intp)
    return here, place[here]
