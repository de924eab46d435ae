"""What a worker that died held is done by another, whatever else waits."""

import asyncio

import psycopg
import pytest
from procrastinate import App, PsycopgConnector

from config.settings import settings
from pipeline import work

pytestmark = pytest.mark.backends("postgresql")


@pytest.fixture
def jobs(database):
    """The engine's table, asked plainly: (status, task, arguments) of each task."""
    work.prepare()

    def ask(statement="SELECT status, args FROM procrastinate_jobs ORDER BY id"):
        with psycopg.connect(settings().database.replace("+psycopg", ""), autocommit=True) as one:
            cursor = one.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return ask


def _app() -> App:
    app = App(connector=PsycopgConnector(conninfo=settings().database.replace("+psycopg", "")))
    app.add_tasks_from(work.tasks, namespace="tbt")
    return app


async def _die_with_one_task() -> None:
    """A worker takes the next task and is never heard of again."""
    async with _app().open_async() as app:
        worker = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=None, worker_id=worker)


async def _look() -> None:
    async with _app().open_async() as app:
        await work.take_up_stalled(app)


def _long_ago(jobs) -> None:
    jobs("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def test_a_dead_workers_task_waits_again(jobs):
    work.defer_stage("classify")
    asyncio.run(_die_with_one_task())
    asyncio.run(_look())
    assert [status for status, _ in jobs()] == ["doing"]  # it may still be alive
    _long_ago(jobs)
    asyncio.run(_look())
    assert [status for status, _ in jobs()] == ["todo"]


def test_a_dead_workers_task_does_not_block_the_same_work_that_waits_already(jobs):
    work.defer_stage("classify")
    asyncio.run(_die_with_one_task())
    work.defer_stage("classify")
    assert [status for status, _ in jobs()] == ["doing", "todo"]
    _long_ago(jobs)
    asyncio.run(_look())
    assert [status for status, _ in jobs()] == ["todo"]


def test_a_stage_that_breaks_stops_neither_the_next_nor_itself(jobs, monkeypatch):
    def broken(*_, **__):
        raise OSError("disk")

    monkeypatch.setattr(work.line, "run", broken)
    with pytest.raises(OSError, match="disk"):
        work.stage("classify")
    assert [args for _, args in jobs()] == [{"name": list(work.line.STAGES)[1]}]


def test_a_crawl_that_breaks_is_tried_again_later_and_not_for_ever(jobs, monkeypatch):
    def broken(*_, **__):
        raise OSError("disk")

    monkeypatch.setattr(work, "crawl_source", broken)
    for tried in range(work.TRIES):
        jobs("DELETE FROM procrastinate_jobs")
        with pytest.raises(OSError, match="disk"):
            work.crawl("wto_eping", tried=tried)
        left = [{"source": "wto_eping", "tried": tried + 1}] if tried + 1 < work.TRIES else []
        assert [args for _, args in jobs()] == left
    assert jobs("SELECT 1 FROM procrastinate_jobs WHERE scheduled_at <= now()") == []
