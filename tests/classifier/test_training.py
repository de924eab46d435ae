import gzip
from itertools import pairwise

import numpy as np
import pytest

from classifier.stream import from_row
from classifier.training import calibrate, corpus, data, decisions, notices, parts
from classifier.training.data import BadData, Row
from config import taxonomy
from database.session import reading, unit_of_work
from database.tables import Decision

HEAD = "text,lang,sectors,source,code\n"


def test_phrases_are_read_plain_or_packed(tmp_path):
    text = HEAD + "Toy Cars,en,toys-children,cpv,37520000\nToy cars,en,toys-children,google,1\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    first, second = data.phrases(tmp_path / "a.csv"), data.phrases(tmp_path / "a.csv.gz")
    assert first == second
    assert {row.text for part in first for row in part} == {"toy cars"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + "a,en,weapons,cpv,1\n", "line 2.*weapons"),
        ("text,lang\na,en\n", "line 2.*sectors"),
        (HEAD, "holds no row"),
    ],
)
def test_bad_data_is_refused_by_file_and_line(tmp_path, text, fault):
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match=rf"bad\.csv: {fault}"):
        data.phrases(tmp_path / "bad.csv")


def test_a_code_is_held_out_in_every_language_and_a_heading_in_every_tariff():
    codes = [f"{number:06}" for number in range(950300, 951300)]
    held = [code for code in codes if data.held_out("hs", code)]
    assert 10 < len(held) < 90
    assert all(data.held_out("taric", f"{code[:4]}.{code[4:]}.1000") for code in held)
    assert not data.held_out("iso", "11.040")


def test_rare_languages_are_drawn_more_often_than_their_share():
    rows = [Row("a", "en", (0,), "cpv")] * 90 + [Row("b", "sw", (0,), "cpv")] * 10
    shares = data.weights(rows)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[90:].sum() > 0.15


def test_made_notices_name_their_sectors_in_the_language_drawn():
    maker, again = (notices.Maker([], 3) for _ in range(2))
    made = [maker.one() for _ in range(300)]
    assert made == [again.one() for _ in range(300)]
    assert all(row.text and "{" not in row.text for row in made)
    assert {"zh", "en", "ru", "ar"} <= {row.language for row in made}
    assert {len(row.sectors) for row in made} == {1, 2}


def test_only_parts_of_the_same_training_are_gone_on_with(tmp_path):
    rows = [Row("toy cars", "en", (0,), "cpv")]
    begun = parts.name(rows, None, 1)
    parts.Parts(tmp_path, begun).save("grams.npz", {"bias": np.ones(2)})
    again = parts.Parts(tmp_path, begun)
    assert again.has("grams.npz")
    again.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["grams.npz"]
    others = {parts.name(rows, None, 2), parts.name(rows * 2, None, 1), parts.name(rows, tmp_path, 1)}
    assert len(others - {begun}) == 3
    for name in others:
        assert not parts.Parts(tmp_path, name).has("grams.npz")


def test_slices_of_the_n_grams_hold_each_once_and_in_order_of_their_keys():
    read = corpus.read([Row(f"toy {number}", "en", (0,), "cpv") for number in range(50)], print)
    found = [read.keys[here] for here in corpus.slices(read.keys)]
    assert sorted(np.concatenate(found)) == sorted(read.keys)
    assert all(one.max() < other.min() for one, other in pairwise(found))
    assert corpus.first(read, 3).sizes.sum() == len(corpus.first(read, 3).keys)


def test_weights_are_found_again():
    random = np.random.default_rng(1)
    traits = random.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(traits @ [2.0, -1.0] - 0.5)))
    weights, bias = calibrate.fit(traits, (random.random(20_000) < chance).astype(float))
    assert weights == pytest.approx([2.0, -1.0], abs=0.15)
    assert bias == pytest.approx(-0.5, abs=0.1)
    assert calibrate.expected_error(chance, (random.random(20_000) < chance).astype(float)) < 0.02


def test_judged_notices_set_the_weights(small_model):
    rows = [
        {"title": "Rules on zorbles", "sectors": ["toys-children"]},
        {"title": "Rules on blimpo", "sectors": ["food"]},
    ] * 3
    from classifier.bundle import Bundle

    found = calibrate.calibrate(rows, rows[:1], Bundle(small_model).score)
    assert len(found["weights"]) == 8
    assert found["weights"][0] > 0
    assert from_row(rows[0], 1).title == "Rules on zorbles"


def test_what_analysts_decided_becomes_rows(keep, monkeypatch):
    monkeypatch.setattr(decisions, "kept_back", lambda notice: False)
    number = keep(title="Rules on kites", language="en-GB")
    keep(title="Nobody looked")
    with unit_of_work() as session:
        for code, concerned in (("toys-children", True), ("food", True), ("food", False)):
            session.add(
                Decision(notice_id=number, kind="sector", code=code, concerned=concerned, by="a@b.c", note="")
            )
    with reading() as session:
        (row,) = decisions.rows(session)
    assert row.text == "rules on kites"
    assert row.sectors == (list(taxonomy.sectors()).index("toys-children"),)
    assert (row.language, row.source) == ("en", "decision")
