"""A publisher on this machine whose answers a test sets, and a fresh SQLite database for crawls."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config.settings import settings
from crawlers import store
from crawlers.form import form
from crawlers.record import RawNotice
from crawlers.source import Answer
from database import migrate
from database import session as sessions
from database.tables import Run


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    length: int | None = None


@dataclass
class Asked:
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class Publisher:
    """Answers by `answer`, which gets the question and the number of questions before it."""

    def __init__(self) -> None:
        self.answer: Callable[[Asked, int], Reply] = lambda asked, number: Reply(b"{}")
        self.asked: list[Asked] = []
        self.robots = b"User-agent: *\nAllow: /\n"
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                reply = Reply(publisher.robots)
                if parts.path != "/robots.txt":
                    asked = Asked(parts.path, parse_qs(parts.query), dict(self.headers))
                    publisher.asked.append(asked)
                    reply = publisher.answer(asked, len(publisher.asked) - 1)
                self.send_response(reply.status)
                length = len(reply.body) if reply.length is None else reply.length
                for name, value in {"Content-Length": str(length), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(reply.body)
                    for piece in reply.stream or ():
                        self.wfile.write(piece)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    one = Publisher()
    yield one
    one.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("crawl-template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TBT_DATA_DIR", str(home))
        settings.cache_clear()
        migrate.upgrade()
        sessions.engine().dispose()
    settings.cache_clear()
    return home / "tbt.db"


@pytest.fixture
def sqlite(data_dir: Path, sqlite_template: Path) -> Iterator[Path]:
    """A fresh database for tests in which it does not matter which kind it is."""
    shutil.copy(sqlite_template, data_dir / "tbt.db")
    yield data_dir
    sessions.engine().dispose()
    sessions._engine.cache_clear()


@pytest.fixture
def notice() -> Callable[..., RawNotice]:
    """Makes a record as a source reads it, with what a test does not care about filled in."""

    def make(source_id: str = "G/TBT/N/USA/1", **values: Any) -> RawNotice:
        facts: dict[str, Any] = {
            "source_id": source_id,
            "title": "Safety of toys",
            "published": "2026-06-01T00:00:00",
            "area": "TBT",
            "symbols": (source_id,) if source_id.startswith("G/") else (),
            "members": ("USA",),
            "language": "en",
        }
        return RawNotice(**{**facts, **values})

    return make


@pytest.fixture
def keep(database: str) -> Callable[..., Run]:
    """Stores records as one page of a run, as a crawl does; gives the run."""

    def store_page(*notices: RawNotice, source: str = "wto_eping", faults: int = 0) -> Run:
        with sessions.unit_of_work() as session:
            run = Run(source=source)
            session.add(run)
            session.flush()
        page = Answer("https://epingalert.org/1", b"{}", notices=list(notices))
        page.faults = [("x", "broken")] * faults
        store.keep(run.id or 0, form(source), page)
        with sessions.reading() as session:
            return session.get_one(Run, run.id)

    return store_page
