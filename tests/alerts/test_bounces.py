import datetime as dt
import re
import smtplib
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from incoming import arf, dsn, prose

from alerts import bounces, compose, deliver, match, return_path
from alerts.inbound import Inbound
from alerts.ledger import keyed_hash
from database.session import reading, unit_of_work
from database.tables import Attempt, Bounce, Letter, Subscriber

UNKNOWN = dsn("5.1.1", "550 5.1.1 unknown user")
FULL = dsn("5.2.2", "552 5.2.2 mailbox full")


@pytest.fixture
def sent(world, post):
    """One letter that the server took."""
    world.reader(sectors=["household-appliances"])
    world.notice()
    world.run()
    [letter] = world.rows(Letter)
    assert letter.outcome == "sent"
    return letter


def another(world):
    world.notice()
    world.run(match, compose)
    return world.rows(Letter)[-1]


def person(world):
    [one] = world.rows(Subscriber)
    return one


def back(letter, raw):
    return bounces.receive(return_path.bounce_address(letter.id), "", raw)


@pytest.mark.usefixtures("data_dir")
class TestAddresses:
    @given(st.integers(0, 10**18 - 1), st.booleans())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
    def test_a_bounce_address_names_its_letter_in_any_case(self, letter, upper):
        address = return_path.bounce_address(letter)
        assert len(address.partition("@")[0]) <= 64
        assert return_path.bounced_letter(address.upper() if upper else f"<{address}>") == letter

    @given(st.integers(0, 10**18 - 1), st.integers(0, 10**18 - 1), st.text("0123456789abcdef", max_size=24))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
    def test_nobody_else_can_make_one(self, letter, other, guess):
        local, _, domain = return_path.bounce_address(letter).partition("@")
        assert return_path.bounced_letter(f"bounce+{letter}-{guess}@{domain}") is None
        assert return_path.bounced_letter(f"{local}@elsewhere.example.org") is None
        if other != letter:
            moved = local.replace(f"+{letter}-", f"+{other}-")
            assert return_path.bounced_letter(f"{moved}@{domain}") is None

    @given(st.text())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_text_is_read_without_a_fault(self, text):
        assert return_path.bounced_letter(text) is None
        assert return_path.named_letter(text) is None

    def test_a_letter_is_found_by_the_message_id_in_returned_headers(self):
        good = f"Message-ID: <alert-7-{keyed_hash('letter', '7')[:16]}@tbt.example.org>"
        assert return_path.named_letter(good) == 7
        assert return_path.named_letter(good.replace("-7-", "-8-")) is None
        assert return_path.named_letter(f"Return-Path: <{return_path.bounce_address(9)}>") == 9


def test_an_unknown_user_is_never_written_to_again(world, sent):
    later = another(world)
    assert back(sent, UNKNOWN) == "hard"
    [row] = world.rows_of_suppression()
    assert row.reason == "hard_bounce"
    [bounce] = world.rows(Bounce)
    assert (bounce.letter_id, bounce.kind, bounce.code) == (sent.id, "hard", "5.1.1")
    attempt = world.rows(Attempt)[0]
    assert attempt.outcome == "refused"
    assert "5.1.1" in attempt.reply
    world.run(deliver)
    assert [letter.outcome for letter in world.rows(Letter)] == ["refused", "dropped"]
    assert later.id == world.rows(Letter)[1].id


def test_the_same_report_twice_counts_once(world, sent):
    assert back(sent, FULL) == "soft"
    assert back(sent, FULL) == ""
    assert len(world.rows(Bounce)) == 1


def test_a_full_mailbox_gets_the_letter_again_later_under_the_same_name(world, sent, post, clock):
    assert back(sent, FULL) == "soft"
    [letter] = world.rows(Letter)
    assert letter.outcome == ""
    assert letter.due_at - clock.at > dt.timedelta(hours=3, minutes=59)
    world.run(deliver)
    assert len(post.read()) == 1
    clock.forward(hours=4, minutes=1)
    world.run(deliver)
    first, second = post.read()
    assert first["Message-ID"] == second["Message-ID"]
    assert [attempt.outcome for attempt in world.rows(Attempt)] == ["deferred", "accepted"]


def test_waits_double_and_the_fifth_soft_bounce_in_a_month_is_a_ban(world, sent, clock):
    waits = []
    for number in range(1, 6):
        assert world.rows_of_suppression() == []
        assert back(sent, FULL) == "soft", number
        [letter] = world.rows(Letter)
        waits.append(round((letter.due_at - clock.at) / dt.timedelta(hours=1)))
        clock.forward(hours=waits[-1] + 1)
        world.run(deliver)
    assert waits[:4] == [4, 8, 16, 32]
    [row] = world.rows_of_suppression()
    assert row.reason == "soft_bounces"
    assert world.rows(Letter)[0].outcome == "refused"


def test_old_soft_bounces_are_forgiven(world, sent, clock):
    for _ in range(3):
        for _ in range(3):
            assert back(sent, FULL) == "soft"
            clock.forward(days=2)
            world.run(deliver)
        clock.forward(days=31)
    assert world.rows_of_suppression() == []


def test_a_refusal_of_the_content_is_counted_but_not_sent_again(world, sent):
    assert back(sent, dsn("5.7.1", "554 5.7.1 rejected as spam")) == "soft"
    assert world.rows(Letter)[0].outcome == "refused"
    assert world.rows_of_suppression() == []


def test_a_limit_on_our_sending_is_not_held_against_the_reader(world, sent):
    assert back(sent, dsn("5.0.0", "550 Domain frequency limited")) == ""
    assert world.rows(Bounce) == []
    assert world.rows(Letter)[0].outcome == "sent"


