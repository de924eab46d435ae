"""The parts of a model while it is made: one whose file is there is not learned again.

A file appears under its name only when it is whole. `begun.txt` says from which rows, seed and encoder the
parts come: parts of another training are not gone on with, and a finished model is made anew.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.training.data import Row

DIRECTIONS = "directions.npz"  # needed by another part only, and not kept
_BEGUN = "begun.txt"


def name(rows: Sequence[Row], base: Path | None, seed: int) -> str:
    """What a training is told by: the same name, the same parts."""
    found = hashlib.sha256(repr((seed, base and base.resolve().name)).encode())
    for row in rows:
        found.update(repr(tuple(row)).encode("utf-8", "backslashreplace"))
    return found.hexdigest()


class Parts:
    """The directory in which a model is made."""

    def __init__(self, where: Path, begun: str) -> None:
        where.mkdir(parents=True, exist_ok=True)
        self.where, self._mark = where, where / _BEGUN
        if not self._mark.exists() or self._mark.read_text(encoding="utf-8") != begun:
            for path in [*where.glob("*.npz"), *where.glob("*.onnx")]:
                path.unlink()
            self._mark.write_text(begun, encoding="utf-8")

    def has(self, part: str) -> bool:
        """Whether a part is there, whole."""
        return (self.where / part).exists()

    def save(self, part: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write a part."""
        half = self.where / f"half.{part}"
        # numpy takes a flag by the same way as the arrays
        np.savez_compressed(half, **arrays)  # type: ignore[arg-type]
        half.replace(self.where / part)

    def finish(self) -> None:
        """Leave nothing but the model."""
        (self.where / DIRECTIONS).unlink(missing_ok=True)
        self._mark.unlink()
