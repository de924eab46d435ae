import datetime as dt
import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlmodel import Session, SQLModel, create_engine, select

from crawlers import events, measures
from crawlers.record import RawNotice
from database.session import reading, unit_of_work
from database.tables import Event, MeasureKey, MeasureLink, Notice

Make = Callable[..., RawNotice]
Keep = Callable[..., object]


def grouping() -> set[frozenset[str]]:
    with reading() as session:
        found: dict[int | None, set[str]] = {}
        for notice in session.exec(select(Notice)):
            found.setdefault(notice.measure_id, set()).add(notice.source_id)
    return {frozenset(group) for group in found.values()}


def chain(notice: Make) -> list[RawNotice]:
    """Five documents of one measure, joined by different numbers, and one of another."""
    return [
        notice("G/TBT/N/USA/1", keys=("FR 2026-1",)),
        notice("G/TBT/N/USA/1/Add.1", published="2026-07-01"),
        notice("2026-1", keys=("FR 2026-1", "RIN 1904-AF88")),
        notice("2026-2", keys=("FR 2026-2", "RIN 1904-AF88"), published="2026-08-01"),
        notice("G/TBT/N/USA/2", published="2026-08-01"),
    ]


def test_documents_join_by_the_numbers_they_share(notice: Make, keep: Keep):
    keep(*chain(notice))
    assert grouping() == {
        frozenset({"G/TBT/N/USA/1", "G/TBT/N/USA/1/Add.1", "2026-1", "2026-2"}),
        frozenset({"G/TBT/N/USA/2"}),
    }


