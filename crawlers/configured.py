"""What feeds and listing pages that are configured have in common."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar

from config.entries import Entry
from config.taxonomy import bodies
from crawlers.record import RawNotice
from crawlers.relevance import Door
from crawlers.source import Refused, Source
from database.types import now


class Configured(Source):
    """A source made from an entry of feeds.toml or pages.toml."""

    entry: ClassVar[Entry]
    stated: ClassVar[Door]
    named_by = ("id", "link")

    @classmethod
    def of(cls, entry: Entry) -> type["Configured"]:
        """The class of the source that an entry describes."""
        values = {
            **entry.form,
            "entry": entry,
            "stated": Door(entry.terms, entry.without, "none of the terms of this source"),
            "delay": entry.delay,
            "__doc__": entry.form["publisher"],
        }
        return type(str(entry.form["name"]), (cls,), values)

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """Those of the entry; they know no window."""
        yield from self.entry.urls

    def door(self) -> Door:
        """The terms of the entry."""
        return self.stated

    def entered(self, source_id: str, title: str, **values: Any) -> RawNotice | Refused:
        """A record, if its words let it in."""
        if rule := self.refuses(f"{title} {values.get('text') or ''}"):
            return Refused(rule)
        on = now().date()
        members = {
            one
            for code in self.entry.members
            for one in (bodies()[code].on(on) if code in bodies() else (code,))
        }
        return RawNotice(
            source_id=source_id if len(source_id) <= 300 else hashlib.sha256(source_id.encode()).hexdigest(),
            title=title,
            area=self.entry.area,
            kind="regular",
            members=tuple(sorted(members)),
            language=self.entry.form["languages"][0],
            says="adopted" if self.entry.adopted else "",
            **values,
        )
