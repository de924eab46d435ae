"""Which model this installation uses: `TBT_MODEL`, else the one a person switched to, else the bundled one.

`tbt model use` copies a model into DATA_DIR/models/VERSION, so that nothing can change under a running
service, and writes that name into DATA_DIR/models/current. Reading which one it is loads no model: the web
asks here for the figures that came with it.
"""

import json
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

from config.errors import ConfigError
from config.settings import settings

BUNDLED = Path(__file__).parent / "bundled"
RULES = "rules"
"""What stands in a fingerprint where no model could be read."""

_NAME = re.compile(r"[\w.+-]{1,100}")


class Overruled(ConfigError):
    """TBT_MODEL decides which model is used; take it away before you switch."""

    def __str__(self) -> str:
        """The docstring is the message."""
        return str(self.__doc__)


def _models() -> Path:
    return settings().data_dir.absolute() / "models"


def switched() -> str:
    """Name of the model a person switched to; empty: none."""
    try:
        name = (_models() / "current").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return name if _NAME.fullmatch(name) else ""


def where() -> str:
    """Directory or hub id of the model in use; empty: the bundled one."""
    if settings().model:
        return settings().model
    name = switched()
    return str(_models() / name) if name else ""


def home() -> Path:
    """The directory of the model in use. It may not exist: a hub id's files lie elsewhere."""
    return Path(where()) if where() else BUNDLED


def copy(source: Path, version: str) -> None:
    """Keep a copy of a model of that version, and use it from now on. Raises Overruled."""
    _may_switch()
    target = _models() / version
    if not target.is_dir():
        fresh = _models() / f".{secrets.token_hex(4)}"
        shutil.copytree(source, fresh)
        fresh.rename(target)
    _point(version)


def forget() -> None:
    """Use the bundled model again. Raises Overruled."""
    _may_switch()
    _point("")


def _may_switch() -> None:
    if settings().model:
        raise Overruled


def _point(name: str) -> None:
    _models().mkdir(parents=True, exist_ok=True)
    fresh = _models() / f".{secrets.token_hex(4)}"
    fresh.write_text(name, encoding="utf-8")
    os.replace(fresh, _models() / "current")


def figures() -> dict[str, Any]:
    """What was measured of the model in use (its figures.json); empty: nothing came with it."""
    try:
        found = json.loads((home() / "figures.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def version_of(fingerprint: str) -> str:
    """The model's part of the fingerprint a notice was read with (`classifier.classify.fingerprint`)."""
    return "-".join(fingerprint.split("-")[2:])
