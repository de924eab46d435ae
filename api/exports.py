"""Downloads of a whole list, in constant memory: one batch of rows is held at a time."""

import csv
import io
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter

from api import notices, shapes
from api.filters import Filters
from api.paging import Cursor, page
from database import types
from database.session import reading

BATCH = 200
MOST_SHEET_ROWS = 1_048_575  # Excel's, less the heading
COLUMNS = tuple(shapes.Item.model_fields)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def items(filters: Filters, cursor: Cursor, limit: int | None) -> Iterator[shapes.Item]:
    """All items from a cursor on; each batch is read in a session of its own."""
    left, at = limit, cursor
    while left is None or left > 0:
        with reading() as session:
            some = page(session, filters, at, BATCH if left is None else min(BATCH, left))
            found = notices.items(session, some.notices, types.now(), some.stand)
        yield from found
        left = None if left is None else left - len(found)
        if some.following is None:
            return
        at = some.following


def cell(value: Any) -> str | int | None:
    """A value as a cell: lists joined, and no text that a spreadsheet would run as a formula."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    words = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    if isinstance(value, bool):
        words = words.lower()
    return "'" + words if words.lstrip().startswith(DANGEROUS) or words.startswith(DANGEROUS) else words


def sheet(rows: Iterable[Sequence[Any]]) -> str:
    """A small table as comma-separated values."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cells(item: shapes.Item) -> list[str | int | None]:
    return [cell(getattr(item, name)) for name in COLUMNS]


def jsonl(found: Iterator[shapes.Item]) -> Iterator[bytes]:
    """One JSON object a line."""
    for item in found:
        yield item.model_dump_json().encode() + b"\n"


def as_csv(found: Iterator[shapes.Item]) -> Iterator[bytes]:
    """Comma-separated values, with the mark by which Excel knows UTF-8."""
    yield b"\xef\xbb\xbf"
    heading: list[list[Any]] = [list(COLUMNS)]
    for row in itertools.chain(heading, map(_cells, found)):
        line = io.StringIO(newline="")
        csv.writer(line).writerow(row)
        yield line.getvalue().encode()


def xlsx(found: Iterator[shapes.Item]) -> Iterator[bytes]:
    """An Excel workbook; it is complete only at its end, so it passes through a temporary file."""
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet("notices")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
            for number, item in enumerate(itertools.islice(found, MOST_SHEET_ROWS), 1):
                sheet.write_row(number, 0, _cells(item))
        file.seek(0)
        while part := file.read(64 * 1024):
            yield part


WRITERS: dict[str, tuple[str, Callable[[Iterator[shapes.Item]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson", jsonl),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
}
