"""Many machines: the same stages as Procrastinate tasks on PostgreSQL.

A task does one source's crawl or one stage; its lock keeps it from running twice at once, its queueing lock
from waiting twice. The engine's heartbeats tell a dead worker; its tasks are then taken up by another.
"""

import asyncio
import logging
import signal
import threading
from functools import lru_cache

from procrastinate import App, Blueprint, PsycopgConnector, SyncPsycopgConnector, exceptions
from procrastinate.jobs import Status
from sqlalchemy import text

from config.settings import settings
from crawlers import alarms, documents, refusals, switches
from crawlers.crawl import crawl as crawl_source
from database import counts
from database.index import making
from database.session import engine
from pipeline import line

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
SCHEMA_LOCK = 7_420_119  # any number: the advisory lock while the engine's tables are made

STOPPING = threading.Event()  # set when this process was told to end: work in hand comes to a safe point

TRIES = 5  # of one crawl that broke, each after a longer wait; the line comes round by itself


class NeedsPostgres(RuntimeError):
    """Workers need PostgreSQL: set TBT_DATABASE_URL=postgresql://… (SQLite runs all in one: tbt up)."""

    def __str__(self) -> str:
        """The docstring is the message."""
        return str(self.__doc__)


def distributed() -> bool:
    """Whether this installation runs its stages through the task engine."""
    return settings().database.startswith("postgresql")


def _conninfo() -> str:
    return settings().database.replace("postgresql+psycopg://", "postgresql://")


tasks = Blueprint()


# Not the engine's own retry: it puts the failed task back among the waiting ones, which fails when the same
# work waits there already, and the task then holds its lock for good.
@tasks.task(name="crawl")
def crawl(source: str, tried: int = 0, asked: bool = False) -> None:
    """One source to its end, then the line over what it found; one switched off only if it was asked for."""
    if not asked and switches.skipped(source):
        return
    try:
        run = crawl_source(source, stop=STOPPING)
    except Exception:
        if tried + 1 < TRIES:
            defer_crawl(source, tried=tried + 1, asked=asked)
        raise
    log.info("crawled source=%s status=%s new=%d", source, run.status, run.new)
    defer_line()
    alarms.check()
    documents.fetch(source, limit=documents.AFTER_CRAWL, stop=STOPPING.is_set)


@tasks.task(name="take_in")
def take_in(source: str) -> None:
    """What people let in of what a source refused, then the line."""
    refusals.take_in(source)
    defer_line()


@tasks.task(name="stage")
def stage(name: str) -> None:
    """One stage's pending work, then the next stage, also when this one broke: the clock comes again."""
    names = list(line.STAGES)
    try:
        line.run(name, stop=STOPPING.is_set)
    finally:
        if name != names[-1]:
            defer_stage(names[names.index(name) + 1])
        else:
            counts.keep_up()
            making.catch_up()


@lru_cache(maxsize=1)
def _deferring(conninfo: str) -> App:
    app = App(connector=SyncPsycopgConnector(conninfo=conninfo))
    app.add_tasks_from(tasks, namespace="tbt")
    app.open()
    return app


def _defer(task: str, lock: str, wait: int = 0, **arguments: str | int) -> None:
    schedule = {"seconds": wait} if wait else None
    deferrer = _deferring(_conninfo()).configure_task(
        f"tbt:{task}", lock=lock, queueing_lock=lock, schedule_in=schedule
    )
    try:
        deferrer.defer(**arguments)
    except exceptions.AlreadyEnqueued:
        log.debug("already_waiting lock=%s", lock)


def defer_crawl(source: str, *, tried: int = 0, asked: bool = False) -> None:
    """Have some worker crawl a source; after a try that broke, the longer later (4, 16, 64, 256 s)."""
    wait, more = 4**tried if tried else 0, {"asked": True} if asked else {}
    _defer("crawl", f"crawl:{source}", wait=wait, source=source, tried=tried, **more)


def defer_take_in(source: str) -> None:
    """Have some worker take in what people let in."""
    _defer("take_in", f"take_in:{source}", source=source)


def defer_stage(name: str) -> None:
    """Have some worker do a stage."""
    _defer("stage", f"stage:{name}", name=name)


def defer_line() -> None:
    """Have the workers do the whole line."""
    defer_stage(next(iter(line.STAGES)))


def prepare() -> None:
    """Make the engine's own tables if they are not there; safe for two processes at once."""
    with engine().connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
            with App(connector=SyncPsycopgConnector(conninfo=_conninfo())).open() as app:
                app.schema_manager.apply_schema()


async def take_up_stalled(app: App) -> None:
    """Give the tasks of dead workers back to the queue; one whose like waits there already is ended."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("taken_up job=%s task=%s", job.id, job.task_name)
        try:
            await app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:  # of the queueing lock
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def _watch(app: App) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            await take_up_stalled(app)
        except exceptions.ProcrastinateException:
            log.exception("take_up_failed")


async def run_worker(concurrency: int, stopping: asyncio.Event) -> None:
    """Run tasks until told to stop; those in hand get a minute to end."""
    app = App(connector=PsycopgConnector(conninfo=_conninfo(), max_size=concurrency + 4))
    app.add_tasks_from(tasks, namespace="tbt")
    async with app.open_async():
        helper = asyncio.create_task(_watch(app))
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=60,
            )
        )
        waiter = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({worker, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            helper.cancel()
            waiter.cancel()
            worker.cancel()
            await asyncio.gather(helper, waiter, worker, return_exceptions=True)


def work(concurrency: int = 4) -> None:
    """Run a worker until SIGTERM or SIGINT. Raises NeedsPostgres on SQLite."""
    if not distributed():
        raise NeedsPostgres
    prepare()

    async def until_signal() -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()

        def stop() -> None:
            STOPPING.set()
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        log.info("worker_started concurrency=%d", concurrency)
        await run_worker(concurrency, stopping)
        log.info("worker_stopped")

    asyncio.run(until_signal())
