"""JSON Lines in, JSON Lines out: the work of `tbt classify`, without a database.

A line that is no record yields {"id"?, "error"} in its place, and the run goes on.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from classifier.classify import BATCH, classify_many
from classifier.records import Record

LONGEST = 64 * 1024 * 1024  # bytes of one line
_TEXTS = ("title", "text", "products", "language")
_LISTS = ("hs", "ics", "objectives", "symbols")


class BadLine(ValueError):
    """A line is no record; the message says why."""

    def __init__(self, message: str, id: str | int | None = None) -> None:
        super().__init__(message)
        self.id = id


@dataclass(slots=True)
class Run:
    """What a run did."""

    records: int = 0
    errors: int = 0


def record(line: bytes) -> Record:
    """The record of one line. Raises BadLine."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8: byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise BadLine("not a JSON object")
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise BadLine("id is missing: it must be a text or a whole number")
    return from_row(row, name)


def from_row(row: dict[str, Any], name: str | int) -> Record:
    """The record of a JSON object. Raises BadLine that names the field."""
    values: dict[str, Any] = {}
    for key in _TEXTS:
        value = row.get(key)
        if value is not None and not isinstance(value, str):
            raise BadLine(f"{key} must be a text", name)
        values[key] = value or ""
    for key in _LISTS:
        values[key] = _texts(row, key, name)
    member = row.get("member", row.get("members"))
    one = {"members": [member] if isinstance(member, str) else member}
    return Record(id=name, members=_texts(one, "members", name), **values)


def _texts(row: dict[str, Any], key: str, name: str | int) -> tuple[str, ...]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadLine(f"{key} must be a list of texts", name)
    return tuple(value)


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Lines without their end; None for one that is too long, which is skipped without being held."""
    while line := source.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := source.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line.rstrip(b"\r\n")


def _read(source: BinaryIO) -> Iterator[Record | BadLine]:
    first = True
    for line in _lines(source):
        if line is None:
            yield BadLine(f"longer than {LONGEST} bytes")
            continue
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        if line.strip():
            try:
                yield record(line)
            except BadLine as error:
                yield error


def dump(row: dict[str, Any]) -> bytes:
    """One line of JSON, readable where it can be; a half character from the input is escaped."""
    try:
        return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode("ascii") + b"\n"


def run(
    source: BinaryIO,
    target: BinaryIO,
    *,
    use_codes: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Classify every line of `source` into `target`, in order, holding one batch at a time.

    `progress` is told after each batch how many lines are done.
    """
    done = Run()
    lines = _read(source)
    while batch := list(islice(lines, BATCH)):
        results = classify_many((one for one in batch if isinstance(one, Record)), use_codes=use_codes)
        for one in batch:
            if isinstance(one, Record):
                target.write(dump(next(results).as_json()))
                done.records += 1
            else:
                name = {} if one.id is None else {"id": one.id}
                target.write(dump({**name, "error": str(one)}))
                done.errors += 1
        if progress:
            progress(done.records + done.errors)
    return done
