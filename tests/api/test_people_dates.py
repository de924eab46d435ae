"""Dates that an analyst puts right: from the text, with trail and undo, until the publisher says another."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from crawlers import corrections
from database import types
from database.index import changes
from database.session import reading, unit_of_work
from database.tables import Audit, DateFix, Event, Matching, Notice

Make = Callable[..., int]
TEXT = "Comments until 15 May 2026 are welcome. It enters into force on 1 September 2026."


@pytest.fixture
def number(make: Make) -> int:
    return make("Draft", text=TEXT, comment_deadline=dt.date(2026, 9, 1))


def _form(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="(?:hidden|date)" name="(\w+)" value="([^"]*)"', page))


def _notice(number: int) -> Notice:
    with reading() as session:
        return session.get_one(Notice, number)


def _links(page: str) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'class="day" href="([^"]+)"', page)]


def test_a_day_of_the_text_becomes_the_deadline_and_back_again(number: int, log_in: Any) -> None:
    analyst = log_in("analyst")
    links = _links(analyst.get(f"/review/{number}").text)
    assert len(links) == 2
    page = analyst.get(links[0]).text
    given = _form(page)
    assert (given["day"], given["was_comment_deadline"]) == ("2026-05-15", "2026-09-01")
    answer = analyst.post(f"/review/{number}/date", data={**given, "role": "comment_deadline"})
    assert answer.headers["location"] == f"/review/{number}#dates"
    notice = _notice(number)
    assert notice.comment_deadline == dt.date(2026, 5, 15)
    assert notice.closes_at == dt.datetime(2026, 5, 15, 21, 59, 59, tzinfo=dt.UTC)  # Geneva
    assert notice.level_until is None
    with reading() as session:
        assert number in changes.numbers(session)
        [fix] = session.exec(select(DateFix)).all()
        assert fix.evidence == {"field": "text", "start": 15, "end": 26, "text": "15 May 2026"}
        [entry] = session.exec(select(Audit)).all()
        assert (entry.what, entry.before["day"], entry.after["day"]) == (
            "date.corrected", "2026-09-01", "2026-05-15",
        )  # fmt: skip
    assert "2026-09-01" in analyst.get(f"/review/{number}").text  # what the publisher's record says
    public = analyst.get(f"/notices/{number}?lang=en").text
    assert (
        "put right by an analyst from the text (publisher's record: 1 Sep 2026)".replace("'", "&#39;")
        in public
    )
    undo = {"csrf": analyst.csrf, "fix": str(fix.id)}
    assert analyst.post(f"/review/{number}/date/undo", data=undo).status_code == 303
    assert _notice(number).comment_deadline == dt.date(2026, 9, 1)
    assert analyst.post(f"/review/{number}/date/undo", data=undo).status_code == 404


def test_a_form_made_before_another_changed_the_date_changes_nothing(number: int, log_in: Any) -> None:
    analyst = log_in("analyst")
    given = _form(analyst.get(f"/review/{number}/date?day=2026-05-15").text)
    with unit_of_work() as session:
        session.get_one(Notice, number).comment_deadline = dt.date(2026, 7, 7)
    answer = analyst.post(f"/review/{number}/date", data={**given, "role": "comment_deadline"})
    assert answer.status_code == 409
    assert "2026-07-07" in answer.text
    assert _notice(number).comment_deadline == dt.date(2026, 7, 7)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"role": "published_on"}, 422),
        ({"role": "in_force_on", "day": "2026-13-01"}, 422),
        ({"role": "in_force_on", "day": "soon"}, 422),
        ({"role": "in_force_on", "day": "2026-09-01", "field": "source_id", "start": "0", "end": "9"}, 303),
    ],
)
def test_odd_dates_and_places_are_refused_or_kept_without_evidence(
    number: int, log_in: Any, given: dict[str, str], status: int
) -> None:
    analyst = log_in("analyst")
    answer = analyst.post(f"/review/{number}/date", data={"csrf": analyst.csrf, **given})
    assert answer.status_code == status
    with reading() as session:
        assert [one.evidence for one in session.exec(select(DateFix))] == ([{}] if status == 303 else [])
    assert analyst.get(f"/review/{number}/date?day=never").status_code == 422
    assert analyst.get("/review/999/date").status_code == 404


def _fix(number: int, role: str, day: dt.date | None) -> None:
    with unit_of_work() as session:
        corrections.correct(session, session.get_one(Notice, number), role, day, {}, "a@example.org")


def test_a_correction_holds_until_the_publisher_says_another_date(number: int) -> None:
    _fix(number, "comment_deadline", dt.date(2026, 5, 15))
    _fix(number, "comment_deadline", dt.date(2026, 5, 16))
    for said, holds in (
        (dt.date(2026, 9, 1), dt.date(2026, 5, 16)),
        (dt.date(2026, 10, 1), dt.date(2026, 10, 1)),
    ):
        with unit_of_work() as session:
            notice = session.get_one(Notice, number)
            notice.comment_deadline = said  # as the crawler fills it in
            corrections.hold(session, notice)
            assert notice.comment_deadline == holds


def test_whoever_was_told_another_day_is_told_and_nobody_else(number: int, make: Make) -> None:
    untold = make("Other", text=TEXT, comment_deadline=dt.date(2026, 9, 1))
    with unit_of_work() as session:
        [event] = session.exec(select(Event).where(Event.notice_id == number)).all()
        session.add(Matching(event_id=event.id or 0, tags_sha256="x", at=types.now()))
    for one in (number, untold):
        _fix(one, "comment_deadline", dt.date(2026, 5, 15))
        _fix(one, "in_force_on", dt.date(2026, 9, 1))
        _fix(one, "adoption_on", dt.date(2026, 8, 1))
    with reading() as session:
        rows = session.exec(select(Event).order_by(Event.id)).all()
        found = [(one.notice_id, one.reason, one.before, one.after) for one in rows if one.reason != "new"]
    assert found == [
        (number, "corrected_comment_deadline:1", "2026-09-01", "2026-05-15"),
        (number, "corrected_in_force_on:2", "", "2026-09-01"),
    ]
    with unit_of_work() as session:
        corrections.undo(session, session.get_one(Notice, number), session.get_one(DateFix, 2))
    with reading() as session:
        last = session.exec(select(Event).order_by(Event.id.desc())).first()
    assert (last.reason, last.before, last.after) == ("corrected_in_force_on:2-undone", "2026-09-01", "")


def test_hostile_words_around_a_date_stay_words(make: Make, log_in: Any) -> None:
    number = make("x", text='<img src=x onerror=alert(1)> until 15 May 2026 "><script>alert(1)</script>')
    analyst = log_in("analyst")
    for path in (f"/review/{number}", f"/review/{number}/date"):
        page = analyst.get(path).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
