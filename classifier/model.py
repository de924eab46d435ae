"""The text model of this installation. Without one the rules stand alone, and say so."""

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from classifier import chosen
from classifier.chosen import BUNDLED as BUNDLED
from config.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classifier.bundle import Votes

log = logging.getLogger(__name__)


class NoModel(ConfigError):
    """The files of a model are missing or broken."""


class Model(Protocol):
    """Scores texts for all sectors, in the order of the taxonomy."""

    @property
    def version(self) -> str:
        """Changes whenever the model does."""
        ...

    @property
    def blend(self) -> Mapping[str, Any]:
        """How its scores are joined with terms and codes."""
        ...

    @property
    def votes(self) -> "Votes | None":
        """What each word says, if the model can tell."""
        ...

    def score(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row a text, one column a sector, each row adding up to 1; the same row alone and in a batch."""
        ...


def read(where: str) -> Model:
    """The model of a directory or hub id (empty: the bundled one), read afresh.

    Raises WrongModel for a model whose labels are not our sectors, NoModel for one that cannot be read.
    """
    from classifier import foreign  # noqa: PLC0415  (numpy, onnxruntime: only who classifies pays)
    from classifier.bundle import KIND, Bundle, WrongModel, kind  # noqa: PLC0415

    try:
        home = foreign.directory(where) if where else BUNDLED
        return Bundle(home) if kind(home) == KIND else foreign.Foreign(home)
    except WrongModel:
        raise
    except Exception as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise NoModel(f"{where or BUNDLED}: no model can be read there: {words}") from error


@lru_cache(maxsize=3)
def load(where: str) -> Model | None:
    """The model of a directory or hub id (empty: the bundled one); None: there is none, the rules decide.

    Raises WrongModel for a model whose labels are not our sectors.
    """
    try:
        return read(where)
    except NoModel as error:
        log.critical("model_unreadable model=%s sectors_by=rules error=%s", where or "bundled", error)
        return None


def current() -> Model | None:
    """The model of this installation."""
    return load(chosen.where())
