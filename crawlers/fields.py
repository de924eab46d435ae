"""Strict reading of a record: take every field you know, then name what is left."""

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, TypeVar, overload

from crawlers.errors import UnreadableRecord
from crawlers.words import short, storable

BLANK = re.compile(r"\{([^{}:]+)(?::(\d+))?\}")
T = TypeVar("T")
V = TypeVar("V")

SAID = str | int  # what can stand within words
NAMES: dict[Any, str] = {
    **{str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list"},
    SAID: "a text or whole number",
}


def _name(kind: type | UnionType) -> str:
    return NAMES.get(kind, "an object")


class Fields:
    """The fields of one record. Reading one marks it as known; `unread` names the others."""

    def __init__(self, row: object, where: str = "") -> None:
        if not isinstance(row, Mapping):
            raise UnreadableRecord(f"{where or 'a record'} is {_name(type(row))}, not an object")
        self._row: Mapping[str, object] = row
        self._known: set[str] = set()

    def _checked(self, name: str, kind: Any) -> Any:
        value = self._row[name]
        if value is None:
            return None
        # a bool is an int to Python, never to a publisher
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            found = f"{_name(type(value))}, not {_name(kind)}"
            raise UnreadableRecord(f"field {name!r} is {found}: {value!r:.80}")
        return storable(value) if isinstance(value, str) else value

    @overload
    def take(self, name: str) -> str: ...
    @overload
    def take(self, name: str, kind: type[T]) -> T: ...
    def take(self, name: str, kind: type = str) -> object:
        """A field that must be there with a value."""
        value: object = self.known(name, kind)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise UnreadableRecord(f"field {name!r} is empty")
        return value

    @overload
    def known(self, name: str) -> str | None: ...
    @overload
    def known(self, name: str, kind: type[T]) -> T | None: ...
    def known(self, name: str, kind: type = str) -> object | None:
        """A field that must be there, and may be null: renamed, it is missed."""
        if name not in self._row:
            raise UnreadableRecord(f"field {name!r} is missing")
        return self.maybe(name, kind)

    @overload
    def maybe(self, name: str) -> str | None: ...
    @overload
    def maybe(self, name: str, kind: type[T]) -> T | None: ...
    def maybe(self, name: str, kind: type = str) -> object | None:
        """A field the publisher may leave out. Of the wrong type it is an error all the same."""
        self._known.add(name)
        return self._checked(name, kind) if name in self._row else None

    def words(self, place: str) -> str | None:
        """What stands at a place of a source's form.

        `name` must have a value, `name?` must be there and may be empty, `name??` may be missing;
        `list[].part` is that of each row; `this|that` is the first of them that says something. Words with
        {places} in them are filled in, with whole numbers, too, {place:120} with at most so many characters;
        a line whose places say nothing is left out.
        """
        if "{" in place:
            return "\n".join(filter(None, (self._filled(line.strip()) for line in place.splitlines())))
        found: str | None = self._first(place, str)
        return found

    def _filled(self, line: str) -> str:
        said = [str(self._first(name, SAID) or "") for name, _ in BLANK.findall(line)]
        words = iter(said)
        filled = BLANK.sub(lambda one: short(next(words), int(one[2])) if one[2] else next(words), line)
        return filled.strip() if any(said) else ""

    def _first(self, places: str, kind: Any) -> Any:
        *others, last = places.split("|")
        said = [found for place in others if (found := self._words(place, kind))]
        if said:
            self._known.add(last.rstrip("?").partition("[].")[0])
            return said[0]
        return self._words(last, kind)

    def _words(self, place: str, kind: Any) -> Any:
        if "[]." in place:
            return "; ".join(self.each(place))
        name = place.rstrip("?")
        return (self.take, self.known, self.maybe)[len(place) - len(name)](name, kind)

    def each(self, place: str) -> list[str]:
        """What the rows of a list say, of `list[].part`; a row may say nothing."""
        inner = place.rstrip("?")
        name, _, part = inner.partition("[].")
        rows: list[object] | None = (self.take, self.known, self.maybe)[len(place) - len(inner)](name, list)
        return [said for row in rows or () if (said := Fields(row, name).known(part))]

    def one_of(self, name: str, known: Mapping[str, V]) -> V:
        """What a value stands for. A value that is not known is an error, never "other"."""
        written = self.take(name)
        values = {value.casefold(): meant for value, meant in known.items()}
        if (value := " ".join(written.split()).casefold()) not in values:
            raise UnreadableRecord(f"unknown {name} {written[:100]!r}")
        return values[value]

    def unread(self, ignore: Iterable[str] = ()) -> tuple[str, ...]:
        """Names of the fields nobody asked for; `ignore` is the written decision not to care."""
        return tuple(sorted(set(self._row) - self._known - set(ignore)))
