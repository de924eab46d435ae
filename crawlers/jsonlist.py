"""A source that answers with JSON: where its records stand is part of its form."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from crawlers.answers import read_json
from crawlers.dates import day
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.pages import Follow, Page, Refused
from crawlers.paging import Paging
from crawlers.record import RawNotice
from crawlers.source import Source


class JsonList(Source):
    """Reads an answer by the names of its parts; a source with other paging extends `page`."""

    rows: ClassVar[str] = ""  # "results", "page.content"; empty: the answer is the list
    total: ClassVar[str] = ""  # where the number of all records stands, if the publisher tells it
    following: ClassVar[str] = ""  # where the address of the next page stands
    paging: ClassVar[Paging | None] = None  # how it is asked for, where it stands nowhere
    unfiltered: ClassVar[str] = ""  # asked where the filter by date is refused; its rows are filtered here
    complaints: ClassVar[Mapping[str, str]] = {}  # fields that come instead of records, and what that means
    beside: ClassVar[tuple[str, ...]] = ()  # what else an answer holds, and nobody needs
    nothing: ClassVar[tuple[int, bytes]] = (
        0,
        b"",
    )  # HTTP error, and words in it, that say there is no record

    sifts = False

    def page(self, address: str, body: bytes) -> Page:
        """The records; what stands beside them must be known."""
        answer = read_json(body)
        if not self.rows:
            if not isinstance(answer, list):
                raise UnreadableAnswer("not the known form: the answer is no list")
            return Page(answer)
        if isinstance(answer, dict) and (known := [name for name in self.complaints if answer.get(name)]):
            raise UnreadableAnswer(self.complaints[known[0]])
        try:
            fields = Fields(answer, "the answer")
            found = Page(_at(fields, self.rows, list))
            if self.total:
                found.total = _at(fields, self.total, int)
            if self.following:
                found.next = fields.maybe(self.following) or None
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        if self.paging:
            found.next = self.paging.after(address, found, self.order.since, self.order.until)
            if self.paging.days:
                found.total = None  # only so much of it is asked for as the window needs
        found.unread = fields.unread(ignore=self.beside)
        return found

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """Nothing, where it says that there is nothing; all rows, where a window of them is refused."""
        if status == self.nothing[0] and self.nothing[1] in body:
            return []
        if not self.unfiltered or status != 400 or address == self.unfiltered:
            return None
        self.sifts = True
        self.remarks.append("the filter by date was refused (HTTP 400): all rows were read and filtered here")
        return [self.unfiltered]

    def read(self, row: Any) -> RawNotice | Refused | Follow:
        """One record, if it is of the window."""
        if self.sifts:
            on = day(self.said(Fields(row), self.facts["published"]), self.date_order) or dt.date.max
            if not self.order.since <= on <= self.order.until:
                return Refused("outside the window")
        return super().read(row)


def _at(fields: Fields, path: str, kind: type[Any]) -> Any:
    *outer, name = path.split(".")
    for part in outer:
        fields = Fields(fields.take(part, dict), part)
    return fields.take(name, kind)
