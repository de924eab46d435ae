"""Lessons other systems paid for, one test each; four are learnt where notices are collected and read.

8, 9 and 10 (half the usual volume, changes of mere navigation, a moved deadline as an event) and 17
(spelling) belong to the crawlers and to search; what alerts owe to them is tested here.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts import compose, deliver, gist, links, lookback, match, quiet, soon, subscriptions, wishes
from alerts.calendar import calendar
from alerts.dates import SHANGHAI, closes_at
from alerts.errors import TooQuick
from alerts.interest import hs_relevance, subjects
from alerts.mailbox import Mailbox
from alerts.words import Passage, find
from database.session import reading, unit_of_work
from database.tables import Alert, Attempt, Event, Letter, Notice, Run, Subscriber, Subscription

APPLIANCES = {"sectors": ["household-appliances"]}
DEADLINE = dt.date(2026, 12, 20)


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def test_1_the_same_notice_seen_again_is_one_mail(world: Any, post: Any) -> None:
    world.reader(**APPLIANCES)
    notice = world.notice()
    world.run()
    world.tag(notice)  # read again, tagged again
    world.run()
    assert len(post.read()) == 1


def test_2_a_notice_tagged_on_day_nine_is_sent_once_and_says_so(world: Any, post: Any, clock: Any) -> None:
    world.reader(**APPLIANCES)
    notice = world.notice(sectors=())
    world.run()
    clock.forward(days=9)
    for _ in range(2):
        world.tag(notice, sector=("household-appliances",))
        world.run()
    (mail,) = post.read()
    assert "[补发]" in plain(mail)


def test_3_a_future_entry_into_force_is_one_mail_and_not_one_a_day(world: Any, post: Any, clock: Any) -> None:
    world.reader(**APPLIANCES)
    world.notice(in_force_on=clock.at.date() + dt.timedelta(days=60))
    stages = (soon, match, lookback, compose, deliver)
    for _ in range(70):
        world.run(*stages)
        clock.forward(days=1)
    assert ["即将生效" in plain(mail) for mail in post.read()] == [False, True]
    assert len(world.rows(Event, Event.reason == "in_force_soon")) == 1


def test_4_two_subscriptions_are_one_line_and_two_persons_two_mails(world: Any, post: Any) -> None:
    world.reader(**APPLIANCES, name="甲")
    world.reader(hs=["8516"], name="乙")
    world.reader("wang@firm.example.org", **APPLIANCES)
    world.notice(hs=["851671"])
    world.run()
    letters = {mail["To"]: plain(mail) for mail in post.read()}
    assert len(letters) == 2
    assert letters["li@firm.example.org"].count("原文标题") == 1
    assert letters["li@firm.example.org"].count("为何收到") == 2


def test_5_nothing_matched_is_no_mail_unless_asked_for(world: Any, post: Any, clock: Any) -> None:
    world.reader(**APPLIANCES, pace="daily", hour=8)
    world.reader("wang@firm.example.org", **APPLIANCES, pace="daily", hour=8, quiet=True)
    world.notice(sectors=("toys-children",))
    for _ in range(4 * 24):
        clock.forward(minutes=15)
        world.run(match, compose, quiet, deliver)
    (mail,) = post.read()
    assert mail["To"] == "wang@firm.example.org"
    assert "没有一条与您的订阅匹配" in plain(mail)


def test_6_a_subscription_that_ended_between_match_and_send_brings_no_mail(world: Any, post: Any) -> None:
    one = world.reader(**APPLIANCES)
    world.notice()
    world.run(match, compose)
    with unit_of_work() as session:
        subscriptions.end(session, session.get_one(Subscriber, one.subscriber_id), one.id)
    world.run(deliver)
    assert not post.read()


def test_7_a_crash_after_the_server_took_a_letter_repeats_it_under_its_message_id(
    world: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once is chosen."""
    from alerts import attempts

    world.reader(**APPLIANCES)
    world.notice()

    def crash(results: Any) -> None:
        list(results)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(attempts, "record_all", crash)
        with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)):
            world.run()
    with unit_of_work() as session:  # what this process began, another finds left by a dead one
        for attempt in session.exec(subscriptions.select(Attempt)):
            attempt.worker = attempt.worker.rsplit(":", 2)[0] + ":999999999:1"
    world.run(deliver)
    first, second = post.read()
    assert first["Message-ID"] == second["Message-ID"]


def test_8_a_letter_says_which_sources_were_not_read(world: Any, post: Any, clock: Any) -> None:
    with unit_of_work() as session:
        session.add(Run(source="eu_tris", status="failed", ended_at=clock.at))
    world.reader(**APPLIANCES)
    world.notice()
    world.run()
    assert "eu_tris：尚未成功读取" in plain(post.read()[0])


