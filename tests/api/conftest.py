"""A filled installation for the web: notices made from a few words, and a client that speaks to it."""

import datetime as dt
import importlib.util
import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlmodel import select

from alerts import grade
from api.app import create_app
from api.login import passwords, sessions
from database import search, types
from database.session import unit_of_work
from database.tables import (
    Body,
    Event,
    Label,
    Measure,
    MeasureKey,
    Notice,
    NoticeCode,
    NoticeVersion,
    Snapshot,
    Tag,
    User,
)

Make = Callable[..., int]
KINDS = {"sectors": "sector", "markets": "market", "countries": "country", "measure_types": "measure_type"}


@pytest.fixture
def make(database: str) -> Make:
    """Store a notice with its codes and tags, searchable; the id is the value."""
    numbers = itertools.count(1)

    def one(
        title: str = "Safety of toys",
        *,
        tags: Mapping[str, Sequence[str]] | None = None,
        evidence: Mapping[tuple[str, str], list[dict[str, Any]]] | None = None,
        events: Sequence[tuple[str, str, str]] = (),
        measure_id: int | None = None,
        by: str = "rules",
        **facts: Any,
    ) -> int:
        number = next(numbers)
        with unit_of_work() as session:
            if measure_id is None:
                measure = Measure()
                session.add(measure)
                session.flush()
                measure_id = measure.id
                session.add(MeasureKey(key=f"key {measure_id}", measure_id=measure_id))
            known = session.exec(select(Body)).first() is not None
            if not known:
                session.add(Body(sha256="ab" * 32, compressed=b""))
            snapshot = Snapshot(
                source="wto_eping", url=f"https://example.org/{number}", sha256="ab" * 32, size=9
            )
            session.add(snapshot)
            session.flush()
            values: dict[str, Any] = {
                "source": "wto_eping",
                "source_id": f"{title[:40]} {number}",
                "symbols": [f"G/TBT/N/VNM/{number}"],
                "members": ["VNM"],
                "area": "TBT",
                "language": "en",
                "published_on": dt.date(2026, 1, 1) + dt.timedelta(days=number),
                "url": f"https://example.org/notice/{number}",
                "tags_sha256": "ab" * 32,
                **facts,
            }
            if values.get("comment_deadline") and "closes_at" not in values:
                end = dt.datetime.combine(values["comment_deadline"], dt.time(22, 59, 59), dt.UTC)
                values["closes_at"] = end
            notice = Notice(title=title, measure_id=measure_id, snapshot_id=snapshot.id, **values)
            session.add(notice)
            session.flush()
            assert notice.id is not None
            for code in notice.hs:
                session.add(NoticeCode(notice_id=notice.id, scheme="hs", code=code))
            for axis, codes in (tags or {}).items():
                for code in codes:
                    session.add(Tag(notice_id=notice.id, kind=KINDS[axis], code=code))
                    spans = (evidence or {}).get((KINDS[axis], code), [])
                    session.add(
                        Label(
                            notice_id=notice.id,
                            kind=KINDS[axis],
                            code=code,
                            score=0.8,
                            by=by,
                            evidence=spans,
                        )
                    )
            session.add(NoticeVersion(notice_id=notice.id, version=1, snapshot_id=snapshot.id, facts={}))
            for reason, before, after in events or [("new", "", "")]:
                session.add(Event(notice_id=notice.id, version=1, reason=reason, before=before, after=after))
            session.flush()
            search.index(session, notice)
            number = notice.id
        grade.handle([number])
        return number

    return one


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    """The web without a mailbox; a fault of the server is an answer, not an exception."""
    with TestClient(create_app(), raise_server_exceptions=False, follow_redirects=False) as one:
        yield one


@pytest.fixture
def demo(database: str, tmp_path: Path) -> Iterator[TestClient]:
    """The web of the demo, with a Maildir."""
    with TestClient(create_app(mailbox=tmp_path / "mailbox"), raise_server_exceptions=False) as one:
        yield one


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """A moment at which the test stands still."""
    fixed = dt.datetime(2026, 3, 10, 4, 0, tzinfo=dt.UTC)
    monkeypatch.setattr(types, "now", lambda: fixed)
    return fixed


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def make_six(make: Make, moment: dt.datetime) -> Callable[..., None]:
    """Six notices with the same tags, published three days apart, their dates to come ever further away."""

    def six(tags: Mapping[str, Sequence[str]], **more: Any) -> None:
        today = moment.date()
        for day in range(6):
            make(
                f"Notice {day}",
                tags=tags,
                published_on=today - dt.timedelta(days=day * 3),
                comment_deadline=today + dt.timedelta(days=10 * day - 5),
                in_force_on=today + dt.timedelta(days=12 * day),
                first_seen_at=moment - dt.timedelta(days=day * 3),
                **more,
            )

    return six


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may skip: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of this machine. Not for longer than a module: no event loop can be started beside it."""
    chromium = shutil.which("chromium")
    if not chromium:
        _missing("no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as one:
        found = one.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def live(database: str) -> Iterator[str]:
    """The web on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(create_app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def opened(browser: Any, live: str) -> Iterator[Callable[..., Any]]:
    """A page of a given width; a fault in a script fails the test."""
    contexts, faults = [], []

    def one(width: int = 1280, height: int = 900, **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            base_url=live,
            has_touch=width < 400,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
        return page

    yield one
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def axe() -> Callable[..., list[tuple[str, str, str]]]:
    """What axe-core has against pages: path, rule and the first element."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        _missing("axe-playwright-python is not installed")
    script = (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")

    def look(page: Any, address: str, paths: Sequence[str], language: str) -> list[tuple[str, str, str]]:
        wrong = []
        for path in paths:
            page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
            page.evaluate(script)
            answer = page.evaluate(
                "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
            )
            wrong += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"]]
        return wrong

    return look


PASSWORD = "correct horse battery"
LogIn = Callable[..., TestClient]


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Made once: a good hash takes its time."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def add_user(database: str, password_hash: str) -> Callable[..., int]:
    """Store a person who logs in; the id is the value."""

    def one(role: str, email: str = "", **more: Any) -> int:
        with unit_of_work() as session:
            user = User(email=email or f"{role}@example.org", role=role, password_hash=password_hash, **more)
            session.add(user)
            session.flush()
            return user.id or 0

    return one


@pytest.fixture
def log_in(add_user: Callable[..., int]) -> Iterator[LogIn]:
    """A client of somebody with a role, logged in; `client.csrf` is what its forms bring along."""
    with ExitStack() as stack:

        def one(role: str, email: str = "") -> TestClient:
            number = add_user(role, email)
            client = stack.enter_context(
                TestClient(create_app(), raise_server_exceptions=False, follow_redirects=False)
            )
            with unit_of_work() as session:
                cookie = sessions._begin(session, session.get_one(User, number))
            client.cookies.set(sessions.COOKIE, cookie)
            person = sessions.find(cookie)
            assert person is not None
            client.csrf = person.csrf  # type: ignore[attr-defined]
            return client

        yield one
