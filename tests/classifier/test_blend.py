import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import blend
from classifier.classify import classify, classify_many
from classifier.records import Record


def codes(result):
    return [one.code for one in result.sectors]


def test_a_word_that_only_the_model_knows_gives_a_tag_and_is_shown(small_model):
    result = classify(Record("1", title="Rules on zorbles", text="Nothing else."))
    (tag,) = result.sectors
    assert (tag.code, tag.by) == ("toys-children", "model")
    assert "zorbles" in [span.text for span in tag.evidence]
    assert not result.weak


def test_a_stretch_of_chinese_is_shown(small_model):
    (tag,) = classify(Record("1", title="关于龘龘的规定")).sectors
    assert any("龘龘" in span.text for span in tag.evidence)


def test_without_the_shown_words_the_score_falls_more_than_without_others(small_model):
    def score(title):
        return dict(classify(Record("1", title=title)).ranking)["toys-children"]

    whole = score("Strange rules on zorbles here")
    assert whole - score("Strange rules on here") > 3 * abs(whole - score("rules on zorbles here"))


def test_terms_and_codes_speak_beside_the_model(small_model):
    stated, alone = (
        dict(classify(Record("1", title="Some zorbles and a blimpo", hs=hs)).ranking)
        for hs in (("1905",), ())
    )
    assert stated["food"] > alone["food"]


def test_with_nothing_to_read_the_codes_decide(small_model):
    assert codes(classify(Record("1", hs=("94",)))) == ["furniture"]
    assert codes(classify(Record("1"))) == []
    assert classify(Record("1")).weak


def test_nothing_is_cut_from_a_long_document():
    text = "".join(chr(0x4E00 + number % 5000) for number in range(5000))
    (first, *rest) = blend.windows(Record("1", title="T", products="P" * 2500, text=text))
    whole = first + "".join(rest)
    assert all(text[start : start + 50] in whole for start in range(blend.HEAD, 4900, blend.WINDOW))
    assert "P" * 500 in rest[-1]


def test_of_a_long_text_windows_lie_evenly_from_its_beginning_to_its_end():
    text = "".join(f"{number:07} " for number in range(250_000))  # 2 MB
    read = blend.windows(Record("1", title="T", text=text))
    assert len(read) == blend.MOST + 1
    places = [int(one.split()[1]) for one in read[1:]]
    assert text.endswith(read[-1][2:])
    steps = [after - before for before, after in itertools.pairwise(places)]
    assert max(steps) - min(steps) <= 151


def test_what_stands_late_counts_too(small_model):
    late = Record("1", title="Rules", text="Nothing here. " * 200 + "zorbles " * 100)
    early = Record("1", title="Rules", text="Nothing here. " * 200)
    found, without = dict(classify(late).ranking), dict(classify(early).ranking)
    assert found["toys-children"] > without["toys-children"]


scripts = st.text(alphabet="zorbles 龘玩具игрушкиدمىของเล่นđồ chơi🧸é\u0301\u200d\ud800.,;\n-ﬁẞİ", max_size=80)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(scripts, scripts, scripts), min_size=1, max_size=4))
def test_evidence_is_always_inside_its_field_and_the_same_in_a_batch(small_model, texts):
    records = [Record(n, title=a, text=b, products=c) for n, (a, b, c) in enumerate(texts)]
    results = list(classify_many(records))
    assert [one.as_json() for one in results] == [classify(one).as_json() for one in records]
    for record, result in zip(records, results, strict=True):
        for tag in result.sectors:
            for span in tag.evidence:
                assert 0 <= span.start < span.end
                assert getattr(record, span.field)[span.start : span.end] == span.text
