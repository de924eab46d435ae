"""What a source says of itself, read from its file without loading Scrapy.

A source's form is literal, so those who only show it (the web) or time it (the clock) need not import it.
"""

import ast
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from types import MappingProxyType

from apscheduler.triggers.cron import CronTrigger

from config.entries import entries
from config.settings import settings
from crawlers.errors import CrawlError, UnknownSource
from crawlers.sources import HOME, names


@dataclass(frozen=True)
class Form:
    """The form a source fills in; each entry is a class attribute of the source, written as a literal."""

    name: str
    publisher: str
    country: str  # of the publisher, alpha-3; empty for an international body
    markets: tuple[str, ...]  # "*" for all
    homepage: str
    hosts: tuple[str, ...]  # the only ones it may be asked from or lead to
    schedule: str  # cron, UTC, days of the week by name
    expect: tuple[int, int]  # records a scheduled run should read
    deadline_zone: str  # where the day of a deadline ends
    languages: tuple[str, ...]
    date_order: str = "dmy"  # of 02/06/2026; "mdy" in America
    gazette: bool = False  # its date of publication is the one that "6 months after publication" counts from
    undated: bool = False  # a record without date counts as published when it was first seen
    overlap_days: int = 7  # read again, for what was changed or filed late
    first_window_days: int = 90
    quiet_days: int = 14  # without anything new it counts as silent
    max_pages: int = 500
    time_limit: int = 1800  # seconds
    texts: tuple[
        str, ...
    ] = ()  # names of links, the first of which that a notice has leads to its text; empty: all
    text_languages: tuple[str, ...] = ()  # asked for one after another, where an address answers in several
    tells: bool = True  # False where the publisher asks that nobody be alerted by its data: evidence only
    needs: str = ""  # the setting that holds its key, where it answers to nobody without one

    @property
    def lacking(self) -> str:
        """What has to be set before this source can be asked, in one line; empty if nothing is missing."""
        if self.needs and not getattr(settings(), self.needs):
            return f"{self.name} answers only with a key: set TBT_{self.needs.upper()} (see {self.homepage})"
        return ""

    def due_after(self, moment: dt.datetime) -> dt.datetime:
        """When the first run after a moment is due."""
        trigger = CronTrigger.from_crontab(self.schedule, timezone=dt.UTC)
        due: dt.datetime | None = trigger.get_next_fire_time(None, moment + dt.timedelta(microseconds=1))
        if due is None:
            raise CrawlError(f"{self.name}: schedule {self.schedule!r} is never due")
        return due.astimezone(dt.UTC)


KNOWN = {field.name for field in fields(Form)}


def _read(name: str) -> Form:
    if name in entries():
        return Form(**entries()[name].form)
    path = HOME / f"{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        values = {}
        for line in node.body:
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                key = line.targets[0].id
                if key in KNOWN:
                    values[key] = ast.literal_eval(line.value)
        if values.get("name") == name:
            return Form(**values)
    raise CrawlError(f"{path} holds no source with name = {name!r}")


@lru_cache(maxsize=1)
def forms() -> Mapping[str, Form]:
    """The forms of all sources by name."""
    return MappingProxyType({name: _read(name) for name in names()})


def form(name: str) -> Form:
    """The form of one source. Raises UnknownSource that names those there are."""
    if name not in forms():
        raise UnknownSource(f"no source {name!r}; there are: {', '.join(names())}")
    return forms()[name]
