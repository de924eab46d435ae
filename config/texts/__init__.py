"""Every text a person reads, from one place: `<area>.toml`, Chinese and English side by side.

Traditional Chinese is derived. Keys are `area.name`; values may hold `{placeholders}`.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from opencc import OpenCC

from config.errors import ConfigError

HOME = Path(__file__).parent
LANGUAGES = ("zh", "en", "zh-Hant")


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts by key, each with zh and en. Raises ConfigError for one that lacks a language."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(HOME.glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}") from error
        for name, entry in entries.items():
            if not isinstance(entry, dict) or set(entry) != {"zh", "en"}:
                raise ConfigError(f"{path}: [{name}]: must hold zh and en, and nothing else")
            found[f"{path.stem}.{name}"] = MappingProxyType(entry)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _traditional() -> OpenCC:
    return OpenCC("s2hk")


@lru_cache(maxsize=4096)
def traditional(simplified: str) -> str:
    """Traditional Chinese as written in Hong Kong and Macao."""
    return str(_traditional().convert(simplified))


def text(key: str, language: str, **values: object) -> str:
    """The text of a key (`area.name`) in zh, en or zh-Hant, with its placeholders filled.

    Raises KeyError for an unknown key or a placeholder without value: a programmer's mistake.
    """
    entry = catalogue()[key]
    pattern = entry["en"] if language == "en" else entry["zh"]
    if language == "zh-Hant":
        pattern = traditional(pattern)
    return pattern.format(**values) if values else pattern
