"""One crawl from outside: write the run down, start its process, watch it, close the run whatever happens."""

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from config.settings import settings
from crawlers.errors import CrawlError
from crawlers.form import Form, form
from crawlers.order import Order
from database import worker
from database.session import reading, unit_of_work
from database.tables import Run
from database.types import now

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
LOOK = 0.3  # seconds between two looks at the child
GRACE = 15.0  # seconds it has to end by itself


def crawl(
    name: str,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    base_url: str | None = None,
    limit: int | None = None,
    progress: Callable[[Run], None] | None = None,
    stop: threading.Event | None = None,
) -> Run:
    """Crawl a source to its end and give the closed run; its status says how it went.

    Without `since` the window begins where the last complete one ended, less the source's overlap.
    `progress` is called with the run about three times a second; setting `stop` ends the crawl early.
    Raises CrawlError for a wrong argument, before anything is written.
    """
    asked = form(name)
    base_url = base_url or settings().source_urls.get(name)
    since_day, until_day = _checked(asked, since, until, base_url, limit)
    # a limited run leaves its window unread, so it says of no day that it was covered
    with unit_of_work() as session:
        run = Run(source=name, worker=worker.me(), since=since_day, until=None if limit else until_day)
        session.add(run)
        session.flush()
        run_id = run.id or 0
    order = Order(run_id, name, since_day, until_day, os.getpid(), base_url or "", limit)
    log.info("crawl_started source=%s run=%d since=%s until=%s", name, run_id, since_day, until_day)
    status, message = "died", "the crawl was broken off"
    try:
        status, message = _watched(order, asked.time_limit, progress, stop)
    finally:
        closed = _close(run_id, status, message)
    log.info(
        "crawl_ended source=%s run=%d status=%s read=%d new=%d changed=%d faults=%d",
        *(name, run_id, closed.status, closed.read, closed.new, closed.changed, closed.faults),
    )
    return closed


def _checked(
    asked: Form, since: dt.date | None, until: dt.date | None, base_url: str | None, limit: int | None
) -> tuple[dt.date, dt.date]:
    """The window of a crawl that can be done. Raises CrawlError for one that cannot."""
    if asked.lacking and not base_url:  # a mirror asks for no key
        raise CrawlError(asked.lacking)
    last = until or now().date()
    first = since or _continued(asked, last)
    if first > last:
        raise CrawlError(f"{asked.name}: since {first} is after until {last}")
    if base_url and (urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname):
        raise CrawlError(f"{asked.name}: base URL {base_url!r} is no http or https address")
    if limit is not None and limit < 1:
        raise CrawlError(f"{asked.name}: limit must be 1 or more, not {limit}")
    return first, last


def _watched(
    order: Order, time_limit: float, progress: Callable[[Run], None] | None, stop: threading.Event | None
) -> tuple[str, str]:
    """Run the child to its end; how the run ended in case the child did not say so itself."""
    with tempfile.TemporaryFile() as errors:
        child = _start(order, errors)
        ends = time.monotonic() + time_limit
        try:
            while child.poll() is None:
                if progress is not None:
                    progress(_now(order.run_id))
                if stop is not None and stop.is_set():
                    _end(child)
                    return "failed", "stopped before its end"
                if time.monotonic() > ends:
                    _end(child)
                    return "failed", f"took longer than {time_limit:.0f} seconds and was ended"
                try:
                    child.wait(LOOK)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if child.poll() is None:
                _end(child)
            last = _told(order, errors)
    if progress is not None:
        progress(_now(order.run_id))
    if child.returncode < 0:
        return "died", f"the crawl process was killed (signal {-child.returncode})"
    return "died", f"the crawl process ended with code {child.returncode}: {last}"


def _start(order: Order, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "crawlers.child", order.as_json()],
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,  # Ctrl-C reaches us first, and we end the child in order
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _told(order: Order, errors: IO[bytes]) -> str:
    """Pass the child's log on; give its last line."""
    errors.seek(0)
    lines = [line for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    for line in lines:
        log.warning("crawl_child source=%s said=%s", order.name, line)
    return lines[-1][:300] if lines else "it said nothing"


def _now(run_id: int) -> Run:
    with reading() as session:
        return session.get_one(Run, run_id)


def _close(run_id: int, status: str, message: str) -> Run:
    with unit_of_work() as session:
        run = session.get_one(Run, run_id)
        if run.status == "running":
            run.status, run.message, run.ended_at = status, message, now()
    return run


def close_dead_runs() -> int:
    """Close the runs whose process is gone; how many there were."""
    with unit_of_work() as session:
        dead = [
            run
            for run in session.exec(select(Run).where(Run.status == "running")).all()
            if worker.is_dead(run.worker)
        ]
        for run in dead:
            run.status, run.ended_at = "died", now()
            run.message = "the process that ran it is gone"
            log.warning("run_died source=%s run=%s", run.source, run.id)
    return len(dead)


def _continued(asked: Form, until: dt.date) -> dt.date:
    with reading() as session:
        end = covered(session, asked.name)
    if end is None:
        return until - dt.timedelta(days=asked.first_window_days)
    return min(end - dt.timedelta(days=asked.overlap_days), until)


def covered(session: Session, name: str) -> dt.date | None:
    """The day up to which a source was read without a gap, or None before its first complete run."""
    end: dt.date | None = None
    runs = session.exec(
        select(Run)
        .where(Run.source == name, col(Run.status).in_(["ok", "partial"]), col(Run.until).is_not(None))
        .order_by(col(Run.id))
    )
    for run in runs:
        if run.until is None or run.until < run.started_at.date():
            continue  # a past window read by hand
        if end is None or (run.since is not None and run.since <= end):
            end = max(end or run.until, run.until)
    return end
