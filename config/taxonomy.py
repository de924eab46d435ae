"""Sectors, measure types, countries, markets and languages, each read once from its file and frozen.

Every loader raises ConfigError with file, entry and fault; `check()` reads them all, at start.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.errors import ConfigError

HOME = Path(__file__).parent
LANGUAGES = HOME / "languages"


@dataclass(frozen=True)
class Sector:
    """A product sector with the code prefixes that state it."""

    code: str
    en: str
    zh: str
    hs: tuple[str, ...]
    ics: tuple[str, ...]
    cpv: tuple[str, ...]


@dataclass(frozen=True)
class MeasureType:
    """What a measure does; severity 1 (paper) to 3 (stops the goods)."""

    code: str
    en: str
    zh: str
    severity: int
    objectives: tuple[str, ...]


@dataclass(frozen=True)
class Country:
    """A country, territory or the European Union, under its ISO 3166 alpha-3 code (EU: "EU")."""

    code: str
    iso2: str
    numeric: str
    en: str
    zh: str
    spellings: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def eping(self) -> str:
        """The member's code in ePing, such as C704 or U918 (Kosovo has no number, and no code)."""
        return ("U" if self.code == "EU" else "C") + self.numeric


@dataclass(frozen=True)
class City:
    """A city of the exporters' province, under its GB/T 2260 code."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True)
class Membership:
    """A country in a market or body, first and last day of belonging; None: open."""

    country: str
    since: dt.date | None
    until: dt.date | None

    def on(self, day: dt.date) -> bool:
        """Whether the country belonged on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Market:
    """A market (US, EU, BRI) or regional body with its dated members."""

    code: str
    en: str
    zh: str
    members: tuple[Membership, ...]
    aliases: tuple[str, ...] = ()

    def on(self, day: dt.date) -> frozenset[str]:
        """Alpha-3 codes of the members on that day."""
        return frozenset(m.country for m in self.members if m.on(day))


@dataclass(frozen=True)
class Language:
    """What we know of a language: product terms, phrases that state a measure type, names of months."""

    code: str
    en: str
    zh: str
    own: str
    months: tuple[tuple[str, ...], ...]
    ignore: tuple[str, ...]
    sentences: tuple[str, ...]
    terms: Mapping[str, tuple[str, ...]] = field(repr=False)
    measure_types: Mapping[str, tuple[str, ...]] = field(repr=False)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


class _Entry:
    """One table of a file; takes fields by name and type, and names the place when one is wrong."""

    def __init__(self, path: Path, name: str, table: object) -> None:
        self.where = f"{path}: [{name}]"
        if not isinstance(table, dict):
            raise ConfigError(f"{self.where}: must be a table")
        self.table: dict[str, Any] = dict(table)

    def text(self, key: str, pattern: str = r".+", default: str | None = None) -> str:
        value = self.table.pop(key, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ConfigError(f"{self.where}: {key} must be a text like {pattern}, not {value!r}")
        return value

    def texts(self, key: str, pattern: str = r"(?s).+") -> tuple[str, ...]:
        value = self.table.pop(key, [])
        if not isinstance(value, list):
            raise ConfigError(f"{self.where}: {key} must be a list, not {value!r}")
        for item in value:
            if not isinstance(item, str) or not re.fullmatch(pattern, item):
                raise ConfigError(f"{self.where}: {key} must hold texts like {pattern}, not {item!r}")
        return tuple(value)

    def day(self, key: str) -> dt.date | None:
        value = self.text(key, r"\d{4}(-\d\d(-\d\d)?)?|", "")
        if not value:
            return None
        try:
            return dt.date.fromisoformat((value + "-01-01")[:10])
        except ValueError as error:
            raise ConfigError(f"{self.where}: {key} is no date: {value!r}") from error

    def done(self) -> None:
        if self.table:
            raise ConfigError(f"{self.where}: unknown field {sorted(self.table)[0]!r}")


def _entries(path: Path) -> Iterator[tuple[str, _Entry]]:
    for name, table in _read(path).items():
        yield name, _Entry(path, name, table)


@lru_cache(maxsize=1)
def sectors() -> Mapping[str, Sector]:
    """All product sectors by code, in the order of the HS chapters."""
    path = HOME / "sectors.toml"
    found: dict[str, Sector] = {}
    owner: dict[tuple[str, str], str] = {}
    for code, entry in _entries(path):
        sector = Sector(
            code,
            entry.text("en"),
            entry.text("zh"),
            entry.texts("hs", r"\d{2,6}"),
            entry.texts("ics", r"\d\d(\.\d{3}(\.\d\d)?)?"),
            entry.texts("cpv", r"\d{2,8}"),
        )
        entry.done()
        for key in [("hs", p) for p in sector.hs] + [("ics", p) for p in sector.ics]:
            if owner.setdefault(key, code) != code:
                raise ConfigError(f"{entry.where}: {key[0]} {key[1]} stands in [{owner[key]}] too")
        found[code] = sector
    if not found:
        raise ConfigError(f"{path}: holds no sector")
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def measure_types() -> Mapping[str, MeasureType]:
    """All measure types by code."""
    found = {}
    for code, entry in _entries(HOME / "measure_types.toml"):
        severity = entry.table.pop("severity", None)
        if severity not in (1, 2, 3):
            raise ConfigError(f"{entry.where}: severity must be 1, 2 or 3, not {severity!r}")
        found[code] = MeasureType(
            code, entry.text("en"), entry.text("zh"), severity, entry.texts("objectives")
        )
        entry.done()
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Country]:
    """All countries and territories by alpha-3 code, and the European Union as "EU"."""
    found = {}
    for code, entry in _entries(HOME / "countries.toml"):
        names = entry.table.pop("names", {})
        if not isinstance(names, dict) or not all(isinstance(n, str) for n in names.values()):
            raise ConfigError(f"{entry.where}: names must be a table of texts")
        en, wto = entry.text("en"), entry.text("wto", default="-")
        spellings = (en, *([] if wto == "-" else [wto]), *entry.texts("aliases"))
        found[code] = Country(
            code,
            entry.text("iso2", r"[A-Z]{2}"),
            entry.text("numeric", r"\d{3}|", ""),
            en,
            entry.text("zh"),
            tuple(dict.fromkeys(spellings)),
            MappingProxyType(names),
        )
        entry.done()
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def cities() -> Mapping[str, City]:
    """The cities firms are counted by, and one code for anywhere else."""
    found = {}
    for code, entry in _entries(HOME / "cities.toml"):
        found[code] = City(code, entry.text("en"), entry.text("zh"))
        entry.done()
    return MappingProxyType(found)


