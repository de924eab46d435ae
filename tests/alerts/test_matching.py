import datetime as dt
from typing import Any

import pytest

from alerts import compose, links, lookback, match, subscriptions
from alerts.compose import ENDED
from alerts.dates import next_slot
from database.session import unit_of_work
from database.tables import Alert, Event, Letter, Matching, Subscriber, Subscription

APPLIANCES = {"sectors": ["household-appliances"]}


def digests(world: Any) -> list[Letter]:
    return list(world.rows(Letter, Letter.kind == "digest"))


def test_the_same_event_is_owed_once_however_often_it_is_matched(world: Any) -> None:
    world.reader(**APPLIANCES)
    notice = world.notice()
    world.run(match)
    (event,) = world.rows(Event)
    match.handle([event.id])
    world.tag(notice)
    world.run(match)
    assert [alert.late for alert in world.rows(Alert)] == [""]
    assert [matching.found for matching in world.rows(Matching)] == [1, 0]


def test_an_unread_notice_waits_and_found_nothing_is_recorded(world: Any) -> None:
    notice = world.notice(read=False)
    world.run(match)
    assert not world.rows(Matching)
    world.tag(notice, sector=("toys-children",))
    world.run(match)
    assert [matching.found for matching in world.rows(Matching)] == [0]


def test_a_notice_tagged_on_day_nine_comes_once_and_says_it_is_late(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES)
    wrong = world.notice(sectors=("toys-children",))
    unread = world.notice(read=False)
    world.run(match)
    clock.forward(days=9)
    for notice in (wrong, unread):
        world.tag(notice, sector=("household-appliances",))
    world.run(match)
    world.tag(wrong)
    world.run(match)
    assert [(alert.notice_id, alert.late) for alert in world.rows(Alert)] == [
        (wrong, "late"),
        (unread, "late"),
    ]


def test_a_later_tag_of_a_closed_notice_does_not_reach_who_came_since(world: Any, clock: Any) -> None:
    notice = world.notice(sectors=())
    world.run(match)
    clock.forward(days=9)
    world.reader(**APPLIANCES)
    world.tag(notice, sector=("household-appliances",))
    world.run(match)
    assert not world.rows(Alert)


def test_an_entry_into_force_in_the_future_brings_one_mail_not_one_a_day(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES, pace="daily")
    world.notice(in_force_on=clock.at.date() + dt.timedelta(days=90))
    for _ in range(20):
        world.run(match, lookback, compose)
        clock.forward(days=1)
    assert len(digests(world)) == 1


def test_two_subscriptions_of_one_person_are_one_line_and_two_persons_each_get_theirs(world: Any) -> None:
    world.reader(**APPLIANCES, name="A")
    world.reader(hs=["8516"], name="B")
    world.reader("wang@firm.example.org", **APPLIANCES)
    world.notice(hs=["851671"])
    world.run(match)
    first, second = world.rows(Alert)
    assert [(b["name"], b["relevance"]) for b in first.because] == [("B", "direct"), ("A", "broad")]
    assert len(second.because) == 1
    assert first.subscriber_id != second.subscriber_id


def test_nothing_matched_brings_no_mail(world: Any) -> None:
    world.reader(**APPLIANCES)
    world.notice(sectors=("toys-children",))
    world.run(match, lookback, compose)
    assert not digests(world)


def test_a_moved_deadline_is_an_event_of_its_own(world: Any) -> None:
    world.reader(**APPLIANCES)
    notice = world.notice()
    world.run(match)
    world.event(notice, "deadline_moved", 2, before="2026-12-05", after="2026-12-20")
    world.run(match)
    assert [(alert.version, alert.reason) for alert in world.rows(Alert)] == [
        (1, "new"),
        (2, "deadline_moved"),
    ]


def test_an_old_notice_collected_today_is_news_to_nobody(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES)
    long_ago = clock.at.date() - dt.timedelta(days=400)
    world.notice(published_on=long_ago)
    world.notice(published_on=long_ago, in_force_on=clock.at.date() + dt.timedelta(days=30))
    world.run(match)
    assert len(world.rows(Alert)) == 1


