"""What a text is about: the vectors of its n-grams, added up and read by a small network.

The vectors were learned towards those of an English sentence encoder for the same product in English, so
that words of all languages share one space.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import known
from classifier.grams import Grams

Floats = NDArray[np.float32]


def gelu(x: Floats) -> Floats:
    """The soft step between the layers, as torch reckons it with approximate="tanh"."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), np.float32)


class Meaning:
    """Reads a text by what its words mean."""

    def __init__(self, parts: Mapping[str, NDArray[Any]]) -> None:
        self._parts: dict[str, Floats] = {
            name: parts[name].astype(np.float32) for name in parts if name not in ("keys", "table")
        }
        self._keys, self._table = known.keys(parts["keys"]), parts["table"]

    def logits(self, found: Grams) -> Floats:
        """What the text says of each sector."""
        _, rows = known.rows(self._keys, found)
        total = self._parts["scale"][rows] @ self._table[rows]
        x = total / np.sqrt(max(len(rows), 1))
        x = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * self._parts["n.weight"] + self._parts["n.bias"]
        inner = gelu(self._layer("a", x))
        inner = inner + gelu(self._layer("b", inner))
        return np.asarray(self._layer("o", inner) + self._layer("l", x), np.float32)

    def _layer(self, name: str, x: Floats) -> Floats:
        return np.asarray(self._parts[f"{name}.weight"] @ x + self._parts[f"{name}.bias"], np.float32)
