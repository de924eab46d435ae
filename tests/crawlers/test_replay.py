import datetime as dt
from pathlib import Path

import httpx
from sqlmodel import select

from crawlers.crawl import crawl
from crawlers.health import health
from crawlers.replay import Replay, first_day
from crawlers.sources import names
from database.session import reading, unit_of_work
from database.tables import Notice, Run
from database.types import now


def test_the_replay_server_answers_by_day_and_page():
    with Replay() as replay:
        address = replay.urls["wto_eping"] + "/api/v1/azureSearch/getAll"
        every = httpx.get(address, params={"pageSize": 50}).json()
        assert len(every["items"]) == 50
        last = httpx.get(address, params={"pageSize": 50, "page": every["totalCount"] // 50 + 2}).json()
        assert last["items"] == []
        days = {"distributionDateFrom": first_day(), "distributionDateTo": first_day(), "pageSize": 100}
        first = httpx.get(address, params=days).json()
        assert 0 < first["totalCount"] < every["totalCount"]
        assert {item["distributionDate"][:10] for item in first["items"]} == {first_day()}
        assert httpx.get(replay.urls["wto_eping"] + "/robots.txt").status_code == 200
        assert httpx.get(replay.urls["eu_safety_gate"] + "/../../../form.py").status_code == 404
        assert httpx.get(replay.urls["us_federal_register"] + "/api/v1/documents?page=99").status_code == 404


def test_every_source_reads_its_samples_without_fault(sqlite: Path):
    with Replay() as replay:
        assert set(replay.urls) <= set(names())
        runs = [
            crawl(name, base_url=url, since=dt.date.fromisoformat(first_day()))
            for name, url in replay.urls.items()
        ]
    for run in runs:
        assert (run.status, run.message, run.faults, run.unread) == ("ok", "", 0, {}), run.source
        assert run.new > 50
    with reading() as session:
        stored = session.exec(select(Notice)).all()
        assert len({(notice.source, notice.source_id) for notice in stored}) == len(stored)
        state = {one.name: one for one in health(session)}
    assert all(one.well or one.silent or one.volume for name, one in state.items() if name in replay.urls)
    assert state["us_federal_register"].refused


def test_a_source_that_never_ran_is_late_and_silent(sqlite: Path):
    with reading() as session:
        for one in health(session):
            if one.lacking:
                continue
            assert (one.late, one.silent, one.well, one.due_at) == (True, True, False, None)


def test_health_compares_the_last_success_with_what_is_expected(sqlite: Path):
    def ran(days: int, status: str, read: int) -> None:
        with unit_of_work() as session:
            at = now() - dt.timedelta(days=days)
            session.add(
                Run(source="wto_eping", status=status, read=read, started_at=at, unread={"annexUrl": 3})
            )
            session.add(
                Notice(
                    source="wto_eping",
                    source_id=f"{days}",
                    published_on=now().date() - dt.timedelta(days=days),
                )
            )

    def state() -> tuple[bool, bool, str, str, dict[str, int]]:
        with reading() as session:
            one = next(one for one in health(session) if one.name == "wto_eping")
        assert one.last_run is not None
        return one.late, one.silent, one.volume, one.last_run.status, one.unread

    ran(20, "ok", 5)
    assert state() == (True, True, "low", "ok", {"annexUrl": 3})
    ran(0, "partial", 100)
    assert state() == (False, False, "", "partial", {"annexUrl": 3})
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="failed"))
    assert state() == (False, False, "", "failed", {"annexUrl": 3})
    ran(1, "ok", 100_000)
    assert state()[2] == "high"


def test_health_and_names_do_not_load_scrapy():
    import subprocess
    import sys

    code = "import sys, crawlers.health, crawlers.crawl, crawlers.replay; sys.exit('scrapy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