def test_a_new_subscription_looks_back_once_at_what_can_still_be_acted_on(world: Any, clock: Any) -> None:
    day = clock.at.date()
    open_one = world.notice(comment_deadline=day + dt.timedelta(days=1))
    soon = world.notice(in_force_on=day + dt.timedelta(days=180))
    world.notice(comment_deadline=day - dt.timedelta(days=2))
    world.notice(in_force_on=day + dt.timedelta(days=181))
    world.notice(comment_deadline=day + dt.timedelta(days=9), withdrawn=True)
    world.notice(comment_deadline=day + dt.timedelta(days=9), sectors=("toys-children",))
    world.run(match)
    reader = world.reader(**APPLIANCES, pace="weekly")
    with unit_of_work() as session:
        session.get_one(Subscription, reader.id).looked_back_at = None
    world.run(match, lookback)
    alerts = world.rows(Alert)
    assert [(alert.notice_id, alert.late) for alert in alerts] == [(open_one, "lookback"), (soon, "lookback")]
    world.run(compose)
    assert len(digests(world)) == 1


def test_a_digest_waits_for_its_hour_and_holds_all_that_is_due(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES, pace="daily", hour=8)
    world.notice()
    world.notice()
    world.run(match, compose)
    assert not digests(world)
    clock.forward(hours=22, minutes=1)
    world.run(compose)
    (letter,) = digests(world)
    assert {alert.letter_id for alert in world.rows(Alert)} == {letter.id}


@pytest.mark.parametrize(
    ("pace", "weekday", "hour", "slot"),
    [
        ("at_once", 0, 8, "2026-11-21T10:00:00+08:00"),
        ("daily", 0, 8, "2026-11-22T08:00:00+08:00"),
        ("daily", 0, 10, "2026-11-21T10:00:00+08:00"),
        ("weekly", 0, 8, "2026-11-23T08:00:00+08:00"),
        ("weekly", 5, 9, "2026-11-28T09:00:00+08:00"),
        ("weekly", 5, 11, "2026-11-21T11:00:00+08:00"),
    ],
)
def test_a_pace_lets_letters_out_at_the_readers_hour(pace: str, weekday: int, hour: int, slot: str) -> None:
    now = dt.datetime.fromisoformat("2026-11-21T10:00:00+08:00")  # a Saturday
    assert next_slot(now, pace, weekday, hour) == dt.datetime.fromisoformat(slot)
    assert next_slot(now, "off", weekday, hour) is None


def test_what_is_shown_in_feeds_only_is_never_mailed(world: Any, clock: Any) -> None:
    world.reader(**APPLIANCES, pace="off")
    world.notice()
    world.run(match)
    clock.forward(days=30)
    world.run(compose)
    assert len(world.rows(Alert)) == 1
    assert not digests(world)


def test_what_is_no_longer_asked_for_is_dropped_when_composing(world: Any) -> None:
    one = world.reader(**APPLIANCES)
    world.notice()
    world.run(match)
    with unit_of_work() as session:
        subscriptions.end(session, session.get_one(Subscriber, one.subscriber_id), one.id)
    world.run(compose)
    assert [alert.dropped for alert in world.rows(Alert)] == [ENDED]
    assert not digests(world)


def test_what_waits_during_a_pause_comes_after_it(world: Any, clock: Any) -> None:
    one = world.reader(**APPLIANCES, pace="daily", hour=11)
    world.notice()
    world.run(match)
    with unit_of_work() as session:
        person = session.get_one(Subscriber, one.subscriber_id)
        subscriptions.pause(session, person, clock.at + dt.timedelta(days=3))
    clock.forward(days=2)
    world.run(compose)
    assert not digests(world)
    clock.forward(days=1, minutes=1)
    world.run(compose)
    assert len(digests(world)) == 1


def test_the_message_id_follows_from_the_letter(world: Any) -> None:
    world.reader(**APPLIANCES)
    world.notice()
    world.run(match, compose)
    (letter,) = digests(world)
    assert letter.message_id.startswith(f"<alert-{letter.id}-")
    assert letter.message_id.endswith("@localhost.localdomain>")
    assert links.notice_url(1).endswith("/notices/1")
