"""The brief on a period: its question stands in the address, so that anybody can ask it again."""

import datetime as dt
import hashlib
import io
from typing import Any

from docx import Document

from api.period import Period
from api.reader import Reader, address
from config import taxonomy

MOST_DAYS = 366


def question(period: Period, lists: str) -> dict[str, str]:
    """What the address of a brief holds."""
    return {
        "published_from": period.first.isoformat(),
        "published_to": period.last.isoformat(),
        "seen": period.seen.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lists": lists,
    }


def number(asked: dict[str, str]) -> str:
    """The query id: the same question has the same."""
    return hashlib.sha256(address("", asked).encode()).hexdigest()[:12]


def method(reader: Reader, period: Period) -> str:
    """How the numbers came to be."""
    return reader.say(
        "people.brief_method_words",
        first=reader.day(period.first),
        last=reader.day(period.last),
        seen=reader.moment(period.seen),
        taxonomy=taxonomy.fingerprint(),
    )


def word(reader: Reader, period: Period, asked: dict[str, str], parts: dict[str, Any]) -> bytes:
    """The brief as a Word document; `parts` is what the page shows."""
    say, document = reader.say, Document()
    document.core_properties.title = say("people.brief_heading")
    document.core_properties.author = say("brand")
    # Names of fonts alone make Word choose a Latin one for Chinese.
    document.add_heading(say("people.brief_heading"), 0)
    document.add_paragraph(
        say("people.brief_period", first=reader.day(period.first), last=reader.day(period.last))
    )
    document.add_heading(say("people.brief_glance"), 1)
    glance = [[say(f"people.{one.key}"), one.n, one.before, one.change] for one in parts["figures"]]
    _table(document, ["", say("people.now_col"), say("people.before_col"), "±"], glance)
    document.add_heading(say("people.heat_heading"), 1)
    markets = parts["markets"]
    head = [say("filter_sector"), *(reader.name("market", one) for one in markets)]
    rows = [
        [reader.name("sector", sector), *(_cell(parts, sector, market) for market in markets)]
        for sector in parts["sectors"]
    ]
    _table(document, head, rows)
    document.add_heading(say("people.top_heading"), 1)
    for one in parts["weighty"]:
        paragraph = document.add_paragraph(style="List Number")
        paragraph.add_run(one["title"]).bold = True
        symbols = " ".join(one["notice"].symbols)
        paragraph.add_run("\n" + " · ".join([*one["why"], *([symbols] if symbols else [])]))
    for key, some in (("countries", parts["countries"]), ("types", parts["types"])):
        document.add_heading(say(f"people.{key}_heading"), 1)
        _table(document, ["", say("people.number")], [[name, n] for name, n, _ in some])
    document.add_heading(say("people.brief_method"), 1)
    document.add_paragraph(method(reader, period))
    document.add_paragraph(say("people.brief_id", id=number(asked)) + " · " + address("/risk/brief", asked))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _cell(parts: dict[str, Any], sector: str, market: str) -> int:
    cell = parts["cells"].get((sector, market))
    return cell.notices if cell else 0


def _table(document: Any, head: list[str], rows: list[list[Any]]) -> None:
    table = document.add_table(rows=1, cols=len(head), style="Light Grid Accent 1")
    for place, name in enumerate(head):
        table.rows[0].cells[place].text = name
    for row in rows:
        cells = table.add_row().cells
        for place, value in enumerate(row):
            cells[place].text = str(value)
