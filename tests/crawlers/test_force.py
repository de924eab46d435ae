"""Rules for the entry into force, computed when the day they count from is known."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from crawlers import measures
from crawlers.dates import Rule
from crawlers.record import RawNotice
from database.session import reading, unit_of_work
from database.tables import Event, MeasureLink, Notice, NoticeVersion

Make = Callable[..., RawNotice]
Keep = Callable[..., object]
KEY = "CELEX 32026R2071"


def draft(notice: Make, **values: object) -> RawNotice:
    stated = {"in_force": "20 days after publication in the Official Journal", "keys": (KEY,), **values}
    return notice("G/TBT/N/EU/9", members=("EU",), **stated)


def act(notice: Make, published: str = "2026-11-05") -> RawNotice:
    return notice("32026R2071", members=("EU",), says="adopted", keys=(KEY,), published=published)


def row() -> Notice:
    with reading() as session:
        return session.exec(select(Notice).where(Notice.source == "wto_eping")).one()


def told() -> list[tuple[str, str]]:
    with reading() as session:
        query = select(Event).join(Notice).where(Notice.source == "wto_eping").order_by(Event.id)
        return [(event.reason, event.after) for event in session.exec(query)]


def test_the_day_is_computed_when_the_act_is_printed_and_stays(notice: Make, keep: Keep):
    keep(draft(notice))
    assert (row().in_force_on, row().in_force_rule) == (None, "20 days after publication")
    keep(act(notice), source="eu_oj_rss")
    assert (row().in_force_on, row().in_force_computed) == (dt.date(2026, 11, 25), True)
    assert row().in_force_raw == "20 days after publication in the Official Journal"
    assert told() == [("new", ""), ("amended", "2026-11-25")]
    keep(draft(notice))
    assert (row().version, row().in_force_on) == (2, dt.date(2026, 11, 25)), (
        "reading it again changes nothing"
    )
    keep(draft(notice, title="Safety of toys, amended", deadline="2026-12-24"))
    assert row().in_force_on == dt.date(2026, 11, 25)
    assert told()[-1] == ("deadline_moved", "2026-12-24")
    with reading() as session:
        versions = session.exec(select(NoticeVersion.facts).join(Notice).where(Notice.source == "wto_eping"))
        assert [facts["in_force_on"] for facts in versions] == [None, "2026-11-25", "2026-11-25"]


def test_of_a_draft_that_comes_after_the_act_the_first_event_tells_all(notice: Make, keep: Keep):
    keep(act(notice), source="eu_oj_rss")
    keep(draft(notice))
    assert (row().version, row().in_force_on) == (1, dt.date(2026, 11, 25))
    assert told() == [("new", "")]
    keep(draft(notice))
    assert row().version == 1


def test_what_the_publisher_states_stands_and_another_rule_is_computed_anew(notice: Make, keep: Keep):
    keep(draft(notice))
    keep(act(notice), source="eu_oj_rss")
    keep(draft(notice, in_force="6 months after publication"))
    assert row().in_force_on == dt.date(2027, 5, 5)
    keep(draft(notice, in_force="2027-01-01"))
    assert (row().in_force_on, row().in_force_computed) == (dt.date(2027, 1, 1), False)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("eu_oj_rss", {"published": "2026-05-01"}),  # before the draft: another act
        ("eu_cellar", {}),  # dated by its signature, not by the journal
        ("eu_oj_rss", {"says": ""}),  # a proposal
    ],
)
def test_no_day_is_guessed_from_a_document_that_is_not_the_printed_act(
    notice: Make, keep: Keep, source: str, values: dict[str, str]
):
    keep(draft(notice))
    said = {"members": ("EU",), "says": "adopted", "keys": (KEY,), "published": "2026-11-05", **values}
    keep(notice("32026R2071", **said), source=source)
    assert row().in_force_on is None
    assert told() == [("new", "")]


def test_a_rule_after_adoption_counts_from_the_day_the_act_was_adopted(notice: Make, keep: Keep):
    keep(draft(notice, in_force="one year from the date of adoption"))
    keep(
        notice("32026R2071", members=("EU",), says="adopted", keys=(KEY,), adoption="2026-10-29"),
        source="eu_cellar",
    )
    assert row().in_force_on == dt.date(2027, 10, 29)


def test_a_day_goes_with_the_act_that_is_taken_out_of_the_measure(notice: Make, keep: Keep):
    keep(draft(notice))
    keep(act(notice), source="eu_oj_rss")
    with unit_of_work() as session:
        link = session.exec(
            select(MeasureLink)
            .join(Notice, Notice.id == MeasureLink.notice_id)
            .where(Notice.source == "eu_oj_rss")
        ).one()
        measures.undo(session, link.id or 0)
    assert (row().in_force_on, row().in_force_computed, row().version) == (None, False, 3)
    assert [reason for reason, _ in told()] == ["new", "amended"], "no word of what nobody stated"


@given(
    st.builds(
        Rule, st.integers(0, 999), st.sampled_from(["day", "month", "year"]),
        st.sampled_from(["publication", "adoption"]),
    )
)  # fmt: skip
def test_a_rule_is_read_back_as_it_was_written(one: Rule):
    assert Rule.of(str(one)) == one
    assert Rule.of(f"about {one}") is None
