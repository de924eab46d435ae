import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts import attempts, channels, compose, deliver, match, subscriptions
from alerts.channels import mail
from alerts.channels.mail import meaning, without_addresses
from alerts.errors import NoSuchAddress, NotDelivered, Refused, ServerDown, TooQuick, Unreachable
from alerts.letter import Writer
from alerts.mailbox import Mailbox
from alerts.message import build
from database import worker
from database.session import reading, unit_of_work
from database.tables import Attempt, Letter, Subscriber, Suppression


class Scripted:
    """A mail server that answers recipients and letters as it is told, then accepts."""

    def __init__(self) -> None:
        self.recipient: list[str] = []
        self.data: list[str] = []
        self.taken: list[bytes] = []
        self.connections = 0
        self.hang_up = False

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, replies: Any) -> Any:
        self.connections += 1
        session.host_name = hostname
        return replies

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient:
            return self.recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data:
            return self.data.pop(0)
        self.taken.append(envelope.original_content)
        if self.hang_up:
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return "250 2.0.0 queued for <somebody@example.org>"


@pytest.fixture
def server(world: Any, tmp_path: Path, use: Callable[[int], None]) -> Iterator[Scripted]:
    scripted = Scripted()
    with Mailbox(tmp_path / "unused", handler=scripted) as box:
        use(box.port)
        yield scripted


@pytest.fixture
def letters(world: Any) -> Callable[[int], None]:
    def make(n: int) -> None:
        for number in range(n):
            world.reader(f"reader{number}@firm.example.org", sectors=["household-appliances"])
        world.notice()
        world.run(match, compose)

    return make


@pytest.mark.parametrize(
    ("code", "reply", "error"),
    [
        (550, "Domain frequency limited [QQ]", TooQuick),
        (550, "5.7.1 Connection frequency limited", TooQuick),
        (450, "4.2.0 greylisted", Unreachable),
        (421, "closing", ServerDown),
        (535, "authentication failed", ServerDown),
        (552, "5.2.2 Mailbox full", Unreachable),
        (550, "5.1.1 no such user here", NoSuchAddress),
        (550, "Mailbox not found. https://service.mail.qq.com", NoSuchAddress),
        (550, "User unknown", NoSuchAddress),
        (554, "5.7.1 message looks like spam", Refused),
        (550, "Relaying denied", Refused),
    ],
)
def test_a_reply_is_read_as_what_it_means(code: int, reply: str, error: type[NotDelivered]) -> None:
    assert type(meaning(code, reply)) is error


def test_no_address_of_a_reply_is_kept() -> None:
    reply = without_addresses("<li@firm.cn>:\r\n no such user (wang@firm.cn), ask a@b.cn")
    assert "firm.cn" not in reply
    assert "@" not in reply
    assert "no such user" in reply


def test_connections_are_used_again(world: Any, server: Scripted, letters: Any) -> None:
    letters(12)
    world.run(deliver)
    assert len(server.taken) == 12
    assert server.connections == 1
    assert {letter.outcome for letter in world.rows(Letter)} == {"sent"}
    tries = world.rows(Attempt)
    assert {(a.number, a.outcome, a.reply) for a in tries} == {
        (1, "accepted", "250 2.0.0 queued for <(address)>")
    }
    assert {a.worker for a in tries} == {worker.me()}


def test_a_frequency_limit_defers_ever_longer_and_bans_nobody(
    world: Any, server: Scripted, letters: Any, clock: Any
) -> None:
    server.recipient = ["550 Domain frequency limited"] * 3
    letters(1)
    waits = []
    for _ in range(3):
        world.run(deliver)
        (letter,) = world.rows(Letter)
        assert letter.outcome == ""
        waits.append(round((letter.due_at - clock.at).total_seconds() / 60))
        clock.at = letter.due_at
    assert waits == [1, 5, 15]
    world.run(deliver)
    assert [a.outcome for a in world.rows(Attempt)] == ["deferred"] * 3 + ["accepted"]
    assert not world.rows_of_suppression()
    assert len(server.taken) == 1


def test_a_letter_deferred_for_days_is_given_up(
    world: Any, server: Scripted, letters: Any, clock: Any
) -> None:
    server.recipient = ["450 4.2.0 later"] * 20
    letters(1)
    while not world.rows(Letter)[0].outcome:
        world.run(deliver)
        clock.forward(days=2, minutes=1)
    assert world.rows(Letter)[0].outcome == "refused"
    assert len(world.rows(Attempt)) == len(attempts.WAITS) + 1


def test_an_address_that_does_not_exist_is_never_written_to_again(
    world: Any, server: Scripted, letters: Any
) -> None:
    server.recipient = ["550 5.1.1 no such user"]
    letters(1)
    world.run(deliver)
    assert [letter.outcome for letter in world.rows(Letter)] == ["refused"]
    assert [s.reason for s in world.rows_of_suppression()] == ["hard_bounce"]
    assert "reader0" not in world.rows_of_suppression()[0].address_hash
    world.notice()
    world.run()
    assert not server.taken
    assert [letter.outcome for letter in world.rows(Letter)] == ["refused", "dropped"]


