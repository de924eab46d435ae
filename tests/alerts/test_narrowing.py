import datetime as dt
from typing import Any

import pytest

from alerts import approvals, assistance, feed, grade, match, narrow, proof, seeds, standing, subscriptions
from alerts.alarms import ringing
from alerts.errors import InvalidSubscription
from alerts.interest import Interest, subjects
from alerts.sample import sample
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import (
    Alert,
    Editorial,
    Event,
    HelpRequest,
    Letter,
    Notice,
    Subscriber,
    Subscription,
)

APPLIANCES = {"sectors": ["household-appliances"]}


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def person(session: Any) -> Subscriber:
    found = session.exec(match.select(Subscriber)).first()
    assert found is not None
    return found


# -- narrower rules


def test_a_rule_leaves_out_what_is_only_about_it(world: Any) -> None:
    world.reader(sectors=["household-appliances"], without=["hs:8516", "country:VNM"])
    only = world.notice(hs=["851671", "851660"])
    also = world.notice(hs=["851671", "841451"])
    other = world.notice(hs=["841451"])
    there = world.notice(countries=("VNM",))
    both = world.notice(countries=("VNM", "USA"))
    world.run(match)
    assert {alert.notice_id for alert in world.rows(Alert)} == {also, other, both}
    assert not {only, there} & {also, other, both}


def test_no_proposal_silences_a_subscription_and_each_would_have_worked(world: Any) -> None:
    world.reader(hs=["8516"], countries=["USA"])
    number = world.notice(hs=["851671"], products="Kettles")
    with unit_of_work() as session:
        who = person(session)
        found = narrow.proposals(session, who, number)
        assert [(one.field, one.added) for one in found] == [
            ("excludes", ("Kettles",)),
            ("without", ("sector:household-appliances",)),
            ("without", ("measure_type:safety",)),
        ]
        assert all((one.before, one.after) == (1, 0) for one in found)
        about = subjects(session, [number])[number]
        for one in found:
            row = narrow.accept(session, who, number, one.subscription.id or 0, one.field, one.added)
            assert Interest(session.get_one(Subscription, row.subscription_id)).relevance(about) is None
            narrow.undo(session, who, row.id or 0)
            narrow.undo(session, who, row.id or 0)
            assert Interest(session.get_one(Subscription, row.subscription_id)).relevance(about) is not None
        with pytest.raises(InvalidSubscription):
            narrow.accept(session, who, number, found[0].subscription.id or 0, "without", ["hs:85"])


def test_no_proposal_takes_a_market_or_a_sector_away_that_was_asked_for(world: Any) -> None:
    one = world.reader(sectors=["household-appliances", "toys-children"], markets=["US", "BRI"])
    number = world.notice()
    with unit_of_work() as session:
        who = person(session)
        found = narrow.proposals(session, who, number)
        assert [one.added for one in found] == [("measure_type:safety",)]
        for taken in (["country:USA"], ["sector:toys-children"]):  # by one's own will, part of it may go
            narrow.accept(session, who, number, one.id, "without", taken)
        with pytest.raises(InvalidSubscription):
            narrow.accept(session, who, number, one.id, "without", ["sector:household-appliances"])


def test_undoing_a_rule_leaves_what_was_there_before(world: Any) -> None:
    one = world.reader(hs=["85"], excludes=["toys"])
    number = world.notice(hs=["851671"])
    with unit_of_work() as session:
        who = person(session)
        row = narrow.accept(session, who, number, one.id, "excludes", ["toys", "kettles"])
        assert row.added == ["kettles"]
        narrow.undo(session, who, row.id or 0)
        assert session.get_one(Subscription, one.id).excludes == ["toys"]
        with pytest.raises(InvalidSubscription):
            narrow.undo(session, who, 999)


# -- help


