"""Sources that are configured (feeds.toml, pages.toml), and what those that are written let in (doors.toml).

Raises ConfigError with file, entry and fault.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from config.errors import ConfigError
from config.taxonomy import HOME, _entries, _Entry, bodies, countries, markets

SELECTORS = (
    "rows",
    "link",
    "title",
    "published",
    "deadline",
    "adoption",
    "in_force",
    "text",
    "agency",
    "id",
    "next",
)
CRON = r"\S+ \S+ \S+ \S+ \S+"


@dataclass(frozen=True)
class Entry:
    """One configured source: its form as a source has it, and what its reader must know."""

    kind: str  # feed or page
    form: Mapping[str, Any]
    urls: tuple[str, ...]
    members: tuple[str, ...]
    area: str
    adopted: bool
    delay: float
    terms: tuple[str, ...]
    without: tuple[tuple[str, tuple[str, ...]], ...]
    selectors: Mapping[str, str]  # of a page, by what they find
    ignore: tuple[str, ...]
    strip: tuple[str, ...]


def _value(entry: _Entry, key: str, kind: type, default: Any) -> Any:
    value = entry.table.pop(key, default)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ConfigError(f"{entry.where}: {key} must be {kind.__name__}, not {value!r}")
    return value


def _urls(entry: _Entry) -> tuple[str, ...]:
    if isinstance(entry.table.get("url"), str):
        entry.table["url"] = [entry.table["url"]]
    found = entry.texts("url", r"https?://[^\s/]+\S*")
    if not found:
        raise ConfigError(f"{entry.where}: url is missing")
    return found


def _known(entry: _Entry, key: str, found: tuple[str, ...], known: Mapping[str, Any], more: str = "") -> None:
    for code in found:
        if code not in known and code != more:
            raise ConfigError(f"{entry.where}: {key} {code!r} is not known here")


def _without(entry: _Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = _Entry(Path("without"), entry.where, entry.table.pop("without", {}))
    return tuple((rule, table.texts(rule)) for rule in list(table.table))


def _patterns(entry: _Entry) -> tuple[str, ...]:
    found = entry.texts("strip")
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"{entry.where}: strip {pattern!r} is no pattern: {error}") from error
    return found


def _expect(entry: _Entry) -> tuple[int, int]:
    found = entry.table.pop("expect", [1, 1000])
    match found:
        case [int(low), int(high)] if 0 <= low <= high:
            return low, high
    raise ConfigError(f"{entry.where}: expect must be two numbers, the smaller first, not {found!r}")


def _entry(kind: str, name: str, entry: _Entry) -> Entry:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"{entry.where}: a source's name is of a-z, 0-9 and _")
    urls, country = _urls(entry), entry.text("country", r"[A-Z]{3}|EU|", "")
    listed, members = entry.texts("markets"), entry.texts("members") or ((country,) if country else ())
    _known(entry, "market", listed, markets(), "*")
    _known(entry, "member", members, {**countries(), **bodies()})
    if not members or not listed:
        raise ConfigError(f"{entry.where}: {'markets' if members else 'country or members'} is missing")
    hosts = [urlsplit(url).hostname or "" for url in urls]
    form = {
        "name": name,
        "publisher": entry.text("publisher"),
        "country": country,
        "markets": listed,
        "homepage": entry.text("homepage", r"https?://.+"),
        "hosts": tuple(dict.fromkeys([*hosts, *entry.texts("hosts", r"[\w.-]+")])),
        "schedule": entry.text("schedule", CRON, "35 */6 * * *"),
        "expect": _expect(entry),
        "deadline_zone": entry.text("deadline_zone", default="UTC"),
        "languages": (entry.text("language", r"[a-z]{2}"),),
        "date_order": entry.text("date_order", "dmy|mdy", "dmy"),
        "undated": True,
        "quiet_days": _value(entry, "quiet_days", int, 30),
        "max_pages": _value(entry, "max_pages", int, 20),
    }
    selectors = {key: found for key in SELECTORS if kind == "page" and (found := entry.text(key, ".*", ""))}
    if kind == "page" and "rows" not in selectors:
        raise ConfigError(f"{entry.where}: rows is missing")
    made = Entry(
        kind=kind,
        form=MappingProxyType(form),
        urls=urls,
        members=members,
        area=entry.text("area", "TBT|SPS|", ""),
        adopted=_value(entry, "adopted", bool, False),
        delay=float(_value(entry, "delay", int, 3)),
        terms=entry.texts("terms"),
        without=_without(entry),
        selectors=MappingProxyType(selectors),
        ignore=entry.texts("ignore") if kind == "page" else (),
        strip=_patterns(entry) if kind == "page" else (),
    )
    entry.done()
    return made


@lru_cache(maxsize=1)
def entries() -> Mapping[str, Entry]:
    """All configured sources by name."""
    found: dict[str, Entry] = {}
    for kind in ("feed", "page"):
        path = HOME / f"{kind}s.toml"
        for name, entry in _entries(path) if path.exists() else ():
            if name in found:
                raise ConfigError(f"{entry.where}: stands in feeds.toml too")
            found[name] = _entry(kind, name, entry)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def doors() -> Mapping[str, tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]]:
    """Terms that let a record in, and rules with terms that keep one out, by source."""
    found = {}
    for name, entry in _entries(HOME / "doors.toml"):
        found[name] = entry.texts("terms"), _without(entry)
        entry.done()
    return MappingProxyType(found)
