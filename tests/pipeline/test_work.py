"""The live service: one machine that stops and goes on; many, of which some are killed."""

import datetime as dt
import json
import mailbox
import signal
import time
import urllib.request
from collections import Counter
from email import message_from_bytes, policy

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlmodel import func, select

from alerts import links, subscriptions
from alerts.mailbox import Mailbox
from config.settings import settings
from crawlers.replay import Replay, first_day
from crawlers.sources import names, source
from database import types
from database.session import engine, reading, unit_of_work
from database.tables import Alert, Attempt, Claim, Letter, Notice, Reading, Run
from pipeline import line, work
from pipeline.clock import slot_before

PEOPLE = 12
CLOSED = "http://127.0.0.1:9"  # stands in for sources without samples: nobody listens there
CLOSED_AND_DUE = 2  # so many of those are asked in vain; one process each takes its time
PATIENCE = 240  # seconds; a loaded machine is slow


@pytest.fixture
def live(database, data_dir, monkeypatch):
    """Sources replayed, letters into a mailbox, sources last read on the day before the samples begin."""
    day = dt.date.fromisoformat(first_day())
    at = dt.datetime.combine(day, dt.time(), dt.UTC)
    with Replay() as replay, Mailbox(data_dir / "mailbox") as box:
        monkeypatch.setenv("TBT_SOURCE_URLS", json.dumps({**dict.fromkeys(names(), CLOSED), **replay.urls}))
        monkeypatch.setenv("TBT_SMTP_HOST", box.host)
        monkeypatch.setenv("TBT_SMTP_PORT", str(box.port))
        monkeypatch.setenv("TBT_SMTP_STARTTLS", "never")
        settings.cache_clear()
        if work.distributed():
            work.prepare()
        with unit_of_work() as session:
            for name in replay.urls:
                session.add(Run(source=name, status="ok", started_at=at, ended_at=at, since=day, until=day))
            for name in sorted(set(names()) - set(replay.urls))[CLOSED_AND_DUE:]:
                trigger = CronTrigger.from_crontab(source(name).schedule, timezone=dt.UTC)
                slot = slot_before(trigger, types.now())
                session.add(Claim(job=f"crawl:{name}", slot=slot, holder="somebody earlier"))
            for number in range(PEOPLE):
                wish = subscriptions.subscribe(
                    session, f"p{number}@example.com", sectors=["toys-children", "food"], pace="at_once"
                )
                session.flush()
                person = session.get_one(subscriptions.Subscriber, wish.subscriber_id)
                token = links.confirm_url(person, [wish.id]).rpartition("/")[2]
                subscriptions.confirm(session, token)
        yield box


def _count(table, *conditions) -> int:
    with reading() as session:
        return session.exec(select(func.count()).select_from(table).where(*conditions)).one()


def _until(true, what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, f"never came: {what}"
        time.sleep(0.3)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _nothing_waits() -> bool:
    with reading() as session:
        return (
            session.exec(select(func.count()).select_from(Run).where(Run.status == "ok")).one() >= 6
            and not session.exec(select(Run.id).where(Run.status == "running")).all()
            and not any(line.stage(name).pending(session, 1) for name in line.STAGES)
            and not session.exec(select(Attempt.id).where(Attempt.outcome == "")).all()
        )


def _messages(data_dir) -> Counter[str]:
    box = mailbox.Maildir(data_dir / "mailbox", create=False)
    letters = [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.keys()]  # noqa: SIM118
    return Counter(m["Message-ID"] for m in letters)


@pytest.mark.timeout(600)
@pytest.mark.backends("postgresql")
def test_two_workers_and_two_clocks_one_of_each_killed_lose_nothing_and_double_nothing(live, data_dir, start):
    clocks = [start("up", "--port", "0") for _ in range(2)]
    workers = [start("work", "--concurrency", "2") for _ in range(2)]
    _until(lambda: _count(Reading) > 50, "notices read by the classifier")
    clocks[0].send_signal(signal.SIGKILL)
    workers[0].send_signal(signal.SIGKILL)
    _until(_nothing_waits, "the end of all work")

    notices = _count(Notice)
    assert notices >= 500
    assert _count(Reading) == notices  # each read once
    with reading() as session:
        owed = session.exec(select(Alert.subscriber_id, Alert.notice_id, Alert.version, Alert.reason)).all()
        claims = session.exec(select(Claim.job, Claim.slot)).all()
        sent = set(session.exec(select(Letter.message_id).where(Letter.outcome == "sent")).all())
        unsent = session.exec(select(Letter.id).where(Letter.outcome == "")).all()
        people = session.exec(select(func.count(func.distinct(Alert.subscriber_id)))).one()
    assert len(owed) == len(set(owed)) > PEOPLE
    assert people == PEOPLE
    assert len(claims) == len(set(claims))
    assert unsent == []
    arrived = _messages(data_dir)
    assert set(arrived) == sent
    assert sum(arrived.values()) - len(arrived) <= 2  # at most the letter in flight of each killed process

    for one in (clocks[1], workers[1]):
        one.send_signal(signal.SIGTERM)
        assert one.wait(90) == 0, (data_dir / "process-1.log").read_text()[-2000:]
    engine().dispose()


@pytest.mark.timeout(600)
@pytest.mark.backends("sqlite")
def test_a_running_service_stops_in_order_and_goes_on_where_it_was(live, data_dir, start):
    first = start("up", "--port", "0")
    _until(lambda: _count(Notice) > 20, "the first notices")
    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 0, (data_dir / "process-0.log").read_text()[-2000:]
    assert _count(Run, Run.status == "running") == 0
    second = start("up", "--port", "0")
    _until(lambda: _count(Reading) > 20, "notices read by the classifier")
    second.send_signal(signal.SIGKILL)
    second.wait()
    third = start("up", "--port", "0")
    _until(lambda: _count(Run, Run.status == "running") == 0, "dead runs closed")
    log = (data_dir / "process-2.log").read_text
    _until(lambda: "port=" in log(), "the web")
    port = log().split("port=")[1].split()[0]
    _until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), "an answer of the web")
    third.send_signal(signal.SIGTERM)
    assert third.wait(60) == 0
