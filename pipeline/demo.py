"""The whole line offline: sample pages from a local replay server, real crawlers, real SMTP, a Maildir."""

import datetime as dt
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from alerts import links, subscriptions
from alerts.mailbox import Mailbox
from config.settings import settings
from crawlers.crawl import close_dead_runs, crawl
from crawlers.replay import Replay, first_day
from database.session import reading, unit_of_work
from database.tables import Letter, Notice, Run, Subscriber
from pipeline import line
from pipeline.clock import Clock
from pipeline.commands.show import Bars, bars, say
from pipeline.demo_mark import mark_demo
from pipeline.start import ready
from pipeline.up import Line, bound, web

LINE_SECONDS = 2  # somebody waits for the letter

# Invented exporters: who, language, what they make, where they sell.
PEOPLE: list[tuple[str, str, dict[str, Any]]] = [
    ("chen@toys.example.com", "zh", {"sectors": ["toys-children"], "markets": ["US", "EU", "BRI"]}),
    ("li@appliances.example.com", "zh", {"hs": ["8516", "8509", "8418"], "markets": ["US", "EU", "BRI"]}),
    ("huang@lighting.example.com", "zh", {"keywords": ["灯", "lamp", "LED"], "markets": ["EU", "BRI"]}),
    ("wong@jewellery.example.com", "zh-Hant", {"sectors": ["jewellery", "cosmetics"]}),
    ("liang@foods.example.com", "en", {"sectors": ["food"], "markets": ["BRI"]}),
    ("zhao@furniture.example.com", "zh", {"sectors": ["furniture"], "countries": ["USA", "VNM", "SAU"]}),
]


class DemoFailed(RuntimeError):
    """The demo did not get through."""


def _subscribe() -> None:
    """Each person subscribes once; confirming is what a click on the mailed link does."""
    with unit_of_work() as session:
        known = set(session.exec(select(Subscriber.email)).all())
        for email, language, wishes in PEOPLE:
            if email not in known:
                subscriptions.subscribe(
                    session,
                    email,
                    language=language,
                    pace="at_once",
                    consent={"text": "demo", "source": "tbt demo"},
                    **wishes,
                )


def _confirm() -> None:
    with unit_of_work() as session:
        waiting = session.exec(select(Subscriber).where(col(Subscriber.confirmed_at).is_(None))).all()
        for one in waiting:
            ids = [wish.id or 0 for wish in subscriptions.unconfirmed(session, one)]
            link = links.confirm_url(one, ids)
            subscriptions.confirm(session, link.rpartition("/")[2])


def _crawl_all(shown: Bars) -> None:
    """All sources side by side, as the clock would run them."""
    since = dt.date.fromisoformat(first_day())

    def one(name: str, url: str) -> Run:
        found = crawl(
            name,
            since=since,
            base_url=url,
            progress=lambda run: shown.set(f"crawl {run.source}", run.read),
        )
        shown.done(f"crawl {name}")
        return found

    with Replay() as replay, ThreadPoolExecutor() as pool:
        for result in pool.map(one, replay.urls, replay.urls.values()):
            if result.status != "ok":
                raise DemoFailed(f"crawl {result.source}: {result.status}: {result.message}")


def _count() -> tuple[int, int]:
    with reading() as session:
        notices = len(session.exec(select(Notice.id)).all())
        return notices, len(session.exec(select(Letter.id).where(Letter.outcome == "sent")).all())


def _line(shown: Bars) -> None:
    for name in line.STAGES:
        failed = line.run(name, shown.add)
        shown.done(name)
        if failed:
            raise DemoFailed(f"{name}: {failed} records failed; tbt -v demo shows why")


def _prepare(data: Path | None, port: int) -> None:
    if data is not None:
        os.environ["TBT_DATA_DIR"] = str(data)
    os.environ["TBT_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    settings.cache_clear()
    ready()
    with reading() as session:
        empty = session.exec(select(Notice.id).limit(1)).first() is None
    mark_demo(settings().data_dir, empty=empty)
    close_dead_runs()


def _use(mailbox: Mailbox) -> None:
    """Letters go to the local mailbox, whatever server is configured for live use."""
    for name, value in (("HOST", mailbox.host), ("PORT", str(mailbox.port)), ("USER", ""), ("PASSWORD", "")):
        os.environ[f"TBT_SMTP_{name}"] = value
    os.environ["TBT_SMTP_STARTTLS"] = "never"
    os.environ["TBT_MAIL_FROM"] = "技术性贸易措施预警 <alerts@tbt.example.com>"
    settings.cache_clear()


def run(data: Path | None, port: int, *, once: bool) -> None:
    """Crawl, classify, match, deliver; then serve until stopped, unless `once`."""
    with bound("127.0.0.1", port) if not once else bound("127.0.0.1", 0) as one:
        port = one.getsockname()[1] if not once else port
        _prepare(data, port)
        box = settings().data_dir / "mailbox"
        begun, before = time.monotonic(), _count()
        with Mailbox(box) as mailbox:
            _use(mailbox)
            with bars() as shown:
                _subscribe()
                _crawl_all(shown)
                _line(shown)  # sends the confirmation letters
                _confirm()
                _line(shown)
            after = _count()
            say(
                f"{after[0]} notices ({after[0] - before[0]} new), {after[1]} letters "
                f"({after[1] - before[1]} new) in {time.monotonic() - begun:.0f} s; mailbox: {box}"
            )
            if not once:
                _serve(one, port, box)


def _serve(one: socket.socket, port: int, box: Path) -> None:
    for words, path in (
        ("pages", "/"),
        ("mailbox", "/mailbox"),
        ("sources", "/sources"),
        ("API", "/api/docs"),
    ):
        say(f"{words:<8} http://127.0.0.1:{port}{path}")
    say("Stop with Ctrl-C.")
    here = Line()
    clock = Clock({}, here, LINE_SECONDS)
    clock.start()
    try:
        web(one, box)
    finally:
        here.stopping.set()
        clock.stop()