def _market(path: Path, code: str, table: object) -> Market:
    entry = _Entry(path, code, table)
    rows = entry.table.pop("members", [])
    members = []
    for number, row in enumerate(rows):
        one = _Entry(path, f"{code}.members {number}", row)
        one.table.pop("approx", None)  # a remark on the date, for readers of the file
        country = one.text("country")
        if country not in countries():
            raise ConfigError(f"{one.where}: no country {country!r} in countries.toml")
        members.append(Membership(country, one.day("from"), one.day("until")))
        one.done()
    entry.text("source", default="-")
    market = Market(code, entry.text("en"), entry.text("zh"), tuple(members), entry.texts("aliases"))
    entry.done()
    if not members:
        raise ConfigError(f"{entry.where}: has no members")
    return market


@lru_cache(maxsize=1)
def markets() -> Mapping[str, Market]:
    """The markets a notice is tagged with (US, EU, BRI), in the order of the file."""
    path = HOME / "markets.toml"
    tables = {code: table for code, table in _read(path).items() if code != "groups"}
    return MappingProxyType({code: _market(path, code, table) for code, table in tables.items()})


@lru_cache(maxsize=1)
def bodies() -> Mapping[str, Market]:
    """Regional bodies (EAEU, GCC, EAC, ASEAN, …) with their dated members."""
    path = HOME / "markets.toml"
    groups = _read(path).get("groups", {})
    return MappingProxyType({code: _market(path, code, table) for code, table in groups.items()})


def _language(path: Path) -> Language:
    entry = _Entry(path, path.stem, _read(path))
    name = _Entry(path, "name", entry.table.pop("name", None))
    months = entry.table.pop("months", None)
    if not isinstance(months, list) or len(months) != 12:
        raise ConfigError(f"{entry.where}: months must be twelve lists of names")
    tables: dict[str, dict[str, tuple[str, ...]]] = {}
    for kind, known in (("terms", sectors()), ("measure_types", measure_types())):
        one = _Entry(path, kind, entry.table.pop(kind, {}))
        tables[kind] = {code: one.texts(code) for code in known}
        one.done()
    language = Language(
        path.stem,
        name.text("en"),
        name.text("zh"),
        name.text("own"),
        tuple(tuple(forms) for forms in months),
        entry.texts("ignore"),
        entry.texts("sentences", r"(?s).*\{product\}.*"),
        MappingProxyType(tables["terms"]),
        MappingProxyType(tables["measure_types"]),
    )
    entry.done()
    return language


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    """All languages that have a file, by ISO 639-1 code."""
    return MappingProxyType({path.stem: _language(path) for path in sorted(LANGUAGES.glob("*.toml"))})


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Changes whenever a taxonomy file does: notices read with another fingerprint are read again."""
    digest = hashlib.sha256()
    for path in sorted([*HOME.glob("*.toml"), *LANGUAGES.glob("*.toml")]):
        if path.name not in (
            "cities.toml",
            "doors.toml",
            "feeds.toml",
            "pages.toml",
        ):  # they change no reading
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def check() -> None:
    """Read every file; raises ConfigError for the first fault."""
    sectors(), measure_types(), countries(), markets(), bodies(), languages(), cities()
