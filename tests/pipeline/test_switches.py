"""What an administrator says of a source is honoured by the clock, the workers and the command line."""

import datetime as dt
from types import SimpleNamespace

import pytest
from sqlmodel import select

from crawlers import switches
from database.session import reading, unit_of_work
from database.tables import Refusal, Run, SourceSwitch
from database.types import now
from pipeline import up, work


@pytest.fixture
def crawled(monkeypatch):
    """Names that were crawled; nothing is asked of anybody."""
    done: list[str] = []

    def crawl(name: str, **_: object) -> SimpleNamespace:
        with unit_of_work() as session:
            session.add(Run(source=name, status="ok", ended_at=now()))
        done.append(name)
        return SimpleNamespace(status="ok", new=0, message="")

    monkeypatch.setattr(up, "crawl", crawl)
    monkeypatch.setattr(work, "crawl_source", crawl)
    for module in (up, work):
        monkeypatch.setattr(module.alarms, "check", lambda: None)
        monkeypatch.setattr(module.documents, "fetch", lambda *_, **__: 0)
    monkeypatch.setattr(work, "defer_line", lambda: None)
    monkeypatch.setattr(up.Line, "__call__", lambda self: None)
    return done


def switch(source: str, **values: object) -> None:
    with unit_of_work() as session:
        row = session.get(SourceSwitch, source) or SourceSwitch(source=source)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_a_source_that_is_switched_off_is_left_out_until_it_is_on_again(database, crawled):
    switch("wto_eping", enabled=False)
    here = up.Line()
    jobs = up._jobs(here.crawl)
    jobs["crawl:wto_eping"].work()
    jobs["crawl:eu_rasff"].work()
    work.crawl("wto_eping")
    work.crawl("eu_tris")
    assert crawled == ["eu_rasff", "eu_tris"]
    switch("wto_eping", enabled=True)
    jobs["crawl:wto_eping"].work()
    work.crawl("wto_eping")
    assert crawled == ["eu_rasff", "eu_tris", "wto_eping", "wto_eping"]


def test_a_source_is_read_at_once_when_somebody_asks_even_one_that_is_off(database, crawled):
    assert up._wanted(up.Line().crawl, print) == {}
    switch("wto_eping", enabled=False, run_asked_at=now())
    switch("us_regulations_gov", run_asked_at=now())  # has no key: nobody could answer
    switch("gone", run_asked_at=now())
    wanted = up._wanted(up.Line().crawl, print)
    assert list(wanted) == ["crawl:wto_eping"]
    wanted["crawl:wto_eping"]()
    assert crawled == ["wto_eping"]
    assert up._wanted(up.Line().crawl, print) == {}, "it was begun since: once is enough"
    switch("wto_eping", run_asked_at=now())
    assert list(up._wanted(up.Line().crawl, print)) == ["crawl:wto_eping"]


def test_records_that_were_let_in_are_taken_in_at_the_next_look(database, crawled, monkeypatch):
    taken: list[str] = []
    monkeypatch.setattr(up.refusals, "take_in", taken.append)
    with unit_of_work() as session:
        row = Refusal(source="kz_adilet", record="1", rule="x", digest="y")
        session.add(row)
    assert up._wanted(print, up.Line().take_in) == {}
    with unit_of_work() as session:
        session.exec(select(Refusal)).one().admitted_at = now()
    up._wanted(print, up.Line().take_in)["take_in:kz_adilet"]()
    work.take_in("kz_adilet")
    assert taken == ["kz_adilet", "kz_adilet"]


@pytest.mark.backends("postgresql")
def test_what_is_asked_for_waits_once_for_a_worker(database):
    work.prepare()
    for _ in range(2):
        work.defer_crawl("wto_eping", asked=True)
        work.defer_take_in("kz_adilet")
    from sqlalchemy import text

    from database.session import engine

    with engine().connect() as connection:
        rows = connection.execute(
            text("SELECT task_name, args FROM procrastinate_jobs ORDER BY task_name")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("tbt:crawl", {"source": "wto_eping", "tried": 0, "asked": True}),
        ("tbt:take_in", {"source": "kz_adilet"}),
    ]


def test_the_command_line_leaves_out_what_is_off_and_reads_what_is_named(database, monkeypatch):
    from pipeline.commands import run

    asked: list[str] = []
    ended = SimpleNamespace(status="ok", pages=0, read=0, new=0, changed=0, faults=0, message="")
    monkeypatch.setattr("crawlers.crawl.crawl", lambda name, **_: asked.append(name) or ended)
    switch("wto_eping", enabled=False)
    run.crawl()
    assert "wto_eping" not in asked
    assert "eu_rasff" in asked
    asked.clear()
    run.crawl(["wto_eping"])
    assert asked == ["wto_eping"]


def test_one_that_is_off_raises_no_alarm_and_loses_none(database):
    from crawlers import alarms
    from database.tables import SourceAlarm

    old = now() - dt.timedelta(days=90)
    with unit_of_work() as session:
        for name in ("wto_eping", "eu_rasff"):
            session.add(Run(source=name, status="ok", started_at=old, ended_at=old, read=50))
        session.add(SourceAlarm(source="wto_eping", kind="unread", figures={"fields": "x"}))
    switch("wto_eping", enabled=False)
    alarms.check()
    with reading() as session:
        rows = session.exec(select(SourceAlarm).where(SourceAlarm.source == "wto_eping")).all()
        assert [(row.kind, row.recovered_at) for row in rows] == [("unread", None)]
        assert session.exec(select(SourceAlarm).where(SourceAlarm.source == "eu_rasff")).first() is not None
        assert switches.off(session) == {"wto_eping"}
