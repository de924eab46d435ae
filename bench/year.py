"""A year of the sources that make up nearly all of it, served as the publishers do: python -m bench.year PORT.

Rows are those of the recorded pages and samples, again and again, each time with numbers of their own.
"""

import copy
import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parent.parent
FIRST, DAYS = date(2025, 11, 21), 364
# Documents in a year; the national gazettes, TRIS, the journal's feed and the initiatives add some 3,000.
YEAR = {
    "wto_eping": 6_300,
    "us_federal_register": 11_000,
    "us_regulations_gov": 2_500,
    "us_cpsc_recalls": 320,
    "us_fda_enforcement": 9_000,
    "eu_cellar": 4_500,
    "eu_safety_gate": 4_137,
    "eu_rasff": 5_200,
}
if part := os.environ.get("BENCH_PART"):
    YEAR = {source: max(20, int(n * float(part))) for source, n in YEAR.items()}
Query = dict[str, list[str]]
Row = dict[str, Any]


def _day(number: int, of: int) -> date:
    return FIRST + timedelta(days=number % of * DAYS // of)


@cache
def _samples(pattern: str, *way: str) -> list[Row]:
    """The rows of some recorded pages."""
    found: list[Row] = []
    for path in sorted(ROOT.glob(pattern)):
        rows = json.loads(path.read_bytes())
        for step in way:
            rows = rows[step]
        found += rows
    return found


def _again(rows: list[Row], number: int) -> tuple[Row, int]:
    """The row of that number, and the round it is in."""
    return copy.deepcopy(rows[number % len(rows)]), number // len(rows)


def eping(number: int) -> Row:
    row, turn = _again(_samples("crawlers/samples/wto_eping/page-*.json", "items"), number)
    row["id"] = 200_000 + number
    row["documentSymbol"] = re.sub(
        r"(/N/[A-Z]+/)(\d+)", lambda m: f"{m[1]}{int(m[2]) + 10_000 * turn}", row["documentSymbol"]
    )
    row["distributionDate"] = f"{_day(number, YEAR['wto_eping'])}T00:00:00"
    row["title"] = f"{row['title']} {turn}" if row["title"] else None
    return row


def register(number: int) -> Row:
    row, turn = _again(_samples("crawlers/samples/us_federal_register/page-*.json", "results"), number)
    row["document_number"] = f"2026-{number:05}"
    row["publication_date"] = str(_day(number, YEAR["us_federal_register"]))
    row["title"] += f" {turn}"
    row["docket_ids"] = [re.sub(r"\d+$", lambda m: f"{m[0]}{turn:03}", d) for d in row["docket_ids"]]
    letters = f"{chr(65 + turn // 26 % 26)}{chr(65 + turn % 26)}"
    row["regulation_id_numbers"] = [f"{r[:5]}{letters}{r[7:]}" for r in row["regulation_id_numbers"]]
    return row


def docket(number: int) -> Row:
    row, _ = _again(_samples("tests/sources/us_regulations_gov/page.json", "data"), number)
    row["id"], row["attributes"]["docketId"] = (
        f"EERE-2026-BT-STD-{number:04}-0001",
        f"EERE-2026-BT-STD-{number:04}",
    )
    row["attributes"]["frDocNum"] = f"2026-{number:05}" if number % 3 else None
    row["attributes"]["postedDate"] = f"{_day(number, YEAR['us_regulations_gov'])}T05:00:00Z"
    return row


def recall(number: int) -> Row:
    row, _ = _again(_samples("tests/sources/us_cpsc_recalls/page.json"), number)
    return row | {"RecallID": 20_000 + number, "RecallNumber": f"26{number:03}"}


def enforcement(number: int) -> Row:
    row, _ = _again(_samples("tests/sources/us_fda_enforcement/page.json", "results"), number)
    return row | {"recall_number": f"F-{number:05}-2026", "event_id": str(90_000 + number // 3)}


def work(number: int) -> Row:
    rows = _samples("tests/sources/eu_cellar/page.json", "results", "bindings")
    row, turn = _again(
        [one for one in rows if one["celex"]["value"] == rows[0]["celex"]["value"]][:1], number
    )
    row["celex"]["value"] = f"32026{'RLD'[turn % 3]}{number:04}"
    row["date"]["value"] = str(_day(number, YEAR["eu_cellar"]))
    row["title"]["value"] += f" {number}"
    row.pop("adopts", None)
    return row


def rasff(number: int) -> Row:
    row, _ = _again(_samples("tests/sources/eu_rasff/page.json", "value"), number)
    at = f"{_day(number, YEAR['eu_rasff'])}T00:00:00"
    return row | {"NOTIF_ID": number, "NOTIFICATION_REFERENCE": f"2026.{number:04}", "NOTIF_DATE": at}


def _slice(make: Callable[[int], Row], total: int, start: int, size: int) -> list[Row]:
    return [make(number) for number in range(start, min(start + size, total))]


def _eping(path: str, query: Query) -> Any:
    page, size = int(query["page"][0]), int(query["pageSize"][0])
    if query["language"] != ["1"]:
        return {"items": [], "totalCount": 0}
    return {
        "items": _slice(eping, YEAR["wto_eping"], (page - 1) * size, size),
        "totalCount": YEAR["wto_eping"],
    }


def _register(path: str, query: Query) -> Any:
    """The windows of the year, each a third."""
    since, page = (
        query.get("conditions[publication_date][gte]", query.get("since", [""]))[0],
        int(query.get("page", ["1"])[0]),
    )
    share = YEAR["us_federal_register"] // 3 + 1
    first = (date.fromisoformat(since) - FIRST).days // 180 * share
    start, end = first + (page - 1) * 200, min(first + share, YEAR["us_federal_register"])
    rows = [register(number) for number in range(start, min(start + 200, end))]
    following = f"https://www.federalregister.gov/api/v1/documents.json?since={since}&page={page + 1}"
    more = {"next_page_url": following} if start + 200 < end else {}
    return {"count": end - first, "results": rows, **more}


def _dockets(path: str, query: Query) -> Any:
    page = int(query["page[number]"][0])
    return {"data": _slice(docket, YEAR["us_regulations_gov"], (page - 1) * 250, 250), "meta": {}}


def _enforcement(path: str, query: Query) -> Any:
    kind, skip = ("food", "device", "drug").index(path.split("/")[1]), int(query["skip"][0])
    share = YEAR["us_fda_enforcement"] // 3
    rows = [enforcement(kind * share + number) for number in range(skip, min(skip + 500, share))]
    return {"meta": {"results": {"skip": skip, "limit": 500, "total": share}}, "results": rows}


def _works(path: str, query: Query) -> Any:
    """A month's works; the next page of a month, and the feed of changes, hold nothing."""
    if "query" not in query:
        raise LookupError
    asked = query["query"][0]
    since = re.search(r'\?date >= "([\d-]+)"', asked)
    until = re.search(r'\?date <= "([\d-]+)"', asked)
    every = range(YEAR["eu_cellar"])
    days = {n: str(_day(n, YEAR["eu_cellar"])) for n in every}
    rows = [work(n) for n in every if since and until and since[1] <= days[n] <= until[1]]
    return {"head": {"vars": ["celex"]}, "results": {"bindings": rows if "OFFSET 0" in asked else []}}


def _rasff(path: str, query: Query) -> Any:
    page = int(query.get("page", ["0"])[0])
    following = f"https://api.datalake.sante.service.ec.europa.eu/rasff/next?page={page + 1}"
    rows = _slice(rasff, YEAR["eu_rasff"], page * 500, 500)
    return {"value": rows, "nextLink": following if (page + 1) * 500 < YEAR["eu_rasff"] else None}


def _gate(path: str, query: Query) -> bytes:
    """The list of 52 weeks; a report holds the samples' alerts until it has its share."""
    home = "https://ec.europa.eu/safety-gate-alerts/api/download/weeklyReport"
    if path.endswith("/list/xml/en"):
        weeks = "".join(
            f"<weeklyReport><publicationDate>{FIRST + timedelta(days=7 * week):%d/%m/%Y}</publicationDate>"
            f"<URL>{home}/detail/xml/{week}?language=en,</URL></weeklyReport>"
            for week in range(52)
        )
        return f"<Safety-Gate>{weeks}</Safety-Gate>".encode()
    week, share = int(path.rpartition("/")[2]), YEAR["eu_safety_gate"] // 52 + 1
    sample = (ROOT / "crawlers/samples/eu_safety_gate/detail-10000332.xml").read_text("utf-8")
    alerts = re.findall(r"<notifications[ >].*?</notifications>", sample, re.DOTALL)
    numbers = range(week * share, min((week + 1) * share, YEAR["eu_safety_gate"]))
    made = "".join(
        re.sub(
            r"<caseNumber>.*?</caseNumber>", f"<caseNumber>SR/{n:05}/26</caseNumber>", alerts[n % len(alerts)]
        )
        for n in numbers
    )
    day = f"{FIRST + timedelta(days=7 * week):%d/%m/%Y}"
    return f"<Safety-Gate><report_date>{day}</report_date>{made}</Safety-Gate>".encode()


ANSWERS: dict[str, Callable[[str, Query], Any]] = {
    "wto_eping": _eping,
    "us_federal_register": _register,
    "us_regulations_gov": _dockets,
    "us_cpsc_recalls": lambda path, query: _slice(recall, YEAR["us_cpsc_recalls"], 0, 9_999),
    "us_fda_enforcement": _enforcement,
    "eu_cellar": _works,
    "eu_safety_gate": _gate,
    "eu_rasff": _rasff,
}


class Handler(BaseHTTPRequestHandler):
    """The first part of a path is the source; what was made once is kept."""

    protocol_version = "HTTP/1.1"
    made: dict[str, tuple[int, bytes]] = {}  # noqa: RUF012 - one for the server

    def do_GET(self) -> None:
        if self.path not in self.made:
            self.made[self.path] = self._make()
        status, body = self.made[self.path]
        self.send_response(status)
        self.send_header("Content-Type", "application/xml" if body[:1] == b"<" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _make(self) -> tuple[int, bytes]:
        parts, source = urlsplit(self.path), self.server.source  # type: ignore[attr-defined]
        try:
            answer = ANSWERS[source](parts.path, parse_qs(parts.query))
        except (LookupError, ValueError):
            return 404, b"{}"
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main(source: str, port: int) -> None:
    """Serve one source until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.source = source  # type: ignore[attr-defined]
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
