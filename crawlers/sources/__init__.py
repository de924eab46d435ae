"""The sources: one file each, found by listing this folder, and those of feeds.toml and pages.toml."""

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.entries import entries
from crawlers.errors import UnknownSource

HOME = Path(__file__).parent


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Names of all sources, without importing one."""
    return tuple(sorted({*written(), *entries()}))


def written() -> set[str]:
    """Names of the sources that have a file."""
    return {path.stem for path in HOME.glob("*.py") if not path.stem.startswith("_")}


@lru_cache
def _configured(name: str) -> type[Any]:
    entry = entries()[name]
    kind = importlib.import_module("crawlers.feed" if entry.kind == "feed" else "crawlers.listing")
    made: type[Any] = (kind.Feed if entry.kind == "feed" else kind.Listing).of(entry)
    return made


def source(name: str) -> type[Any]:
    """The class of a source (a `crawlers.source.Source`); imports Scrapy."""
    if name not in names():
        raise UnknownSource(f"no source {name!r}; there are: {', '.join(names())}")
    if name in entries():
        return _configured(name)
    module = importlib.import_module(f"crawlers.sources.{name}")
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and value.__module__ == module.__name__
            and vars(value).get("name") == name
        ):
            return value
    raise UnknownSource(f"crawlers/sources/{name}.py holds no source with name = {name!r}")
