"""A date that a person put right after it was told: word of it goes out, for each correction once."""

import datetime as dt
from typing import Any

import icalendar
import pytest

from alerts import lookback, match
from alerts.calendar import calendar
from alerts.feed import feed
from crawlers import corrections
from database.session import reading, unit_of_work
from database.tables import Alert, DateFix, Notice

WISH = {"sectors": ["household-appliances"]}
SAID, FIRST, SECOND = dt.date(2026, 12, 31), dt.date(2027, 1, 10), dt.date(2027, 1, 15)


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def fix(number: int, day: dt.date | None, role: str = "comment_deadline") -> None:
    with unit_of_work() as session:
        corrections.correct(session, session.get_one(Notice, number), role, day, {}, "a@example.org")


@pytest.fixture
def number(world: Any, post: Any) -> int:
    """A notice whose readers were told its date."""
    world.reader(**WISH)
    made = int(world.notice(comment_deadline=SAID))
    world.run()
    assert len(post.read()) == 1
    return made


def test_two_corrections_of_one_date_are_two_mails_each_marked_late(
    world: Any, post: Any, number: int
) -> None:
    fix(number, FIRST)
    world.run()
    fix(number, SECOND)
    for _ in range(3):
        world.run()
        world.tag(number)  # read again: nothing comes twice
    first, second = post.read()[1:]
    assert "更正：评议截止日：由 2026-12-31 改为 2027-01-10" in plain(first)
    assert "更正：评议截止日：由 2027-01-10 改为 2027-01-15" in plain(second)
    for mail in (first, second):
        assert "[补发]" in plain(mail)
        assert "2027-01-1" in str(mail["Subject"])


def test_a_correction_taken_back_is_told_too_and_once(world: Any, post: Any, number: int) -> None:
    fix(number, FIRST)
    world.run()
    with unit_of_work() as session:
        row = session.exec(match.select(DateFix)).one()
        corrections.undo(session, session.get_one(Notice, number), row)
    world.run()
    world.run()
    assert "由 2027-01-10 改为 2026-12-31" in plain(post.read()[-1])
    assert len(post.read()) == 3


def test_a_date_of_force_is_told_by_name_and_one_that_is_not_stated_after_all(
    world: Any, post: Any, number: int
) -> None:
    fix(number, SECOND, "in_force_on")
    fix(number, None, "in_force_on")
    world.run()
    [mail] = post.read()[1:]
    assert "更正：生效日：由 未注明 改为 2027-01-15" in plain(mail)
    assert "更正：生效日：由 2027-01-15 改为 未注明" in plain(mail)


def test_who_was_told_nothing_yet_hears_the_right_date_alone(world: Any, post: Any) -> None:
    world.reader(**WISH)
    number = world.notice(comment_deadline=SAID)
    fix(number, FIRST)
    world.run()
    [mail] = post.read()
    assert "更正" not in plain(mail)
    assert "2027-01-10" in plain(mail)


def test_who_comes_later_is_not_told_of_it(world: Any, post: Any, number: int) -> None:
    fix(number, FIRST)
    world.run()
    late = world.reader("wang@firm.example.org", **WISH)
    with unit_of_work() as session:
        session.get_one(type(late), late.id).looked_back_at = None
    world.run(lookback)
    reasons = [one.reason for one in world.rows(Alert, Alert.subscriber_id == late.subscriber_id)]
    assert reasons == ["new"]


def test_calendar_and_feed_follow_each_correction(world: Any, number: int, clock: Any) -> None:
    one = world.reader(**WISH)
    seen = []
    for day in (FIRST, SECOND):
        fix(number, day)
        world.run()
        with reading() as session:
            [event] = icalendar.Calendar.from_ical(calendar(session, one.token) or b"").walk("VEVENT")
            words = (feed(session, one.token) or b"").decode()
        seen.append((int(event["sequence"]), event["dtstart"].dt))
    assert seen == [(1, FIRST), (2, SECOND)]
    assert words.count("更正：评议截止日：由") == 4, "two entries, each in title and content"
