"""A source that answers with JSON: where its records stand is part of its form."""

from typing import Any, ClassVar

from crawlers.answers import read_json
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.source import Page, Source


class JsonList(Source):
    """Reads an answer by the names of its parts; a source with other paging extends `page`."""

    rows: ClassVar[str] = ""  # "results", "page.content"; empty: the answer is the list
    total: ClassVar[str] = ""  # where the number of all records stands, if the publisher tells it
    following: ClassVar[str] = ""  # where the address of the next page stands
    beside: ClassVar[tuple[str, ...]] = ()  # what else an answer holds, and nobody needs
    named_by: ClassVar[tuple[str, ...]] = ()  # the first of these that a record has is its label

    def page(self, address: str, body: bytes) -> Page:
        """The records; what stands beside them must be known."""
        answer = read_json(body)
        if not self.rows:
            if not isinstance(answer, list):
                raise UnreadableAnswer("not the known form: the answer is no list")
            return Page(answer)
        try:
            fields = Fields(answer, "the answer")
            found = Page(_at(fields, self.rows, list))
            if self.total:
                found.total = _at(fields, self.total, int)
            if self.following:
                found.next = fields.maybe(self.following) or None
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        found.unread = fields.unread(ignore=self.beside)
        return found

    def label(self, row: Any) -> str:
        """The publisher's number."""
        return next((str(row[name]) for name in self.named_by if row.get(name)), "")


def _at(fields: Fields, path: str, kind: type[Any]) -> Any:
    *outer, name = path.split(".")
    for part in outer:
        fields = Fields(fields.take(part, dict), part)
    return fields.take(name, kind)
