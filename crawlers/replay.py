"""A local server that answers like the publishers, from the sample pages that ship with the project.

The real crawlers read it (`--base-url`): the whole line can be shown, and tested, without the network.
"""

import json
import threading
from collections.abc import Callable
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

SAMPLES = Path(__file__).parent / "samples"
ROBOTS = b"User-agent: *\nAllow: /\n"

Query = dict[str, list[str]]
Reply = tuple[str, bytes]  # content type, body
JSON, XML = "application/json; charset=utf-8", "application/xml; charset=utf-8"


class NotThere(LookupError):
    """The samples hold no such page."""


def _page(source: str, name: str) -> bytes:
    path = SAMPLES / source / name
    if path.parent != SAMPLES / source or not path.is_file():
        raise NotThere(f"{source}/{name}")
    return path.read_bytes()


@lru_cache(maxsize=1)
def _notifications() -> list[dict[str, Any]]:
    pages = sorted((SAMPLES / "wto_eping").glob("page-*.json"), key=lambda p: int(p.stem.split("-")[1]))
    items = [item for page in pages for item in json.loads(page.read_bytes())["items"]]
    return sorted(items, key=lambda item: str(item["distributionDate"]), reverse=True)


def _wto_eping(path: str, query: Query) -> Reply:
    """The search: slices of all items, by day and by page."""
    if path.endswith("/getWtoMembersForDropdown"):
        return JSON, _page("wto_eping", "members.json")
    if not path.endswith(("/azureSearch/getAll", "/notifications/search")):
        raise NotThere(path)

    def one(name: str, default: str) -> str:
        return query.get(name, [default])[0]

    first, last = one("distributionDateFrom", "0000"), one("distributionDateTo", "9999")
    found = [item for item in _notifications() if first <= item["distributionDate"][:10] <= last]
    size = max(1, min(int(one("pageSize", "20")), 100))
    start = (max(1, int(one("page", "1"))) - 1) * size
    items = found[start : start + size]
    answer = {
        "items": items,
        "totalCount": len(found),
        "endRow": min(start + size, len(found)),
        "isCountExceeded": False,
        "areas": [],
        "notifyingMembers": [],
    }
    return JSON, json.dumps(answer, ensure_ascii=False).encode()


def _us_federal_register(path: str, query: Query) -> Reply:
    """The chain of pages as recorded, whatever is asked for."""
    if path.removesuffix(".json") != "/api/v1/documents":
        raise NotThere(path)
    return JSON, _page("us_federal_register", f"page-{int(query.get('page', ['1'])[0])}.json")


def _eu_safety_gate(path: str, query: Query) -> Reply:
    """The list of reports, and each report by its number."""
    if path.endswith("/weeklyReport/list/xml/en"):
        return XML, _page("eu_safety_gate", "list.xml")
    number = path.rpartition("/detail/xml/")[2]
    if not number.isdigit():
        raise NotThere(path)
    return XML, _page("eu_safety_gate", f"detail-{number}.xml")


ANSWERS: dict[str, Callable[[str, Query], Reply]] = {
    "wto_eping": _wto_eping,
    "us_federal_register": _us_federal_register,
    "eu_safety_gate": _eu_safety_gate,
}


def _handler(source: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, kind, body = 200, "text/plain", ROBOTS
            if parts.path != "/robots.txt":
                try:
                    kind, body = ANSWERS[source](parts.path, parse_qs(parts.query))
                except (NotThere, ValueError) as error:
                    status, body = 404, f"not in the samples: {error}\n".encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


class Replay:
    """Serves the samples while the block runs: with Replay() as replay: crawl(n, base_url=replay.urls[n]).

    Each source has a port of its own, so that their addresses cannot clash.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.urls: dict[str, str] = {}
        self._servers: list[ThreadingHTTPServer] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for source in ANSWERS:
            server = ThreadingHTTPServer((self.host, 0), _handler(source))
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
            thread.start()
            self.urls[source] = f"http://{self.host}:{server.server_address[1]}"
            self._servers.append(server)
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
        self._servers, self._threads = [], []


def first_day() -> str:
    """The first day of the samples, ISO: where a crawl of them begins, however long ago they were written."""
    return min(str(item["distributionDate"])[:10] for item in _notifications())