def test_9_without_an_event_a_changed_page_is_no_mail(world: Any, post: Any) -> None:
    world.reader(**APPLIANCES)
    world.notice(event=None)
    world.run()
    assert not post.read()


def test_10_a_moved_deadline_is_a_mail_and_raises_the_calendars_sequence(world: Any, post: Any) -> None:
    one = world.reader(**APPLIANCES)
    notice = world.notice(comment_deadline=DEADLINE)
    world.run()
    with unit_of_work() as session:
        session.get_one(Notice, notice).comment_deadline = DEADLINE + dt.timedelta(days=9)
    world.event(notice, "deadline_moved", 2, before="2026-12-20", after="2026-12-29")
    world.run()
    assert "由 2026-12-20 改为 2026-12-29" in plain(post.read()[1])
    with reading() as session:
        dates = calendar(session, session.get_one(Subscription, one.id).token)
    assert b"SEQUENCE:1" in (dates or b"")
    assert b"DTSTART;VALUE=DATE:20261229" in (dates or b"")


def test_11_only_the_act_unsubscribes_and_it_can_be_undone(world: Any) -> None:
    world.reader(**APPLIANCES)
    with unit_of_work() as session:
        person = session.exec(subscriptions.select(Subscriber)).one()
        token = links.token("unsubscribe", person.token)
        assert subscriptions.holder(session, "unsubscribe", token).ended_at is None  # what a GET does
        assert subscriptions.unsubscribe(session, token).ended_at is not None
        assert subscriptions.undo(session, token).ended_at is None


def test_12_a_frequency_limit_defers_and_bans_nobody(
    world: Any, tmp_path: Path, use: Callable[[int], None]
) -> None:
    class Limited:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: Any
        ) -> str:
            return "550 Domain frequency limited"

    world.reader("li@qq.example", **APPLIANCES)
    world.notice()
    with Mailbox(tmp_path / "unused", handler=Limited()) as box:
        use(box.port)
        world.run()
    assert [attempt.outcome for attempt in world.rows(Attempt)] == ["deferred"]
    assert [letter.outcome for letter in world.rows(Letter)] == [""]
    assert not world.rows_of_suppression()
    assert "too quickly" in str(TooQuick())


def test_13_every_figure_of_the_gist_stands_in_the_notice(world: Any, clock: Any) -> None:
    notice = world.notice(hs=["851671"], comment_deadline=DEADLINE)
    with reading() as session:
        about = subjects(session, [notice])[notice]
    for language in ("zh", "en", "zh-Hant"):
        lines = gist.gist(about, "美国", "家电", "安全", language, clock.at)
        assert len(lines) == 3
        assert set().union(*map(gist.figures, lines)) == {"2026-12-20", "851671"}
    assert gist.checked(["评议截至 2026-12-21", "HS 851672", "没有数字"], about) == ["没有数字"]


def test_14_a_chapter_alone_never_concerns_directly() -> None:
    assert hs_relevance("851671", "85") == "broad"
    assert hs_relevance("851671", "8516") == "broad"


def test_15_a_missing_deadline_is_not_stated_and_never_guessed(world: Any, post: Any) -> None:
    world.reader(**APPLIANCES)
    world.notice()
    world.run()
    text = plain(post.read()[0])
    assert "评议截止: 未注明" in text
    assert "内部截止:" not in text
    assert "评议截止日与生效日均未注明" in text


def test_16_a_deadline_ends_with_its_day_in_geneva_and_is_shown_in_shanghai() -> None:
    notice = Notice(source="s", source_id="1", comment_deadline=dt.date(2026, 7, 1))
    end = closes_at(notice)
    assert end is not None
    assert end.isoformat() == "2026-07-01T21:59:59+00:00"
    assert end.astimezone(SHANGHAI).isoformat() == "2026-07-02T05:59:59+08:00"


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("电水壶", "電水壺安全要求"),
        ("８５１６", "HS 8516"),
        ("étiquetage", "ETIQUETAGE des produits"),
        ("nhãn", "Ghi NHÃN hàng hóa"),
        ("чайник", "Электрический ЧАЙНИК"),
        ("غلاية", "متطلبات غلاية كهربائية"),
    ],
)
def test_17_a_word_is_found_in_whatever_spelling(word: str, title: str) -> None:
    assert find(word, Passage("title", title))


def test_18_a_very_broad_subscription_is_capped_to_a_letter_a_week(world: Any) -> None:
    assert wishes.is_broad({"pace": "at_once"})
    assert world.reader(pace="at_once").pace == "weekly"
    assert world.reader("wang@firm.example.org", pace="at_once", min_level="orange").pace == "at_once"
    one = world.reader("zhao@firm.example.org", **APPLIANCES, pace="daily")
    with unit_of_work() as session:
        person = session.get_one(Subscriber, one.subscriber_id)
        assert subscriptions.change(session, person, one.id, sectors=[]).pace == "weekly"
    assert not world.rows(Alert)
