import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from crawlers import alarms, health
from crawlers.alarms import KINDS, band, check, standing, words
from crawlers.form import form
from database.session import reading, unit_of_work
from database.tables import Notice, Run, SourceAlarm
from database.types import now

NAME = "vn_congbao"
THURSDAY = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _thursday(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (alarms, health):
        monkeypatch.setattr(module, "now", lambda: THURSDAY)


def ran(days: int, read: int = 40, status: str = "ok", **values: Any) -> None:
    """One run so many days ago, and something new found in it."""
    at = THURSDAY - dt.timedelta(days=days, minutes=5)
    with unit_of_work() as session:
        run = Run(source=NAME, status=status, read=read, started_at=at, until=at.date())
        for name, value in values.items():
            setattr(run, name, value)
        session.add(run)
        session.add(Notice(source=NAME, source_id=uuid.uuid4().hex, published_on=at.date()))


def weeks(read: int = 40, weekend: int = 2) -> None:
    for days in range(50, 0, -1):
        day = THURSDAY - dt.timedelta(days=days)
        ran(days, weekend if day.weekday() >= 5 else read, refused={"rule": 10})


def opened() -> list[str]:
    check()
    with reading() as session:
        return sorted(alarm.kind for alarm in standing(session, dt.timedelta()) if alarm.recovered_at is None)


@pytest.mark.usefixtures("database")
def test_an_alarm_is_raised_once_and_its_end_is_said():
    weeks()
    ran(0)
    assert opened() == []
    ran(0, status="failed", message="HTTP 503")
    assert opened() == [], "one failure may pass by itself"
    ran(0, status="died", message="killed")
    assert opened() == ["failing"]
    ran(0, status="failed", message="HTTP 503")
    assert opened() == ["failing"]
    ran(0)
    assert opened() == []
    with reading() as session:
        (alarm,) = session.exec(select(SourceAlarm)).all()
        assert alarm.recovered_at is not None
        assert "has recovered" in words(alarm, "en")[0]
        assert standing(session) == [alarm], "that it recovered is said, for some days"


@pytest.mark.usefixtures("sqlite")
def test_half_the_usual_of_a_weekday_and_nothing_at_all_are_told_apart():
    weeks()
    ran(0, 19, refused={"rule": 5})
    assert opened() == ["low"], "less than half of 50"
    ran(0, 0)
    assert opened() == ["zero"]
    ran(0, 400)
    assert opened() == ["high"]
    ran(0, 41)
    assert opened() == []


@pytest.mark.usefixtures("sqlite")
def test_a_quiet_day_of_the_week_is_no_alarm():
    weeks()
    with reading() as session:
        runs = session.exec(select(Run)).all()
    assert band(form(NAME), runs, 3).usual == 50
    assert band(form(NAME), runs, 6).usual == 12
    assert band(form(NAME), runs[:3], 6).low == form(NAME).expect[0], (
        "without history the stated minimum holds"
    )


@pytest.mark.usefixtures("sqlite")
def test_what_goes_wrong_for_weeks_does_not_become_usual():
    weeks()
    ran(0, 8)
    assert opened() == ["low"]
    for _ in range(30):
        ran(0, 8)
    assert opened() == ["low"]
    ran(0, 40, refused={"rule": 10})
    assert opened() == []


@pytest.mark.usefixtures("sqlite")
def test_new_unread_fields_and_more_refusals_are_told():
    weeks()
    ran(0, 40, unread={"annexUrl": 3}, refused={"rule": 10})
    assert opened() == ["unread"]
    ran(0, 40, unread={"annexUrl": 3}, refused={"rule": 10})
    assert opened() == ["unread"], "until it is read, or ignored in writing"
    ran(0, 20, refused={"rule": 10, "another": 20})
    assert opened() == ["refused"]
    with reading() as session:
        alarm = session.exec(select(SourceAlarm).where(SourceAlarm.kind == "refused")).one()
    assert "60 %" in words(alarm, "en")[0]
    assert "another ×20" in words(alarm, "zh-Hant")[0]


@pytest.mark.usefixtures("sqlite")
def test_an_unread_field_that_is_known_raises_one_alarm_as_soon_as_its_share_only_grows():
    for days in range(30, 0, -1):
        ran(days, 40, unread={"annexUrl": 2, "other": 9}, refused={"rule": 10})
    ran(0, 40, unread={"annexUrl": 4, "other": 9}, refused={"rule": 10})
    assert opened() == [], "twice as often is what may happen by itself"
    for count in (5, 6, 9, 14, 20):
        ran(0, 40, unread={"annexUrl": count, "other": 9}, refused={"rule": 10})
        assert opened() == ["rising"]
    with reading() as session:
        (alarm,) = session.exec(select(SourceAlarm)).all()
    assert "annexUrl ×5 (12 %, 5 %)" in words(alarm, "en")[0]
    assert "other" not in words(alarm, "en")[0]
    assert "ignored" in words(alarm, "en")[1]
    ran(0, 40, unread={"other": 9}, refused={"rule": 10})
    assert opened() == []
    with reading() as session:
        assert "has recovered" in words(session.exec(select(SourceAlarm)).one(), "en")[0]


@pytest.mark.usefixtures("sqlite")
def test_a_source_that_is_late_or_silent_or_faulty_is_told():
    for days in range(90, 40, -1):
        ran(days)
    ran(40, faults=9, status="partial")
    assert opened() == ["faults", "late", "silent"]


@pytest.mark.usefixtures("sqlite")
def test_a_source_that_was_never_asked_raises_nothing():
    assert opened() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_every_alarm_says_what_is_wrong_and_what_to_do(kind: str, language: str):
    figures = dict.fromkeys(
        (
            "times",
            "message",
            "due",
            "days",
            "newest",
            "usual",
            "volume",
            "limit",
            "faults",
            "fields",
            "share",
            "rules",
        ),
        7,
    )
    message, todo = words(SourceAlarm(source=NAME, kind=kind, figures=figures, raised_at=now()), language)
    assert NAME in message
    assert len(todo) > 15
    assert "{" not in message + todo


def _late() -> None:
    """So long ago that two runs were missed, and something new in it."""
    with unit_of_work() as session:
        for run in session.exec(select(Run).where(Run.started_at > THURSDAY - dt.timedelta(days=3))):
            session.delete(run)


def _failing() -> None:
    ran(0, 40, refused={"rule": 10})
    for _ in range(2):
        ran(0, 0, status="failed", message="HTTP 503")


TROUBLES: dict[str, Callable[[], None]] = {
    "zero": lambda: ran(0, 0),
    "low": lambda: ran(0, 19, refused={"rule": 5}),
    "high": lambda: ran(0, 900),
    "faults": lambda: ran(0, 40, refused={"rule": 10}, faults=9, status="partial"),
    "unread": lambda: ran(0, 40, refused={"rule": 10}, unread={"annexUrl": 3}),
    "refused": lambda: ran(0, 10, refused={"rule": 40}),
    "failing": _failing,
    "late": _late,
}


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("kind", TROUBLES)
def test_each_trouble_raises_one_alarm_and_its_end_is_said(kind: str):
    weeks()
    TROUBLES[kind]()
    assert opened() == [kind]
    TROUBLES[kind]()
    assert opened() == [kind], "once"
    ran(0, 40, refused={"rule": 10})
    assert opened() == []
    with reading() as session:
        (alarm,) = session.exec(select(SourceAlarm)).all()
    assert "has recovered" in words(alarm, "en")[0]
    assert words(alarm, "zh")[0] != words(alarm, "zh-Hant")[0]


@pytest.mark.usefixtures("sqlite")
def test_a_source_without_anything_new_is_silent_until_something_comes():
    for days in range(90, -1, -1):
        ran(days)
    with unit_of_work() as session:
        for notice in session.exec(select(Notice)):
            notice.published_on = (THURSDAY - dt.timedelta(days=60)).date()
            session.add(notice)
    assert opened() == ["silent"]
    ran(0)
    assert opened() == []


@pytest.mark.usefixtures("sqlite")
def test_without_a_history_the_stated_minimum_is_the_measure():
    least, most = form(NAME).expect
    ran(0, least)
    assert opened() == []
    ran(0, max(least - 1, 1) if least > 1 else 0)
    assert opened() == (["low"] if least > 1 else ["zero"])
    ran(0, most + 1)
    assert opened() == ["high"]
