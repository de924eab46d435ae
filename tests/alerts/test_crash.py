import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alerts import compose, deliver, match
from alerts.mailbox import Keeper, Mailbox
from database.session import reading
from database.tables import Alert, Attempt, Letter, Matching

ROOT = Path(__file__).parents[2]
LETTERS = 30
KILLS = 3
# Imports once, then forks as many workers as a line asks for: each a process of its own to be killed.
NURSERY = """
import json, os, sys
from alerts import deliver
from config import taxonomy
from config.texts import traditional
from database.session import reading

# What each worker would read anew.
taxonomy.sectors(), taxonomy.markets(), taxonomy.countries(), taxonomy.measure_types(), traditional("电")

def work():
    while True:
        with reading() as session:
            ids = deliver.pending(session, deliver.BATCH)
        if not ids:
            return
        deliver.handle(ids)

for line in sys.stdin:
    asked = json.loads(line)
    os.environ.update(asked["environment"])
    pids = []
    for _ in range(asked["workers"]):
        pid = os.fork()
        if pid == 0:
            try:
                work()
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        pids.append(pid)
    print(json.dumps(pids), flush=True)
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]), flush=True)
"""


class Nursery:
    """Starts workers, and says how they ended."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, workers: int = 1) -> list[int]:
        assert self.process.stdin
        environment = {name: value for name, value in os.environ.items() if name.startswith("TBT_")}
        self.process.stdin.write(json.dumps({"environment": environment, "workers": workers}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def wait(self) -> list[int]:
        return self._answer()

    def _answer(self) -> list[int]:
        assert self.process.stdout
        return list(json.loads(self.process.stdout.readline()))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    one = Nursery()
    yield one
    one.process.communicate(timeout=30)
    assert one.process.returncode == 0


class Slow(Keeper):
    """Keeps each letter and only then, after a while, says so: the moment in which a crash hurts."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(0.02)
        return answer


def ids_in(box: Mailbox) -> Counter[bytes]:
    return Counter(re.findall(rb"(?im)^message-id: (\S+)", b"\n".join(box.letters())))


@pytest.fixture
def waiting(living_world: Any) -> list[bytes]:
    """The Message-IDs of letters ready to be sent."""
    for number in range(LETTERS):
        living_world.reader(f"reader{number}@firm.example.org", sectors=["household-appliances"])
    living_world.notice()
    living_world.run(match, compose)
    return [letter.message_id.encode() for letter in living_world.rows(Letter)]


@pytest.mark.parametrize("connections", [1, 5])
def test_whoever_is_killed_while_sending_loses_no_letter_and_repeats_only_those_in_flight(
    waiting: list[bytes],
    living_world: Any,
    tmp_path: Path,
    use: Callable[[int], None],
    nursery: Nursery,
    monkeypatch: pytest.MonkeyPatch,
    connections: int,
) -> None:
    """A worker is killed at random moments, again and again: one letter for each connection comes twice."""
    monkeypatch.setenv("TBT_SMTP_CONNECTIONS", str(connections))
    chance = random.Random(7)
    with Mailbox(tmp_path / "mailbox", handler=Slow(tmp_path / "mailbox")) as box:
        use(box.port)
        for _ in range(KILLS):
            before = len(box.letters())
            (pid,) = nursery.start()
            while len(box.letters()) == before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.15 / connections))
            os.kill(pid, signal.SIGKILL)
            assert nursery.wait() == [-signal.SIGKILL]
        nursery.start()
        assert nursery.wait() == [0]
        arrived = ids_in(box)
    assert set(arrived) == set(waiting)
    assert arrived.total() <= LETTERS + KILLS * connections
    assert {letter.outcome for letter in living_world.rows(Letter)} == {"sent"}
    attempts = living_world.rows(Attempt)
    most = KILLS * connections * (deliver.CLAIMS_A_CONNECTION + 1)
    assert sum(a.outcome == "abandoned" for a in attempts) <= most
    assert all(a.ended_at for a in attempts)


def test_two_workers_at_once_send_nothing_twice(
    waiting: list[bytes], living_world: Any, tmp_path: Path, use: Callable[[int], None], nursery: Nursery
) -> None:
    with Mailbox(tmp_path / "mailbox", handler=Slow(tmp_path / "mailbox")) as box:
        use(box.port)
        nursery.start(2)
        assert nursery.wait() == [0, 0]
        arrived = ids_in(box)
    assert arrived == Counter(waiting)
    attempts = living_world.rows(Attempt)
    assert Counter(a.letter_id for a in attempts) == Counter(
        letter.id for letter in living_world.rows(Letter)
    )
    assert len({a.worker for a in attempts}) == 2


def test_two_threads_matching_and_composing_at_once_owe_nothing_twice(living_world: Any) -> None:
    for number in range(8):
        living_world.reader(f"reader{number}@firm.example.org", sectors=["household-appliances"])
    for _ in range(6):
        living_world.notice()
    barrier = threading.Barrier(3)

    def work() -> None:
        for stage in (match, compose):
            with reading() as session:
                ids = stage.pending(session, stage.BATCH)
            barrier.wait(30)
            stage.handle(ids)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work) for _ in range(3)]:
            done.result(60)
    alerts = living_world.rows(Alert)
    assert len(alerts) == 48
    assert len(living_world.rows(Matching)) == 6
    letters = living_world.rows(Letter)
    assert {a.letter_id for a in alerts} == {letter.id for letter in letters}


def test_letters_leave_side_by_side_when_allowed(
    waiting: list[bytes],
    living_world: Any,
    tmp_path: Path,
    use: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TBT_SMTP_CONNECTIONS", "5")
    with Mailbox(tmp_path / "mailbox", handler=Slow(tmp_path / "mailbox")) as box:
        use(box.port)
        living_world.run(deliver)
        assert ids_in(box) == Counter(waiting)
