import datetime as dt

import icalendar
import pytest

from alerts import match
from alerts.calendar import attachment, calendar
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Measure, MeasureLink, Notice, NoticeVersion

APPLIANCES = {"sectors": ["household-appliances"]}
DEADLINE, LATER, IN_FORCE = dt.date(2026, 12, 31), dt.date(2027, 1, 29), dt.date(2027, 6, 1)


@pytest.fixture(autouse=True)
def _public(world, monkeypatch):
    monkeypatch.setenv("TBT_PUBLIC_URL", "https://tbt.example.org")
    settings.cache_clear()


@pytest.fixture
def reader(world):
    return world.reader(**APPLIANCES)


def read(one):
    with reading() as session:
        raw = calendar(session, one.token)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    return icalendar.Calendar.from_ical(raw)


def dates(one):
    return {str(event["uid"]): event for event in read(one).walk("VEVENT")}


def say(number, version, clock, **facts):
    """A version of the notice as the crawlers would have written it."""
    with unit_of_work() as session:
        notice = session.get_one(Notice, number)
        notice.version, notice.changed_at = version, clock()
        for name, value in facts.items():
            setattr(notice, name, value)
        kept = {
            "comment_deadline": notice.comment_deadline and notice.comment_deadline.isoformat(),
            "in_force_on": notice.in_force_on and notice.in_force_on.isoformat(),
            "withdrawn": notice.withdrawn,
            "title": notice.title,
        }
        session.add(NoticeVersion(notice_id=number, version=version, facts=kept))
        session.add(notice)


def test_a_measure_has_an_all_day_event_for_its_deadline_and_one_for_its_force(world, reader):
    number = world.notice(comment_deadline=DEADLINE, in_force_on=IN_FORCE, measure=7)
    world.run(match)
    found = dates(reader)
    assert set(found) == {
        "measure-7-comment-deadline@tbt.example.org",
        "measure-7-in-force-on@tbt.example.org",
    }
    deadline = found["measure-7-comment-deadline@tbt.example.org"]
    assert deadline["dtstart"].dt == DEADLINE
    assert deadline["dtstart"].params["VALUE"] == "DATE"
    assert deadline["dtend"].dt == DEADLINE + dt.timedelta(days=1)
    assert deadline["dtstamp"].dt.utcoffset() == dt.timedelta(0)
    assert deadline["sequence"] == 0
    assert deadline["status"] == "CONFIRMED"
    assert deadline["summary"].startswith("评议截止：美国")
    assert "2027-01-01 06:59" in deadline["description"]
    assert str(deadline["url"]) == f"https://tbt.example.org/notices/{number}"
    assert [alarm["trigger"].dt for alarm in deadline.walk("VALARM")] == [dt.timedelta(days=-7)]


def test_a_notice_without_dates_has_no_event(world, reader):
    world.notice(comment_deadline_raw="60 days from notification")
    world.run(match)
    assert dates(reader) == {}


def test_a_moved_deadline_moves_the_event_and_raises_its_sequence(world, reader, clock):
    number = world.notice(measure=7)
    say(number, 1, clock, comment_deadline=DEADLINE)
    world.run(match)
    [before] = dates(reader).values()
    say(number, 2, clock, title="Kettles, better translated")
    [same] = dates(reader).values()
    clock.forward(days=1)
    say(number, 3, clock, comment_deadline=LATER)
    [after] = dates(reader).values()
    assert [one["sequence"] for one in (before, same, after)] == [0, 0, 1]
    assert after["uid"] == before["uid"]
    assert after["dtstart"].dt == LATER
    assert after["dtstamp"].dt > before["dtstamp"].dt


def test_an_addendum_that_extends_moves_the_one_event_of_the_measure(world, reader):
    world.notice(comment_deadline=DEADLINE, measure=7)
    world.notice(
        "Extension",
        kind="addendum",
        comment_deadline=LATER,
        measure=7,
        event="deadline_moved",
        published_on=dt.date(2026, 12, 1),
    )
    world.run(match)
    [only] = dates(reader).values()
    assert (only["dtstart"].dt, only["sequence"]) == (LATER, 1)


def test_of_two_publishers_the_earlier_deadline_counts_and_both_are_named(world, reader):
    world.notice(comment_deadline=LATER, measure=7)
    agency = world.notice(comment_deadline=DEADLINE, measure=7, agency="Department of Energy")
    with unit_of_work() as session:
        notice = session.get_one(Notice, agency)
        notice.source = "us_federal_register"
        session.add(notice)
    world.run(match)
    [only] = dates(reader).values()
    assert only["dtstart"].dt == DEADLINE
    assert "us_federal_register" in only["description"]
    assert LATER.isoformat() in only["description"]


def test_withdrawal_cancels_what_a_calendar_holds(world, reader, clock):
    number = world.notice(measure=7)
    say(number, 1, clock, comment_deadline=DEADLINE)
    world.run(match)
    say(number, 2, clock, withdrawn=True)
    world.event(number, "withdrawn", 2)
    [only] = dates(reader).values()
    assert (only["status"], only["sequence"]) == ("CANCELLED", 1)
    assert not only.walk("VALARM")
    assert only["summary"].startswith("已撤回")


def test_a_revision_after_a_withdrawal_is_a_date_again(world, reader):
    world.notice(comment_deadline=DEADLINE, measure=7, withdrawn=True, published_on=dt.date(2026, 6, 1))
    world.notice(kind="revision", comment_deadline=LATER, measure=7)
    world.run(match)
    [only] = dates(reader).values()
    assert (only["status"], only["dtstart"].dt) == ("CONFIRMED", LATER)


def test_the_sequence_never_falls_when_a_document_is_taken_out_again(world, reader, clock):
    first = world.notice(measure=7)
    say(first, 1, clock, comment_deadline=DEADLINE)
    second = world.notice(measure=7)
    say(second, 1, clock, comment_deadline=LATER)
    with unit_of_work() as session:
        session.add(MeasureLink(notice_id=second, measure_id=7, reason="shared docket"))
    world.run(match)
    uid = "measure-7-comment-deadline@tbt.example.org"
    together = dates(reader)[uid]
    with unit_of_work() as session:
        session.add(Measure(id=8))
        session.flush()
        link = session.exec(MeasureLink.__table__.select()).mappings().one()
        session.get_one(MeasureLink, link["id"]).undone_at = clock()
        session.get_one(Notice, second).measure_id = 8
    apart = dates(reader)[uid]
    assert apart["dtstart"].dt == DEADLINE != together["dtstart"].dt
    assert apart["sequence"] > together["sequence"]


def test_a_calendar_stays_the_same_bytes_while_nothing_changes(world, reader, clock):
    world.notice(comment_deadline=DEADLINE)
    world.run(match)
    with reading() as session:
        before = calendar(session, reader.token)
        clock.forward(hours=5)
        assert calendar(session, reader.token) == before
        assert calendar(session, "guess") is None


def test_a_letter_gets_its_dates_attached_in_its_language(world):
    with_date, without = world.notice(comment_deadline=DEADLINE), world.notice()
    with reading() as session:
        raw = attachment(session, [with_date, without], "en")
        assert attachment(session, [without], "en") is None
    found = icalendar.Calendar.from_ical(raw)
    assert found["method"] == "PUBLISH"
    [event] = found.walk("VEVENT")
    assert event["uid"].startswith(f"notice-{with_date}-")
    assert event["summary"].startswith("Comments close: United States")
