"""Live: web, clock and line in one process; on PostgreSQL the clock only defers tasks to workers."""

import asyncio
import logging
import signal
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import uvicorn

from alerts import retention
from alerts.inbound import Inbound
from api.app import create_app
from api.login import forgetting
from config.settings import settings
from crawlers import alarms, documents, refusals, switches
from crawlers.crawl import close_dead_runs, crawl
from crawlers.form import forms
from database.session import reading
from pipeline import briefs, line, work
from pipeline.clock import Clock, Job
from pipeline.demo_mark import refuse_demo

log = logging.getLogger(__name__)

LINE_SECONDS = 10
STOP_SECONDS = 20


class PortTaken(RuntimeError):
    """Another program listens there; choose another with --port."""


def bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken before anything else was started."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = socket.socket(family)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        return one
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port"
        ) from error


def web(one: socket.socket, mailbox: Path | None = None) -> None:
    """Serve pages and API on a bound socket until SIGTERM or SIGINT, then let requests end."""
    config = uvicorn.Config(
        create_app(mailbox=mailbox),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=True,
    )
    # uvicorn raises the signal that ended it once more when it is done; by default that would kill us here,
    # before the clock has stopped and the lease was given back.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run(sockets=[one])


def serve(host: str, port: int) -> None:
    """The web alone."""
    with bound(host, port) as one:
        log.info("serving host=%s port=%d", host, one.getsockname()[1])
        web(one)


class Line:
    """The line in this process: never twice at once, ends after the batch in hand when told to stop."""

    def __init__(self) -> None:
        self._busy, self._again = threading.Lock(), threading.Event()
        self.stopping = threading.Event()
        self._sources: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def __call__(self) -> None:
        """Do the pending work; if it is being done, once more after that."""
        self._again.set()
        while self._again.is_set() and not self.stopping.is_set():
            if not self._busy.acquire(blocking=False):
                return
            try:
                self._again.clear()
                line.run_all(stop=self.stopping.is_set)
            finally:
                self._busy.release()

    def crawl(self, name: str, *, asked: bool = False) -> None:
        """One source to its end, then the line; one that is switched off only if somebody asked for it."""
        if not asked and switches.skipped(name):
            return
        with self._sources[name]:
            run = crawl(name, stop=self.stopping)
        level = logging.INFO if run.status == "ok" else logging.ERROR
        log.log(
            level, "crawled source=%s status=%s new=%d message=%s", name, run.status, run.new, run.message
        )
        alarms.check()
        self()
        # the texts behind what is new: warnings do not wait for slow servers
        documents.fetch(name, limit=documents.AFTER_CRAWL, stop=self.stopping.is_set)

    def take_in(self, name: str) -> None:
        """What people let in of what a source refused, then the line."""
        refusals.take_in(name)
        self()


@contextmanager
def _worker_thread() -> Iterator[None]:
    """A worker inside this process, so that one machine with PostgreSQL is complete by itself."""
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(work.run_worker(2, stopping)), name="worker", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        work.STOPPING.set()
        loop.call_soon_threadsafe(stopping.set)
        thread.join(STOP_SECONDS + 60)


def _jobs(crawl: Callable[[str], object]) -> dict[str, Job]:
    """Each source by its own schedule, a look at them all, and what is forgotten every night in Guangdong."""
    crawls = {
        f"crawl:{name}": Job(form.schedule, partial(crawl, name))
        for name, form in forms().items()
        if not form.lacking
    }
    return {
        **crawls,
        "tidy": Job("30 18 * * *", retention.tidy),
        "tidy_logins": Job("45 18 * * *", forgetting.tidy),
        # every morning in Guangdong; there is something to do on Mondays and on the first of a month
        "briefs": Job("0 23 * * *", briefs.issue),
        # a source that is late does not come by itself: somebody must look
        "alarms": Job("50 * * * *", alarms.check),
    }


def _wanted(
    crawl: Callable[..., object], take_in: Callable[[str], object]
) -> dict[str, Callable[[], object]]:
    """What people asked for on the pages: sources to read now, refused records to take in."""
    with reading() as session:
        asked, waiting = switches.asked(session), refusals.waiting(session)
    known = forms()
    return {
        **{f"crawl:{n}": partial(crawl, n, asked=True) for n in asked if n in known and not known[n].lacking},
        **{f"take_in:{n}": partial(take_in, n) for n in waiting if n in known},
    }


def _schedules() -> dict[str, str]:
    """What administrators said on the pages of when sources are read."""
    with reading() as session:
        return {f"crawl:{name}": cron for name, cron in switches.schedules(session).items()}


def _inbound() -> AbstractContextManager[object]:
    """The receiver of bounces and complaints, if a port is set for it."""
    port = settings().inbound_port
    if not port:
        return nullcontext()
    return Inbound(settings().inbound_host, port, lmtp=settings().inbound_lmtp)


def run(host: str, port: int) -> None:
    """Scheduler, line and web until SIGTERM; what runs then is let to its next safe point."""
    refuse_demo(settings().data_dir)
    with bound(host, port) as one, _inbound():
        close_dead_runs()
        if work.distributed():
            work.prepare()
            wanted = partial(_wanted, work.defer_crawl, work.defer_take_in)
            clock = Clock(_jobs(work.defer_crawl), work.defer_line, LINE_SECONDS, wanted, _schedules)
            clock.start()
            log.info("up host=%s port=%d engine=procrastinate", host, one.getsockname()[1])
            try:
                with _worker_thread():
                    web(one)
            finally:
                clock.stop()
        else:
            here = Line()
            wanted = partial(_wanted, here.crawl, here.take_in)
            clock = Clock(_jobs(here.crawl), here, LINE_SECONDS, wanted, _schedules)
            clock.start()
            log.info("up host=%s port=%d engine=embedded", host, one.getsockname()[1])
            try:
                web(one)
            finally:
                here.stopping.set()
                clock.stop()
        log.info("down")