def test_a_complaint_makes_the_person_leave_at_once(world, sent):
    another(world)
    raw = arf(message_id=sent.message_id)
    assert bounces.receive("complaints@tbt.example.org", "", raw) == "complaint"
    assert person(world).ended_at is not None
    assert [row.reason for row in world.rows_of_suppression()] == ["complaint"]
    world.run(deliver)
    assert [letter.outcome for letter in world.rows(Letter)] == ["sent", "dropped"]


def test_a_complaint_about_a_letter_we_never_wrote_is_ignored(world, sent):
    assert bounces.receive("complaints@tbt.example.org", "", arf()) == ""
    assert person(world).ended_at is None


def test_a_bounce_of_a_letter_that_is_gone_is_ignored(world, post):
    assert bounces.receive(return_path.bounce_address(999_999_999_999), "", UNKNOWN) == ""
    assert bounces.receive(return_path.bounce_address(77), "", UNKNOWN) == ""
    assert world.rows(Bounce) == []


@pytest.fixture(params=["smtp", "lmtp"])
def server(request, sent):
    with Inbound(lmtp=request.param == "lmtp") as inbound:
        client = (smtplib.LMTP if inbound._lmtp else smtplib.SMTP)("127.0.0.1", inbound.port, timeout=20)
        with client:
            yield client


def test_the_receiver_takes_a_bounce_from_the_null_sender(world, sent, server):
    server.sendmail("", [return_path.bounce_address(sent.id)], UNKNOWN)
    assert [row.reason for row in world.rows_of_suppression()] == ["hard_bounce"]


def test_the_receiver_takes_mail_for_our_own_addresses_only(world, sent, server):
    local, _, domain = return_path.bounce_address(sent.id).partition("@")
    wrong = f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}"
    for address in (wrong, "alerts@tbt.example.org", "someone@example.net", "postmaster@tbt.example.org"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            server.sendmail("", [address], UNKNOWN)
        assert caught.value.recipients[address][0] == 550
    assert world.rows(Bounce) == []


def test_the_receiver_takes_one_recipient_at_a_time(sent, server):
    two = [return_path.bounce_address(sent.id), "complaints@tbt.example.org"]
    refused = server.sendmail("", two, UNKNOWN)
    assert refused[two[1]][0] == 452


def test_the_receiver_refuses_what_is_too_large(world, sent, server):
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        server.sendmail("", [return_path.bounce_address(sent.id)], b"x\r\n" * 400_000)
    assert caught.value.smtp_code == 552
    assert world.rows(Bounce) == []


def test_whoever_writes_to_their_unsubscribe_address_leaves(world, sent, server):
    one = person(world)
    address = return_path.unsubscribe_address(one)
    server.sendmail("li@another.example.org", [address], b"Subject: unsubscribe\r\n\r\n")
    left = person(world).ended_at
    assert left is not None
    server.sendmail("li@another.example.org", [address.upper()], b"\r\n")
    assert person(world).ended_at == left


def test_an_unsubscribe_address_ends_with_the_links_of_the_person(world, sent, server):
    address = return_path.unsubscribe_address(person(world))
    with unit_of_work() as session:
        session.get_one(Subscriber, person(world).id).token = "another"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        server.sendmail("", [address], b"\r\n")
    assert person(world).ended_at is None


def test_a_fault_of_ours_is_not_lost_but_sent_again(world, sent, server, monkeypatch):
    def locked(*args):
        raise OSError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr("alerts.inbound.receive", locked)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            server.sendmail("", [return_path.bounce_address(sent.id)], UNKNOWN)
        assert caught.value.smtp_code == 451
    server.sendmail("", [return_path.bounce_address(sent.id)], UNKNOWN)
    assert len(world.rows(Bounce)) == 1


def test_a_bounce_in_prose_reaches_the_ledger(world, sent, server):
    raw = prose("PostMaster@qq.example.org", "系统退信", "收件人邮箱地址不存在", "gb18030")
    server.sendmail("", [return_path.bounce_address(sent.id)], raw)
    assert [row.reason for row in world.rows_of_suppression()] == ["hard_bounce"]


def test_a_taken_port_is_said_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"), Inbound(port=taken.getsockname()[1]):
            pass


def test_a_hold_ends_by_itself(world, sent, clock):
    back(sent, FULL)
    with reading() as session:
        assert bounces.held_until(session, sent.subscriber_id) is not None
    clock.forward(hours=5)
    with reading() as session:
        assert bounces.held_until(session, sent.subscriber_id) is None


def test_a_letter_leaves_under_its_own_bounce_address(sent, post):
    [raw] = post.letters()
    head = raw.partition(b"\r\n")[0].decode()
    assert head == f"Return-Path: <{return_path.bounce_address(sent.id)}>"


def test_the_mailto_of_a_letter_makes_its_reader_leave(world, sent, post, server):
    [letter] = post.read()
    [address] = re.findall(r"<mailto:([^?>]+)", letter["List-Unsubscribe"])
    server.sendmail("li@firm.example.org", [address], b"Subject: unsubscribe\r\n\r\n")
    assert person(world).ended_at is not None


def test_while_a_mailbox_is_full_later_letters_wait_too(world, sent, post, clock):
    back(sent, FULL)
    another(world)
    world.run(deliver)
    assert len(post.letters()) == 1
    clock.forward(hours=4, minutes=1)
    world.run(deliver)
    assert len(post.letters()) == 3
