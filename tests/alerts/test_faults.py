"""What goes wrong on the way, each against a real server."""

import asyncio
import email
import email.policy
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from certificates import certificate

from alerts import alarms, brakes, compose, deliver, match, pacing
from alerts.errors import TooQuick
from alerts.mailbox import Mailbox
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Attempt, Letter

Words = dict[str, list[str]]


class Moody:
    """Answers each recipient's RCPT and DATA from a list, then accepts; may hang up or be slow."""

    def __init__(self) -> None:
        self.rcpt: Words = {}
        self.data: Words = {}
        self.taken: list[str] = []
        self.cut: set[str] = set()
        self.seconds = 0.0
        self.at_once = self.most_at_once = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt.get(address):
            return self.rcpt[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        if address in self.cut:
            self.cut.remove(address)
            server.transport.abort()
            return "421 gone"
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        if self.data.get(address):
            return self.data[address].pop(0)
        self.taken.append(address)
        return "250 taken"


@pytest.fixture
def moody(world: Any, tmp_path: Path, use: Callable[[int], None]) -> Iterator[Moody]:
    one = Moody()
    with Mailbox(tmp_path / "unused", handler=one) as box:
        use(box.port)
        yield one


@pytest.fixture
def waiting(world: Any) -> Callable[..., list[str]]:
    def make(n: int, domain: str = "firm.example.org") -> list[str]:
        addresses = [f"reader{number}@{domain}" for number in range(n)]
        for address in addresses:
            world.reader(address, sectors=["household-appliances"])
        world.notice()
        world.run(match, compose)
        return addresses

    return make


def outcomes(world: Any) -> list[str]:
    return sorted(letter.outcome for letter in world.rows(Letter))


def side_by_side(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setenv("TBT_SMTP_CONNECTIONS", str(n))
    settings.cache_clear()


def test_a_greylisting_server_gets_the_letter_a_minute_later(
    world: Any, moody: Moody, waiting: Any, clock: Any
) -> None:
    (address,) = waiting(1)
    moody.rcpt[address] = ["450 4.2.0 greylisted, try again later"]
    world.run(deliver)
    assert moody.taken == []
    clock.forward(minutes=1, seconds=1)
    world.run(deliver)
    assert moody.taken == [address]
    assert [attempt.outcome for attempt in world.rows(Attempt)] == ["deferred", "accepted"]


def test_a_slow_server_is_asked_side_by_side_and_never_more_than_allowed(
    world: Any, moody: Moody, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    side_by_side(monkeypatch, 6)
    addresses = waiting(18)
    moody.seconds = 0.05
    world.run(deliver)
    assert sorted(moody.taken) == sorted(addresses)
    assert 2 <= moody.most_at_once <= 6


def test_by_default_one_letter_is_under_way_at_a_time(world: Any, moody: Moody, waiting: Any) -> None:
    waiting(5)
    moody.seconds = 0.01
    world.run(deliver)
    assert moody.most_at_once == 1


def test_a_connection_cut_in_data_repeats_that_letter_and_no_other(
    world: Any, moody: Moody, waiting: Any, clock: Any
) -> None:
    addresses = waiting(4)
    moody.cut = {addresses[1]}
    world.run(deliver)
    assert sorted(moody.taken) == [a for a in addresses if a != addresses[1]]
    clock.forward(minutes=1, seconds=1)
    world.run(deliver)
    assert sorted(moody.taken) == addresses
    assert outcomes(world) == ["sent"] * 4


def test_one_refused_recipient_among_many_harms_no_other(
    world: Any, moody: Moody, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    side_by_side(monkeypatch, 4)
    addresses = waiting(12)
    moody.rcpt[addresses[3]] = ["550 5.1.1 no such user"]
    moody.data[addresses[7]] = ["554 5.7.1 looks like spam"]
    world.run(deliver)
    assert outcomes(world) == ["refused"] * 2 + ["sent"] * 10
    assert len(world.rows_of_suppression()) == 1


def test_a_server_down_for_an_hour_costs_no_letter_and_no_patience(
    world: Any, waiting: Any, use: Any, clock: Any, tmp_path: Path
) -> None:
    with Mailbox(tmp_path / "gone") as box:
        port = box.port
    use(port)
    waiting(3)
    for _ in range(12):  # more often than a letter is deferred before it is given up
        world.run(deliver)
        clock.forward(minutes=5)
    assert not [a for a in world.rows(Attempt) if a.outcome == "deferred"]
    with Mailbox(tmp_path / "back", port=port) as box:
        world.run(deliver)
        assert len(box.letters()) == 3
    assert outcomes(world) == ["sent"] * 3


@pytest.mark.backends("sqlite")
def test_a_locked_database_is_waited_for(world: Any, moody: Moody, waiting: Any) -> None:
    (address,) = waiting(1)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with unit_of_work():
            locked.set()
            done.wait(0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(5)
    begun = time.monotonic()
    world.run(deliver)
    holder.join()
    assert time.monotonic() - begun > 0.3
    assert moody.taken == [address]


def test_a_clock_that_jumps_sends_nothing_twice_and_forgets_nothing(
    world: Any, moody: Moody, waiting: Any, clock: Any
) -> None:
    addresses = waiting(2)
    moody.rcpt[addresses[0]] = ["450 4.2.0 later"]
    clock.forward(days=1)
    world.run(deliver)
    clock.forward(days=-2)
    world.run(match, compose, deliver)
    assert moody.taken == [addresses[1]]
    clock.forward(days=2, minutes=2)
    world.run(match, compose, deliver)
    assert sorted(moody.taken) == addresses


# -- pace


def test_a_domain_that_says_too_quick_is_left_alone_and_the_others_are_not(
    world: Any, moody: Moody, waiting: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST_GAP", 0.1)
    slow, quick = waiting(3, "qq.example"), waiting(2)
    moody.rcpt = {address: ["550 Domain frequency limited"] for address in slow}
    world.run(deliver)
    assert set(moody.taken) >= set(quick)
    tried = [a for a in world.rows(Attempt) if a.outcome == "deferred"]
    assert len(tried) == 1
    clock.forward(minutes=5)
    moody.rcpt = {}
    world.run(deliver)
    assert set(moody.taken) == set(slow + quick)
    assert not world.rows_of_suppression()


def test_a_gate_narrows_at_once_and_widens_slowly(
    data_dir: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    side_by_side(monkeypatch, 8)
    one = pacing.Gate()
    assert (one.most, one.wait(), one.held_until()) == (8, 0.0, None)
    holds = []
    for _ in range(9):
        for _ in range(2):  # two in flight hear the same
            one.leave()
        one.back(TooQuick("550"))
        one.back(TooQuick("550"))
        until = one.held_until()
        assert until is not None
        holds.append(round((until - clock.at).total_seconds() / 60))
        clock.at = until
    assert holds == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert one.most == 1
    for _ in range(pacing.WON_AFTER * 20):
        one.leave()
        one.back("250 ok")
    assert one.most == 8
    assert one.gap == 0.0
    assert one.strikes == 0
    one.back(TooQuick("550"))
    clock.forward(days=-3)
    assert one.held_until() is None  # the clock was set back: nothing waits for days


# -- brakes


def test_a_person_stops_all_mail_and_lets_it_go_on(world: Any, moody: Moody, waiting: Any) -> None:
    waiting(3)
    with unit_of_work() as session:
        brakes.stop(session, "chen@tbt.example.org", "wrong list")
    world.run(deliver)
    deliver.handle([letter.id for letter in world.rows(Letter)])
    assert moody.taken == []
    with unit_of_work() as session:
        brakes.go_on(session)
    world.run(deliver)
    assert len(moody.taken) == 3


def test_the_setting_stops_all_mail(
    world: Any, moody: Moody, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(1)
    monkeypatch.setenv("TBT_MAIL_STOP", "true")
    settings.cache_clear()
    world.run(deliver)
    assert moody.taken == []


def test_a_ceiling_lets_the_others_wait_and_rings(
    world: Any, moody: Moody, waiting: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_MAIL_PER_HOUR", "4")
    settings.cache_clear()
    waiting(6)
    world.run(deliver)
    assert len(moody.taken) == 4
    world.run(deliver)
    clock.forward(minutes=16)
    world.run(deliver)
    assert len(moody.taken) == 4
    with reading() as session:
        assert [alarm.kind for alarm in alarms.ringing(session)] == ["mail_ceiling"]
    clock.forward(minutes=60)
    world.run(deliver)
    assert len(moody.taken) == 6
    with reading() as session:
        assert not alarms.ringing(session)


def test_a_canary_goes_first_and_when_it_dies_the_others_wait(
    world: Any, moody: Moody, waiting: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brakes, "CANARY_FROM", 8)
    monkeypatch.setattr(brakes, "CANARY", 4)
    addresses = waiting(10)
    moody.data = {address: ["554 5.7.1 looks like spam"] for address in addresses[:3]}
    world.run(deliver)
    assert moody.taken == [addresses[3]]
    with reading() as session:
        assert [alarm.kind for alarm in alarms.ringing(session)] == ["mail_canary"]
    clock.forward(hours=1, minutes=1)
    monkeypatch.setattr(brakes, "CANARY_FROM", 6)
    world.run(deliver)
    assert len(moody.taken) == 7
    with reading() as session:
        assert not alarms.ringing(session)


# -- addresses beyond ASCII


def test_a_letter_reaches_an_address_beyond_ascii(world: Any, post: Any) -> None:
    reader = world.reader("李明@firm.example.org", sectors=["household-appliances"])
    world.notice()
    world.run()
    (raw,) = post.letters()
    assert "Delivered-To: 李明@firm.example.org".encode() in raw
    read = email.message_from_bytes(raw, policy=email.policy.strict.clone(raise_on_defect=True, utf8=True))
    assert read["To"] == "李明@firm.example.org"
    assert reader.id is not None
    assert outcomes(world) == ["sent"]


def test_a_server_that_knows_no_such_address_refuses_that_letter_only(
    world: Any, waiting: Any, use: Callable[[int], None]
) -> None:
    old = Moody()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(old, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    try:
        use(port)
        world.reader("李明@firm.example.org", sectors=["household-appliances"])
        addresses = waiting(2)
        world.run(deliver)
    finally:
        controller.stop()
    assert sorted(old.taken) == addresses
    assert outcomes(world) == ["refused", "sent", "sent"]
    assert not world.rows_of_suppression()


# -- TLS and login


@pytest.fixture
def guarded(
    world: Any, tmp_path: Path, use: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Moody]:
    """A server that takes nothing without TLS and a password."""
    one = Moody()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        ok = isinstance(login, LoginPassword) and (login.login, login.password) == (b"tbt", b"secret")
        return AuthResult(success=ok, handled=ok)

    vouching, context = certificate(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        one, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True,
        auth_required=True, authenticator=check
    )  # fmt: skip
    controller.start()
    try:
        use(port)
        for name, value in {
            "STARTTLS": "always",
            "USER": "tbt",
            "PASSWORD": "secret",
            "CA": str(vouching),
        }.items():
            monkeypatch.setenv(f"TBT_SMTP_{name}", value)
        settings.cache_clear()
        yield one
    finally:
        controller.stop()


def test_letters_leave_encrypted_and_logged_in(world: Any, guarded: Moody, waiting: Any) -> None:
    addresses = waiting(2)
    world.run(deliver)
    assert sorted(guarded.taken) == addresses


@pytest.mark.parametrize(
    ("name", "value"), [("TBT_SMTP_CA", ""), ("TBT_SMTP_PASSWORD", "wrong"), ("TBT_SMTP_STARTTLS", "never")]
)
def test_where_encryption_or_login_fails_all_letters_wait(
    world: Any, guarded: Moody, waiting: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    waiting(3)
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    world.run(deliver)
    assert guarded.taken == []
    assert outcomes(world) == [""] * 3
    assert {attempt.outcome for attempt in world.rows(Attempt)} == {"abandoned"}
    assert not world.rows_of_suppression()


def test_no_password_is_sent_to_a_server_without_encryption(
    world: Any, moody: Moody, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(1)
    monkeypatch.setenv("TBT_SMTP_STARTTLS", "always")
    settings.cache_clear()
    world.run(deliver)
    assert moody.taken == []
    assert outcomes(world) == [""]