def test_a_refused_letter_holds_up_no_other(world: Any, server: Scripted, letters: Any) -> None:
    server.data = ["554 5.7.1 looks like spam"]
    letters(3)
    world.run(deliver)
    assert sorted(letter.outcome for letter in world.rows(Letter)) == ["refused", "sent", "sent"]
    assert not world.rows_of_suppression()


def test_while_the_server_is_down_one_letter_tries_and_all_wait(
    world: Any, letters: Any, use: Any, clock: Any, tmp_path: Path
) -> None:
    with Mailbox(tmp_path / "gone") as box:
        port = box.port
    use(port)
    letters(5)
    world.run(deliver)
    tries = world.rows(Attempt)
    assert {a.outcome for a in tries} == {"abandoned"}
    assert [bool(a.reply) for a in tries][:2] == [True, False]
    assert sum(bool(a.reply) for a in tries) == 1
    assert {letter.outcome for letter in world.rows(Letter)} == {""}
    clock.forward(minutes=1, seconds=1)
    with Mailbox(tmp_path / "back", port=port) as box:
        world.run(deliver)
        assert len(box.letters()) == 5


def test_a_connection_that_went_stale_is_replaced(
    world: Any, server: Scripted, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(letter: Any) -> bytes:
        time.sleep(0.1)  # in which the server hangs up
        return build(letter)

    monkeypatch.setattr(mail, "build", slowly)
    server.hang_up = True
    letters(3)
    world.run(deliver)
    assert {letter.outcome for letter in world.rows(Letter)} == {"sent"}
    assert len(world.rows(Attempt)) == len(server.taken) == server.connections == 3


def test_a_fault_of_ours_defers_the_letter_and_not_the_others(
    world: Any, server: Scripted, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(3)
    write, poisoned = Writer.write, world.rows(Letter)[1].id

    def faulty(self: Any, letter: Letter, *rest: Any) -> Any:
        if letter.id == poisoned:
            raise ZeroDivisionError
        return write(self, letter, *rest)

    monkeypatch.setattr(Writer, "write", faulty)
    world.run(deliver)
    assert len(server.taken) == 2
    assert [a.reply for a in world.rows(Attempt, Attempt.outcome == "deferred")] == ["ZeroDivisionError"]


def test_a_subscription_ended_between_match_and_send_brings_no_mail(
    world: Any, server: Scripted, letters: Any
) -> None:
    letters(2)
    with unit_of_work() as session:
        first, second = session.exec(subscriptions.select(Subscriber).order_by("id")).all()
        for one in subscriptions.subscriptions(session, first):
            subscriptions.end(session, first, one.id or 0)
        second.ended_at = dt.datetime.now(dt.UTC)
    world.run(deliver)
    assert not server.taken
    assert {letter.outcome for letter in world.rows(Letter)} == {"dropped"}
    assert not world.rows(Attempt)


def test_an_attempt_of_a_dead_worker_is_closed_and_made_again_under_the_same_message_id(
    world: Any, server: Scripted, letters: Any
) -> None:
    letters(1)
    host = worker.me().rsplit(":", 2)[0]
    (letter,) = world.rows(Letter)
    with unit_of_work() as session:
        session.add(Attempt(letter_id=letter.id, number=1, worker=f"{host}:999999999:1"))
    world.run(deliver)
    assert [(a.number, a.outcome) for a in world.rows(Attempt)] == [(1, "abandoned"), (2, "accepted")]
    assert world.rows(Letter)[0].message_id.encode() in server.taken[0]


def test_an_attempt_of_a_living_worker_is_left_alone_for_a_quarter_of_an_hour(
    world: Any, server: Scripted, letters: Any, clock: Any
) -> None:
    letters(1)
    (letter,) = world.rows(Letter)
    with unit_of_work() as session:
        session.add(Attempt(letter_id=letter.id, number=1, worker="elsewhere:1:1", started_at=clock.at))
    world.run(deliver)
    deliver.handle([letter.id])
    assert not server.taken
    clock.forward(minutes=15, seconds=1)
    world.run(deliver)
    assert len(server.taken) == 1


def test_channels_are_found_by_listing() -> None:
    assert "mail" in channels.names()
    for name in channels.names():
        assert callable(channels.channel(name).send)
        assert callable(channels.channel(name).close)
    with pytest.raises(KeyError, match="no channel 'pigeon'"):
        channels.channel("pigeon")


def test_the_mailbox_refuses_what_is_too_large(world: Any, post: Any) -> None:
    import smtplib

    from alerts.mailbox import LARGEST

    with smtplib.SMTP(post.host, post.port) as client, pytest.raises(smtplib.SMTPException):
        client.sendmail("a@example.org", ["b@example.org"], b"x" * (LARGEST + 1))
    assert not post.letters()


def test_nothing_is_written_while_a_letter_is_under_way(
    world: Any, server: Scripted, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters(1)
    write = Writer.write

    def writing(self: Any, letter: Letter, *rest: Any) -> Any:
        with unit_of_work() as other:  # would wait for ever if the lock were held
            other.add(Suppression(address_hash="x", reason="operator"))
        return write(self, letter, *rest)

    monkeypatch.setattr(Writer, "write", writing)
    world.run(deliver)
    assert len(server.taken) == 1
    with reading() as session:
        assert session.get(Suppression, "x")