@pytest.fixture(scope="module")
def empty() -> Iterator[Connection]:
    """A connection to an empty database in memory; every test on it rolls back."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcdef"), min_size=1, max_size=3), min_size=1, max_size=4))
def test_the_order_of_arrival_changes_no_group(empty: Connection, documents: list[set[str]]):
    def groups(order: tuple[int, ...]) -> frozenset[frozenset[int]]:
        found: dict[int | None, set[int]] = {}
        with Session(empty) as session:
            for number in order:
                session.add(one := Notice(source="s", source_id=str(number)))
                session.flush()
                measures.join(session, one, sorted(documents[number]))
            for one in session.exec(select(Notice)):
                found.setdefault(one.measure_id, set()).add(int(one.source_id))
            session.rollback()
        return frozenset(frozenset(group) for group in found.values())

    assert len({groups(order) for order in itertools.permutations(range(len(documents)))}) == 1


def test_the_same_follow_up_events_come_out_whatever_arrives_first(notice: Make, keep: Keep):
    original = notice(deadline="2026-08-01")
    moved = notice("G/TBT/N/USA/1/Add.1", published="2026-07-01", deadline="2026-09-01")
    adopted = notice("G/TBT/N/USA/1/Add.2", published="2026-10-01", text="The measure was adopted.")
    for one in (adopted, moved, original):
        keep(one)
    with reading() as session:
        rows = session.exec(select(Event, Notice).join(Notice, Notice.id == Event.notice_id)).all()
    assert {one.source_id: (event.reason, event.before, event.after) for event, one in rows} == {
        "G/TBT/N/USA/1": ("new", "", ""),
        "G/TBT/N/USA/1/Add.1": ("deadline_moved", "2026-08-01", "2026-09-01"),
        "G/TBT/N/USA/1/Add.2": ("adopted", "", ""),
    }


def test_in_a_measure_of_very_many_documents_only_those_stored_last_are_put_in_order(
    notice: Make, keep: Keep, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "NEAR", 2)
    for number, day in ((3, "2026-10-01"), (2, "2026-09-01"), (1, "2026-08-01")):
        keep(notice(f"G/TBT/N/USA/1/Add.{number}", published=day, deadline=f"2027-0{number}-01"))
    with reading() as session:
        rows = session.exec(select(Event, Notice).join(Notice, Notice.id == Event.notice_id)).all()
    before = {one.source_id[-1]: event.before for event, one in rows}
    assert before == {"1": "", "2": "2027-01-01", "3": "2027-02-01"}, "the third stays as of the second"


def test_a_document_that_names_two_measures_joins_them_into_the_older_with_a_reason(notice: Make, keep: Keep):
    keep(notice("a", keys=("k1",)))
    keep(notice("b", keys=("k2",)))
    keep(notice("c", keys=("k1", "k2")))
    assert grouping() == {frozenset("abc")}
    with reading() as session:
        oldest = session.exec(select(Notice.measure_id).where(Notice.source_id == "a")).one()
        links = {link.reason for link in session.exec(select(MeasureLink))}
        assert set(session.exec(select(MeasureKey.measure_id)).all()) == {oldest}
    assert links == {"its own numbers", "shared k1", "wto_eping c names both (k2)"}


def test_joining_can_be_undone_and_stays_undone(notice: Make, keep: Keep):
    keep(notice("a", keys=("k1",)))
    keep(notice("b", keys=("k1", "k2")))
    with unit_of_work() as session:
        link = session.exec(
            select(MeasureLink)
            .join(Notice, Notice.id == MeasureLink.notice_id)
            .where(Notice.source_id == "b")
        ).one()
        measures.undo(session, link.id or 0)
    assert grouping() == {frozenset("a"), frozenset("b")}
    keep(notice("b", keys=("k1", "k2"), title="changed"))
    keep(notice("c", keys=("k2",)))
    keep(notice("d", keys=("k1",)))
    assert grouping() == {frozenset("ad"), frozenset("bc")}
    with unit_of_work() as session, pytest.raises(ValueError, match="no link"):
        measures.undo(session, link.id or 0)


def test_numbers_that_many_unrelated_documents_carry_join_nothing():
    assert measures.dockets(["Docket No. CPSC–2026–0017, FDA-2013-S-0610; EERE-2026-BT-TP-0009"]) == [
        "docket CPSC-2026-0017",
        "docket EERE-2026-BT-TP-0009",
    ]
    assert measures.rins(["1904-AF88", "1625-AA00", "2120-AA64"]) == ["RIN 1904-AF88"]
    assert measures.fr_documents(
        ["https://www.govinfo.gov/content/pkg/FR-2026-06-05/pdf/2026-11402.pdf"]
    ) == ["FR 2026-11402"]


def test_a_final_rule_adopts_the_proposal_before_it(notice: Make, keep: Keep):
    keep(
        notice(
            "2026-9", keys=("RIN 1904-AF88",), published="2026-09-01", says="adopted", in_force="2027-01-01"
        ),
        notice("2026-1", keys=("RIN 1904-AF88",)),
        notice("2026-5", keys=("RIN 3041-AD99",), says="adopted"),
        source="us_federal_register",
    )
    with reading() as session:
        rows = session.exec(select(Event, Notice).join(Notice, Notice.id == Event.notice_id)).all()
    assert {one.source_id: (event.reason, event.after) for event, one in rows} == {
        "2026-1": ("new", ""),
        "2026-5": ("new", ""),
        "2026-9": ("adopted", "2027-01-01"),
    }
    assert dt.date(2027, 1, 1) in {one.in_force_on for _, one in rows}


def test_numbers_of_the_union_are_found_in_addresses_and_words():
    links = [
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32026R2071",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX%3A52026PC0688&qid=1",
        "http://publications.europa.eu/resource/celex/32026L2088",
        "https://eur-lex.europa.eu/oj/direct-access.html",
    ]
    assert measures.celexes(links) == ["CELEX 32026L2088", "CELEX 32026R2071", "CELEX 52026PC0688"]
    words = ["notified as 2026/644/NL and 2026/0012/F", "Directive 2014/53/EU, 2009/48/EC and 2015/1535"]
    assert measures.tris(words) == ["TRIS 2026/0012/F", "TRIS 2026/0644/NL"]
    assert measures.ares(["see Ares(2026)10877312", "Ares (2025) 600123"]) == [
        "Ares(2025)600123",
        "Ares(2026)10877312",
    ]


def test_a_draft_of_a_member_stands_with_its_notification_to_the_wto(notice: Make, keep: Keep):
    keep(
        notice("2026/0644/NL", keys=("TRIS 2026/0644/NL", "G/TBT/N/NLD/88")),
        notice("2026/0645/NL", keys=("TRIS 2026/0645/NL",)),
        source="eu_tris",
    )
    keep(
        notice("G/TBT/N/NLD/88"),
        notice("G/TBT/N/NLD/89", keys=tuple(measures.stated(["Notified, too, as 2026/645/NL."]))),
    )
    assert grouping() == {
        frozenset({"2026/0644/NL", "G/TBT/N/NLD/88"}),
        frozenset({"2026/0645/NL", "G/TBT/N/NLD/89"}),
    }


@pytest.mark.parametrize("first", ["act", "case"])
def test_a_case_stands_under_the_one_measure_it_states_and_joins_none(first: str, notice: Make, keep: Keep):
    acts = [notice(f"act {n}", keys=(f"docket CPSC-2026-000{n}",)) for n in (1, 2)]
    cases = [
        notice("one", kind="alert", keys=measures.case("CPSC recall 1", ["against CPSC-2026-0001"])),
        notice("both", kind="alert", keys=measures.case("CPSC recall 2", ["CPSC-2026-0001, CPSC-2026-0002"])),
        notice("none", kind="alert", keys=measures.case("CPSC recall 3", ["a burn hazard"])),
    ]
    for group in (acts, cases) if first == "act" else (cases, acts):
        keep(*group)
    assert grouping() == {
        frozenset({"act 1", "one"}),
        frozenset({"act 2"}),
        frozenset({"both"}),
        frozenset({"none"}),
    }
    with reading() as session:
        assert {event.reason for event in session.exec(select(Event))} == {"new"}


def test_the_act_adopts_the_proposal_and_its_second_publisher_repeats_nothing(notice: Make, keep: Keep):
    proposal = notice("52025PC0412", keys=("CELEX 52025PC0412",), published="2025-08-01")
    act = notice(
        "32026R2071",
        says="adopted",
        keys=("CELEX 32026R2071", "CELEX 52025PC0412"),
        document="CELEX 32026R2071",
        published="2026-10-29",
    )
    same = notice(
        "32026R2071",
        says="adopted",
        keys=("CELEX 32026R2071",),
        document="CELEX 32026R2071",
        published="2026-11-04",
    )
    keep(same, source="eu_oj_rss")
    keep(proposal, act, source="eu_cellar")
    with reading() as session:
        rows = session.exec(select(Event, Notice).join(Notice, Notice.id == Event.notice_id)).all()
        assert len(set(session.exec(select(Notice.measure_id)).all())) == 1
    assert {(one.source, one.source_id): event.reason for event, one in rows} == {
        ("eu_oj_rss", "32026R2071"): "adopted",
        ("eu_cellar", "52025PC0412"): "new",
    }
