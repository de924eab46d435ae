import pytest

from classifier import measure_types
from classifier.records import Record
from config import taxonomy


def read(text="", language="en", **values):
    return measure_types.read(Record("1", title=text, **values), [("title", text, [language])])


def test_every_objective_of_the_taxonomy_states_its_type():
    for code, one in taxonomy.measure_types().items():
        for objective in one.objectives:
            for area in ("", " (TBT)", " (SPS)"):
                (label,) = read(objectives=(objective + area,))
                assert (label.code, label.score, label.by) == (code, 1.0, "code")


def test_an_unknown_objective_states_nothing():
    assert read(objectives=("Other", "")) == []


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "Energy efficiency of lamps", "energy-efficiency"),
        ("zh", "家用冰箱能效標識", "energy-efficiency"),
        ("fr", "ÉTIQUETAGE nutritionnel", "labelling"),
        ("vi", "kiểm dịch thực vật", "quarantine"),
    ],
)
def test_phrases_state_a_type_with_their_place(language, text, code):
    label = next(one for one in read(text, language) if one.code == code)
    assert label.by == "rules"
    assert all(text[span.start : span.end] == span.text for span in label.evidence)


def test_an_alert_is_a_recall_whatever_it_says():
    assert [one.code for one in read("Electric toy", kind="alert")] == ["recall"]
    assert read("Electric toy") == []


def test_what_the_publisher_stated_comes_first():
    codes = [one.code for one in read("Labelling and energy efficiency", objectives=("Metrology (TBT)",))]
    assert codes[0] == "metrology"
    assert set(codes) == {"metrology", "labelling", "energy-efficiency"}
