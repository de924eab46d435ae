import datetime as dt
import threading

import pytest
from sqlmodel import select

from classifier import classify, fulltext, model, stage, tags
from config.texts import text
from database.session import reading, unit_of_work
from database.tables import Document, Label, Notice, Reading, Tag

TOYS = {
    "title": "Safety of electric toys",
    "text": "Labelling of toy cars.",
    "members": ["POL"],
    "objectives": ["Consumer information, labelling (TBT)"],
    "published_on": dt.date(2026, 1, 5),
}


def pending(limit=100):
    with reading() as session:
        return stage.pending(session, limit)


def rows(table):
    with reading() as session:
        return session.exec(select(table)).all()


def test_a_notice_is_read_once(keep):
    one = keep(**TOYS)
    assert pending() == [one]
    stage.handle([one])
    assert pending() == []
    (read,) = rows(Reading)
    assert (read.notice_id, read.version, read.fingerprint) == (one, 1, classify.fingerprint())
    assert read.ranking[0]["code"] == "toys-children"
    assert len(read.ranking) == 32
    assert read.review == ""


def test_labels_of_every_kind_are_kept_with_their_evidence(keep):
    one = keep(**TOYS)
    stage.handle([one])
    labels = {(row.kind, row.code): row for row in rows(Label)}
    wanted = {
        ("sector", "toys-children"),
        ("market", "EU"),
        ("market", "BRI"),
        ("country", "POL"),
        ("measure_type", "labelling"),
    }
    assert wanted <= set(labels)
    (first, *_) = labels[("sector", "toys-children")].evidence
    assert TOYS[first["field"]][first["start"] : first["end"]] == first["text"]
    assert labels[("country", "POL")].evidence[0]["text"] == "POL"
    assert labels[("sector", "toys-children")].by == "rules"
    assert {(row.kind, row.code) for row in rows(Tag)} == set(labels)
    (notice,) = rows(Notice)
    assert notice.tags_sha256 != ""


@pytest.mark.parametrize(
    ("values", "review"),
    [
        ({"title": "Notice 7"}, "no_sector"),
        ({"title": "Rules", "hs": ["94"]}, "weak_sector"),
        ({"title": "Safety of electric toys", "text": "Toys. " * 20_000}, "cut_text"),
    ],
)
def test_what_rests_on_little_says_why_a_person_should_look(keep, values, review):
    stage.handle([keep(**values)])
    assert rows(Reading)[0].review == review
    assert text(f"reading.{review}", "zh") != text(f"reading.{review}", "en")


def test_nothing_found_is_a_result_too(keep):
    one = keep(title="")
    stage.handle([one])
    assert pending() == []
    assert rows(Label) == []
    assert rows(Notice)[0].tags_sha256 != ""


def test_the_newest_notices_come_first_and_no_more_than_asked(keep):
    ids = [keep(title="Toys") for _ in range(5)]
    assert pending(3) == ids[:1:-1]


def test_a_new_version_is_read_again_and_its_labels_take_the_place_of_the_old(keep):
    one = keep(title="Toys")
    stage.handle([one])
    with unit_of_work() as session:
        notice = session.get(Notice, one)
        notice.version, notice.title = 2, "Furniture and chairs"
        session.add(notice)
    assert pending() == [one]
    stage.handle([one])
    assert {row.code for row in rows(Label)} == {"furniture"}
    assert [row.version for row in rows(Reading)] == [1, 2]


def test_a_changed_taxonomy_makes_every_notice_pending(keep, monkeypatch):
    one = keep(title="Toys")
    stage.handle([one])
    monkeypatch.setattr(classify.taxonomy, "fingerprint", lambda: "other")
    assert pending() == [one]


def test_what_rules_had_to_read_is_read_again_once_there_is_a_model_and_not_the_other_way(
    keep, make_model, monkeypatch
):
    one = keep(title="Rules on zorbles")
    stage.handle([one])
    assert pending() == []
    home = make_model({"zorbles": "toys-children"})
    monkeypatch.setattr(model, "current", lambda: model.load(str(home)))
    assert pending() == [one]
    stage.handle([one])
    assert {row.code for row in rows(Label)} == {"toys-children"}
    assert pending() == []
    monkeypatch.setattr(model, "current", lambda: None)
    assert pending() == []


def test_reading_again_changes_nothing(keep):
    one = keep(**TOYS)
    stage.handle([one])
    before = [row.model_dump() for table in (Label, Reading, Tag, Notice) for row in rows(table)]
    stage.handle([one, one, 999])
    assert [row.model_dump() for table in (Label, Reading, Tag, Notice) for row in rows(table)] == before


