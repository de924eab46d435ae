import numpy as np
import pytest

from classifier import compare
from classifier.bundle import Bundle
from classifier.intervals import wilson
from database.session import reading, unit_of_work
from database.tables import Decision, Notice

CHAMPION = {"zorbles": "toys-children"}
CHALLENGER = {"zorbles": "toys-children", "blimpo": "food"}


def rows(n: int) -> list[dict[str, object]]:
    one = {"title": "Rules on zorbles", "language": "en", "sectors": ["toys-children"]}
    other = {"title": "Rules on blimpo", "language": "fr", "sectors": ["food"]}
    return [{**row, "id": number} for number in range(n) for row in (one, other)]


def test_the_wilson_interval_is_the_one_of_the_books():
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(30, 30)
    assert low == pytest.approx(0.886, abs=0.001)
    assert high == 1.0


def test_a_better_challenger_is_told_by_language_and_sector(make_model):
    champion, challenger = Bundle(make_model(CHAMPION)), Bundle(make_model(CHALLENGER))
    found = compare.compare(rows(40), champion, challenger)
    assert found["whole"]["n"] == 80
    assert found["whole"]["champion"]["right_first"] == 0.5
    assert found["whole"]["challenger"]["right_first"] == 1.0
    assert found["whole"]["champion"]["low"] == pytest.approx(0.393, abs=0.001)
    by = found["whole"]["difference"]["right_first"]
    assert by["by"] == 0.5
    assert 0.3 < by["low"] < 0.5 < by["high"] < 0.7
    assert compare.verdict(found["whole"]) == "better"
    assert compare.verdict(found["languages"]["en"]) == "even"
    assert compare.verdict(found["sectors"]["food"]) == "better"
    assert found == compare.compare(rows(40), champion, challenger), "the same rows give the same figures"


def test_a_worse_challenger_is_named_where_it_is_worse_and_few_rows_prove_nothing(make_model):
    champion, challenger = Bundle(make_model(CHALLENGER)), Bundle(make_model(CHAMPION))
    found = compare.compare(rows(40), champion, challenger)
    assert compare.verdict(found["whole"]) == "worse"
    assert compare.worse(found) == ["fr", "food"]
    few = compare.compare(rows(5), champion, challenger)
    assert compare.verdict(few["whole"]) == "few"
    assert compare.worse(few) == []
    assert compare.compare([], champion, challenger)["whole"]["n"] == 0


def test_an_equal_pair_has_no_difference():
    counts = np.tile([1.0, 1, 0, 0], (50, 2))
    assert compare.figures(counts)["difference"]["right_first"] == {"by": 0.0, "low": 0.0, "high": 0.0}


def decided(number: int, code: str, note: str = "") -> None:
    with unit_of_work() as session:
        session.add(
            Decision(notice_id=number, kind="sector", code=code, concerned=True, by="a@b.c", note=note)
        )


def test_a_decision_is_learned_from_or_compared_on_and_never_both(keep):
    from classifier.training import decisions

    for _ in range(30):
        decided(keep(title="Rules on kites", language="en-GB", members=["POL"]), "toys-children")
    decided(keep(title="Accepted with many others"), "food", note="bulk")
    with reading() as session:
        learned, compared = decisions.rows(session), decisions.judged(session)
    assert len(learned) + len(compared) == 30
    assert len(compared) > 3
    assert not {row.code for row in learned} & {str(row["id"]) for row in compared}
    assert compared[0]["sectors"] == ["toys-children"]
    assert (compared[0]["language"], compared[0]["members"]) == ("en", ["POL"])


def test_documents_of_one_measure_fall_on_one_side():
    from classifier.training.decisions import kept_back

    for measure in range(1, 20):
        sides = {kept_back(Notice(source="s", source_id="x", id=n, measure_id=measure)) for n in range(1, 9)}
        assert len(sides) == 1
