"""A list of products out of a CSV file as spreadsheets write it, with every fault named by row and column.

UTF-8 and UTF-16 are known by their marks or by being valid; what is neither is read as GB 18030, which
Chinese versions of Excel write. Columns are found by their heading in Chinese or English; without a heading
they stand in the order of FIELDS.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from alerts import products
from alerts.errors import InvalidProduct
from alerts.products import Row
from database.search import fold

MOST_BYTES = 200 * 1024
MOST_ROWS = 1_000
MOST_FAULTS = 50
FIELDS = ("hs", "market", "value", "currency", "name")
DELIMITERS = (",", "\t", ";", "，")
HEADINGS = {
    "hs": ("hs", "hs code", "hscode", "hs编码", "hs代码", "海关编码", "商品编码", "税号", "编码"),
    "market": ("market", "country", "destination", "市场", "目标市场", "出口市场", "国家", "国家或市场"),
    "value": (
        "value",
        "yearly value",
        "annual value",
        "amount",
        "sales a year",
        "出口额",
        "年出口额",
        "金额",
        "年金额",
    ),
    "currency": ("currency", "币种", "货币"),
    "name": ("name", "product", "description", "品名", "产品", "产品名称", "商品名称", "名称"),
}
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row; row 0: with the file."""

    row: int
    field: str
    error: InvalidProduct


@dataclass
class Upload:
    """What a file holds. Its rows are only to be used when there is no fault."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    more: bool = False


def decoded(body: bytes) -> str:
    """The text of a file. Raises InvalidProduct when it is none."""
    named = next((name for mark, name in MARKS if body.startswith(mark)), "")
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            words = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in words:
            return words
    raise InvalidProduct("file", "file_encoding")


def _heading(cells: list[str]) -> list[str] | None:
    """The fields of the columns, if this row is a heading; "" for one we do not know."""
    known = {_word(name): one for one, names in HEADINGS.items() for name in names}
    found = [known.get(_word(cell), "") for cell in cells]
    return found if "hs" in found and "market" in found else None


def _word(heading: str) -> str:
    """A heading without its remark in brackets, in one spelling (Traditional characters too)."""
    return "".join(fold(heading).partition("(")[0].split())


def _records(words: str) -> Iterator[tuple[int, list[str]]]:
    """Rows as a spreadsheet numbers them, without the empty ones."""
    first = next((line for line in words.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter), 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise InvalidProduct("file", "file_csv", value=str(error)) from error


def read(body: bytes) -> Upload:
    """All rows of a file, or its faults, each with row and column."""
    found, places = Upload(), dict[tuple[str, str], int]()
    try:
        if len(body) > MOST_BYTES:
            raise InvalidProduct("file", "file_large", most=MOST_BYTES // 1024)
        columns: list[str] = []
        for number, cells in _records(decoded(body)):
            if not columns:
                heading = _heading(cells)
                columns = heading or list(FIELDS)
                if heading:
                    continue
            if len(found.rows) + len(found.faults) >= MOST_ROWS:
                raise InvalidProduct("file", "file_rows", most=MOST_ROWS)
            _take(found, places, number, dict(zip(columns, cells, strict=False)))
        if not found.rows and not found.faults:
            raise InvalidProduct("file", "file_empty")
    except InvalidProduct as error:
        found.faults.insert(0, Fault(0, error.field, error))
    found.more = len(found.faults) > MOST_FAULTS
    del found.faults[MOST_FAULTS:]
    return found


def _take(found: Upload, places: dict[tuple[str, str], int], number: int, given: dict[str, str]) -> None:
    try:
        row = products.checked(given)
        earlier = places.setdefault((row.hs, row.market), number)
        if earlier != number:
            raise InvalidProduct("hs", "twice", row=earlier)
        found.rows.append(row)
    except InvalidProduct as error:
        found.faults.append(Fault(number, error.field, error))