def test_a_decision_holds_over_what_the_machine_reads_later(keep):
    one = keep(title="Toys")
    with unit_of_work() as session:
        tags.decide(session, one, "sector", "toys-children", concerned=False, by="a@example.org")
    stage.handle([one])
    assert [row.code for row in rows(Label)] == ["toys-children"]
    assert rows(Tag) == []


def test_a_notice_that_changed_while_it_was_read_stays_pending(keep, monkeypatch):
    one = keep(title="Toys")

    def classify_while_it_changes(records, using=None):
        results = list(classify.classify_many(records))
        with unit_of_work() as session:
            notice = session.get(Notice, one)
            notice.version = 2
            session.add(notice)
        return iter(results)

    monkeypatch.setattr(stage, "classify_many", classify_while_it_changes)
    stage.handle([one])
    assert rows(Reading) == []
    assert rows(Label) == []
    assert pending() == [one]


def test_two_workers_with_the_same_notices_read_each_once(keep):
    ids = [keep(**TOYS) for _ in range(20)]
    faults = []

    def work(order):
        try:
            stage.handle(order)
        except Exception as error:
            faults.append(error)

    workers = [threading.Thread(target=work, args=(order,)) for order in (ids, ids[::-1])]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert faults == []
    assert sorted(row.notice_id for row in rows(Reading)) == ids
    assert len([row for row in rows(Label) if row.kind == "country"]) == len(ids)


def attach(one, text, **values):
    with unit_of_work() as session:
        document = Document(notice_id=one, url=f"https://example.org/{text[:9]}", status="text", text=text)
        for name, value in values.items():
            setattr(document, name, value)
        session.add(document)
        session.flush()
        return document.id


def test_a_linked_text_is_read_and_its_evidence_stands_in_it(keep):
    one = keep(title="Draft regulation 17", text="See the annex.", members=["VNM"])
    words = "Scope. This regulation applies to toys: toy cars, electric toys, wooden toys and dolls."
    document = attach(one, words)
    attach(one, "Cosmetics, cosmetics.", status="scanned")
    stage.handle([one])
    labels = {(row.kind, row.code): row for row in rows(Label)}
    spans = labels[("sector", "toys-children")].evidence
    assert {(span["field"], span["document"]) for span in spans} == {("document", document)}
    assert all(words[span["start"] : span["end"]] == span["text"] for span in spans)
    assert ("sector", "cosmetics") not in labels


def test_a_linked_text_weighs_little_beside_the_notice_and_nothing_beside_a_stated_code(keep):
    annex = "Ceramic tiles, ceramic tableware, glass bottles and glazed tiles. " * 40
    named = keep(title="Safety of electric toys", products="toys", members=["VNM"])
    coded = keep(title="Draft regulation 17", hs=["950300"], members=["VNM"])
    for one in (named, coded):
        attach(one, annex)
    stage.handle([named, coded])
    with reading() as session:
        first = {row.notice_id: row.ranking[0]["code"] for row in session.exec(select(Reading))}
        tags_held = session.exec(select(Tag.code).where(Tag.notice_id == coded, Tag.kind == "sector")).all()
    assert first == dict.fromkeys((named, coded), "toys-children")
    assert tags_held == ["toys-children"]


def test_markets_and_measure_types_are_not_read_from_linked_texts(keep):
    one = keep(title="Draft regulation 17", members=["VNM"])
    attach(one, "Labelling, labelling requirements and the label of toys in Brazil and Canada. " * 5)
    stage.handle([one])
    found = {(row.kind, row.code) for row in rows(Label)}
    assert {code for kind, code in found if kind == "country"} == {"VNM"}
    assert not [code for kind, code in found if kind == "measure_type"]


def test_a_reading_without_a_text_that_came_meanwhile_is_not_kept(keep, monkeypatch):
    one = keep(title="Draft regulation 17")
    classify_all = fulltext.classify

    def late(*order):
        attach(one, "Toys for children, electric toys, toy cars and other toys of children.")
        return classify_all(*order)

    monkeypatch.setattr(fulltext, "classify", late)
    stage.handle([one])
    assert rows(Reading) == []
    monkeypatch.setattr(fulltext, "classify", classify_all)
    assert pending() == [one]
    stage.handle([one])
    assert {row.code for row in rows(Label) if row.kind == "sector"} == {"toys-children"}
