import datetime as dt
import threading
import time

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlmodel import select

from database import types
from database.session import reading, unit_of_work
from database.tables import Claim, Lease
from pipeline import clock


def test_a_slot_is_claimed_once_however_many_try(database):
    slot, won = dt.datetime(2026, 11, 20, 4, 15, tzinfo=dt.UTC), []
    threads = [threading.Thread(target=lambda: won.append(clock.claim("crawl:x", slot))) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(won) == [False] * 5 + [True]


def test_the_lease_is_held_by_one_living_clock_and_taken_over_from_a_dead_one(database, monkeypatch):
    assert clock.hold_lease()
    assert clock.hold_lease()  # renewed
    with unit_of_work() as session:
        session.get(Lease, "clock").holder = "elsewhere:77:1"
    assert not clock.hold_lease()
    late = types.now() + clock.LEASE_TIME * 2
    monkeypatch.setattr(types, "now", lambda: late)
    assert clock.hold_lease()
    clock.release_lease()
    with reading() as session:
        assert session.exec(select(Lease)).all() == []


def test_another_schedule_holds_from_now_on_and_what_it_would_have_had_before_is_not_missed(
    database, monkeypatch
):
    at = [dt.datetime(2026, 11, 20, 12, 30, tzinfo=dt.UTC)]
    monkeypatch.setattr(types, "now", lambda: at[0])
    done, asked = [], {}
    job = clock.Job("0 0 * * *", lambda: done.append(at[0]))
    one = clock.Clock({"x": job}, lambda: None, 60, schedules=lambda: asked)
    assert one._changed() == []
    clock.claim("x", dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    asked["x"] = "0 * * * *"
    one.scheduler.add_job(one._due, one.triggers["x"], args=["x"], id="x")
    one._tick()
    assert one.triggers["x"] == one.scheduler.get_job("x").trigger
    one._due("x")  # noon is before the change
    assert done == []
    at[0] += dt.timedelta(hours=3)
    one._due("x")
    assert len(done) == 1
    with reading() as session:
        missed = session.exec(select(Claim.slot).where(Claim.missed).order_by(Claim.slot)).all()
    assert [slot.hour for slot in missed] == [13, 14]  # those after it were
    del asked["x"]
    one._tick()
    assert str(one.triggers["x"]) == str(clock.Clock({"x": job}, lambda: None, 60).triggers["x"])


def test_many_threads_of_one_clock_take_the_lease_at_once(database):
    got, together = [], threading.Barrier(6)
    threads = [
        threading.Thread(target=lambda: (together.wait(), got.append(clock.hold_lease()))) for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == [True] * 6


def test_a_dead_process_of_this_host_holds_no_lease(database):
    host = clock.me().split(":")[0]
    with unit_of_work() as session:
        until = types.now() + clock.LEASE_TIME
        session.add(Lease(name="clock", holder=f"{host}:999999:1", until=until))
    assert clock.hold_lease()


@pytest.mark.parametrize(
    ("cron", "moment", "slot"),
    [
        ("15 */4 * * *", "2026-11-21T10:00", "2026-11-21T08:15"),
        ("15 */4 * * *", "2026-11-21T08:15", "2026-11-21T08:15"),
        ("0 6 * * sat", "2026-11-20T10:00", "2026-11-14T06:00"),
    ],
)
def test_the_slot_of_a_moment_is_the_last_time_it_was_due(cron, moment, slot):
    trigger = CronTrigger.from_crontab(cron, timezone=dt.UTC)
    at, due = (dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) for text in (moment, slot))
    assert clock.slot_before(trigger, at) == due


def test_slots_passed_while_no_clock_ran_are_written_down_and_the_newest_is_caught_up(database, monkeypatch):
    crawled = []
    one = clock.Clock({"x": clock.Job("0 */6 * * *", lambda: crawled.append("x"))}, lambda: None, 60)
    monday = dt.datetime(2026, 11, 16, 1, tzinfo=dt.UTC)
    monkeypatch.setattr(types, "now", lambda: monday)
    assert one._is_owed("x")
    one._due("x")
    assert crawled == ["x"]
    assert not one._is_owed("x")
    one._due("x")
    assert crawled == ["x"]
    monkeypatch.setattr(types, "now", lambda: monday + dt.timedelta(days=1))
    one._due("x")
    assert crawled == ["x", "x"]
    with reading() as session:
        claims = session.exec(select(Claim).order_by(Claim.slot)).all()
    assert [(c.slot.day, c.slot.hour, c.missed) for c in claims] == [
        (16, 0, False),
        (16, 6, True),
        (16, 12, True),
        (16, 18, True),
        (17, 0, False),
    ]


def test_two_running_clocks_start_a_due_source_once(database):
    started, first, looked = [], threading.Event(), threading.Barrier(3)
    job = clock.Job("* * * * *", lambda: (started.append("x"), first.set()))
    clocks = [clock.Clock({"x": job}, looked.wait, 60) for _ in range(2)]
    try:
        for one in clocks:
            one.start()
        assert first.wait(60)
        looked.wait(60)  # each clock came as far as its line, which starts together with its first tick
    finally:
        for one in clocks:
            one.stop()
    with reading() as session:
        slots = [c.slot for c in session.exec(select(Claim)).all()]
    assert len(started) == len(slots) == len(set(slots)) >= 1


def test_what_somebody_wants_now_is_done_at_the_next_look_and_never_twice_at_once(database):
    begun, go_on = [], threading.Event()

    def work():
        begun.append("x")
        go_on.wait(10)

    one = clock.Clock({}, lambda: None, 60, wanted=lambda: {"crawl:x": work} if not go_on.is_set() else {})
    one.scheduler.start()
    try:
        for _ in range(3):
            one._tick()
        ends = time.monotonic() + 10
        while not begun and time.monotonic() < ends:
            time.sleep(0.02)
            one._tick()
        time.sleep(0.1)
        assert begun == ["x"]
    finally:
        go_on.set()
        one.stop()