def test_help_is_due_in_three_working_days_or_before_comments_are_gathered(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    friday = dt.date(2026, 11, 20)
    notice = Notice(source="s", source_id="1")
    assert assistance.due_day(notice, friday) == dt.date(2026, 11, 25)
    notice.comment_deadline = friday + dt.timedelta(days=32)
    assert assistance.due_day(notice, friday) == dt.date(2026, 11, 22)
    notice.comment_deadline = friday + dt.timedelta(days=3)
    assert assistance.due_day(notice, friday) == dt.date(2026, 11, 25)


def test_asking_again_opens_the_request_again(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES)
    number = world.notice()
    with unit_of_work() as session:
        who, notice = person(session), session.get_one(Notice, number)
        one = assistance.ask(session, who, notice, "一")
        assistance.answer(session, one.id or 0, "chen@example.org", "好")
        assistance.ask(session, who, notice)
        assistance.ask(session, who, notice, "二")
    (one,) = world.rows(HelpRequest)
    assert (one.state, one.question, one.answer) == ("open", "二", "好")


# -- what people say of a level, a title


def test_a_raised_level_reaches_who_asked_for_it_once_and_marked_late(
    world: Any, post: Any, clock: Any
) -> None:
    world.reader(hs=["8516"], min_level="orange")
    number = world.notice(hs=["8516"], comment_deadline=clock.at.date() + dt.timedelta(days=40))
    world.run()
    assert not post.read()
    with unit_of_work() as session:
        standing.say(session, number, 1, "已有退运", "chen@example.org")
    world.run(grade, match)
    world.run()
    (mail,) = post.read()
    assert "橙色" in plain(mail)
    assert "分析员上调一级" in plain(mail)
    assert "[补发]" in plain(mail)
    assert world.rows(Notice)[0].level == "orange"


def test_letters_and_feeds_say_the_analysts_title_and_gist(world: Any, post: Any) -> None:
    one = world.reader(**APPLIANCES)
    world.reader("smith@firm.example.org", **APPLIANCES, language="en")
    number = world.notice()
    with unit_of_work() as session:
        shown = {"title_zh": "美国收紧电水壶安全要求", "gist_zh": "第一行\n第二行"}
        session.add(Editorial(notice_id=number, published=shown))
    world.run()
    chinese, english = sorted(post.read(), key=lambda mail: mail["To"])
    assert "美国收紧电水壶安全要求 [分析员审定]" in plain(chinese)
    assert "   第二行\n" in plain(chinese)
    assert "United States: Household appliances" in plain(english)
    assert "machine-made" in plain(english)
    with reading() as session:
        atom = feed.feed(session, session.get_one(Subscription, one.id).token) or b""
    assert "美国收紧电水壶安全要求" in atom.decode()


def test_a_sample_is_red_and_leaves_no_trace(world: Any, clock: Any) -> None:
    near = clock.at.date() + dt.timedelta(days=5)
    number = world.notice(hs=["851671"], measure_types=("ban-licence",), comment_deadline=near)
    with unit_of_work() as session:
        mail = sample(session, number)
    assert mail.subject.startswith("【红色预警】美国")
    assert "[红色 · 紧急]" in mail.text
    assert [event.reason for event in world.rows(Event)] == ["new"]
    assert not world.rows(Subscriber)
    assert not world.rows(Alert)


# -- seed boxes


def test_a_seed_box_gets_every_digest_and_rings_when_it_gets_none(
    world: Any, post: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_SEED_BOXES", '["seed@example.org"]')
    settings.cache_clear()
    world.reader(**APPLIANCES)
    world.run(seeds)
    one = world.rows(Subscription)[-1]
    assert (one.pace, one.quiet, one.confirmed_at is not None) == ("daily", True, True)
    with reading() as session:
        assert seeds.pending(session, 10) == []
    for _ in range(3):
        world.notice()
        clock.forward(days=1)
        world.run()
    assert {mail["To"] for mail in post.read()} == {"li@firm.example.org", "seed@example.org"}
    with unit_of_work() as session:
        who = session.exec(match.select(Subscriber).where(Subscriber.email == "seed@example.org")).one()
        subscriptions.pause(session, who, clock.at + dt.timedelta(days=30))
    clock.forward(days=2)
    world.notice()
    world.run()
    world.run(seeds)
    with reading() as session:
        assert [(alarm.kind, alarm.about) for alarm in ringing(session)] == [("seed_silent", "box 1")]
        assert "seed@example.org" not in ringing(session)[0].message


def test_a_seed_box_gets_red_warnings_and_proves_none(
    world: Any, post: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_SEED_BOXES", '["seed@example.org"]')
    settings.cache_clear()
    world.run(seeds)
    world.reader("other@firm.example.org", sectors=["toys-children"], name="seed box")
    world.reader("li@firm.example.org", hs=["8516"], pace="daily")
    soon = clock.at.date() + dt.timedelta(days=9)
    number = world.notice(measure_types=("ban-licence",), hs=["851610"], comment_deadline=soon)
    with unit_of_work() as session:
        seen = approvals.dry_run(session, number)
        assert seen.recipients == 1, "a box is nobody who is warned"
        assert approvals.approve(session, number, "a@example.org", recipients=1)
        event = session.exec(match.select(Event).where(Event.reason == "warning")).one()
    world.run()
    letters = {mail["To"]: mail for mail in post.read()}
    assert set(letters) == {"li@firm.example.org", "seed@example.org"}
    for mail in letters.values():
        assert mail["Subject"].startswith("【红色预警】")
    with unit_of_work() as session:
        assert proof.proof(session, event) == (1, 1)
        for letter in session.exec(match.select(Letter).where(Letter.kind == "warning")):
            who = session.get_one(Subscriber, letter.subscriber_id)
            letter.outcome = "sent" if who.email.startswith("seed") else "refused"
    with reading() as session:
        assert proof.proof(session, event) == (1, 0)
