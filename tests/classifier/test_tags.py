import pytest
from sqlmodel import select

from classifier import tags
from database.session import reading, unit_of_work
from database.tables import Decision, Label, Notice, Reading, Tag


@pytest.fixture
def notice(keep):
    return keep(title="Toys")


def label(notice, code, kind="sector"):
    with unit_of_work() as session:
        session.add(Label(notice_id=notice, kind=kind, code=code, by="rules"))


def decide(notice, code, concerned, kind="sector"):
    with unit_of_work() as session:
        tags.decide(session, notice, kind, code, concerned=concerned, by="a@example.org", note="read")


def refresh(notice):
    with unit_of_work() as session:
        return tags.refresh(session, notice)


def held(notice):
    with reading() as session:
        rows = set(session.exec(select(Tag.kind, Tag.code).where(Tag.notice_id == notice)).all())
        return rows, session.get(Notice, notice).tags_sha256


def test_labels_hold_until_a_person_says_otherwise(notice):
    label(notice, "toys-children")
    label(notice, "US", "market")
    assert refresh(notice) is True
    before = held(notice)
    assert before[0] == {("sector", "toys-children"), ("market", "US")}
    decide(notice, "toys-children", concerned=False)
    assert held(notice)[0] == {("market", "US")}
    assert held(notice)[1] != before[1]


def test_a_person_can_add_what_the_machine_missed(notice):
    decide(notice, "furniture", concerned=True)
    assert held(notice)[0] == {("sector", "furniture")}


def test_the_newest_decision_holds_and_all_are_kept(notice):
    for concerned in (False, True, False, True):
        decide(notice, "toys-children", concerned)
    assert held(notice)[0] == {("sector", "toys-children")}
    with reading() as session:
        decisions = session.exec(select(Decision)).all()
    assert [one.concerned for one in decisions] == [False, True, False, True]
    assert {(one.by, one.note) for one in decisions} == {("a@example.org", "read")}


def test_a_decision_outlives_every_later_reading(notice):
    decide(notice, "toys-children", concerned=False)
    label(notice, "toys-children")
    refresh(notice)
    assert held(notice)[0] == set()


def test_the_hash_changes_with_the_tags_and_only_with_them(notice):
    assert refresh(notice) is True  # read, and nothing found
    empty = held(notice)[1]
    assert empty != ""
    assert refresh(notice) is False
    decide(notice, "furniture", concerned=True)
    decide(notice, "furniture", concerned=False)
    assert held(notice)[1] == empty


def test_an_unknown_kind_is_refused(notice):
    with pytest.raises(ValueError, match="'sektor' is no kind of tag"):
        decide(notice, "toys-children", concerned=True, kind="sektor")


def test_a_decision_keeps_what_the_machine_had_said_then(notice):
    decide(notice, "furniture", concerned=True)
    with unit_of_work() as session:
        session.add(Reading(notice_id=notice, version=1, fingerprint="t-1-model"))
        session.add(Label(notice_id=notice, kind="sector", code="food", by="model", fingerprint="t-1-model"))
    decide(notice, "food", concerned=False)
    decide(notice, "lighting", concerned=True)
    with reading() as session:
        kept = session.exec(select(Decision.code, Decision.machine, Decision.fingerprint)).all()
    assert list(kept) == [
        ("furniture", None, ""),
        ("food", True, "t-1-model"),
        ("lighting", False, "t-1-model"),
    ]
