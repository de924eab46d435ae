import json
import logging

import numpy as np
import pytest

from classifier import foreign, model
from classifier.bundle import Bundle, WrongModel
from config import taxonomy


def column(code):
    return list(taxonomy.sectors()).index(code)


def test_a_row_adds_up_to_one_and_its_best_sector_is_that_of_the_words(small_model):
    scores = Bundle(small_model).score(["zorbles", "the blimpo", "龘龘"])
    assert scores.shape == (3, len(taxonomy.sectors()))
    assert scores.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert [int(row.argmax()) for row in scores] == [
        column("toys-children"),
        column("food"),
        column("toys-children"),
    ]


def test_a_text_scores_the_same_alone_and_among_others(small_model):
    one = Bundle(small_model)
    texts = ["zorbles", "", "a" * 9000, "blimpo " * 300, "龘龘", "\ud800 🧸"]
    together = one.score(texts)
    assert np.array_equal(together, np.concatenate([one.score([text]) for text in texts]))
    assert one.score([]).shape == (0, len(taxonomy.sectors()))


def test_a_model_with_strange_labels_is_refused_by_name(make_model):
    labels = {str(number): code for number, code in enumerate(taxonomy.sectors())}
    home = make_model({}, id2label={**labels, "3": "weapons"})
    with pytest.raises(WrongModel, match=r"config\.json.*'weapons' is no sector"):
        model.load(str(home))


def test_a_model_without_one_of_our_sectors_is_refused_by_name(make_model):
    labels = dict(enumerate(list(taxonomy.sectors())[:-1]))
    with pytest.raises(WrongModel, match=f"'{list(taxonomy.sectors())[-1]}' is missing"):
        model.load(str(make_model({}, id2label=labels)))


@pytest.mark.parametrize("spoil", ["config.json", "grams.npz"])
def test_a_spoilt_model_leaves_the_rules_and_says_so(make_model, caplog, spoil):
    home = make_model({})
    (home / spoil).write_bytes(b"\x00junk")
    with caplog.at_level(logging.ERROR):
        assert model.load(str(home)) is None
    assert str(home) in caplog.text
    assert "sectors_by=rules" in caplog.text


def test_a_model_of_other_n_grams_leaves_the_rules_and_says_what_to_do(make_model, caplog):
    home = make_model({}, mix={"grams": [1.0, 1.0], "counts": [1.0, 1.0]})
    few, none = np.ones(3, np.float32), np.zeros(0, np.uint8)
    np.savez(home / "counts.npz", keys=none, sizes=none, sectors=none, clear=none, weights=few, bias=few)
    with caplog.at_level(logging.ERROR):
        assert model.load(str(home)) is None
    assert "train this model again" in caplog.text


def test_the_version_follows_every_file(make_model):
    assert Bundle(make_model({"a": "food"})).version == Bundle(make_model({"a": "food"})).version
    assert Bundle(make_model({"a": "food"})).version != Bundle(make_model({"a": "toys-children"})).version


def test_a_directory_is_taken_as_it_is(tmp_path):
    assert foreign.directory(str(tmp_path)) == tmp_path


def test_a_hub_id_is_fetched_and_read_as_a_directory_is(make_model, monkeypatch):
    home = make_model({"zorbles": "toys-children"})
    monkeypatch.setattr("huggingface_hub.snapshot_download", {"somebody/zorbles": str(home)}.__getitem__)
    one = model.read("somebody/zorbles")
    assert isinstance(one, Bundle)
    assert one.score(["zorbles"])[0].argmax() == column("toys-children")


def test_every_part_of_the_bundled_model_reads():
    one = Bundle(model.BUNDLED)
    texts = {"toy cars for children": "toys-children", "儿童玩具汽车": "toys-children", "сыр": "food"}
    for text, code in texts.items():
        assert one.score([text])[0].argmax() == column(code)
    alone = one._english.logits(["toy cars for children"])
    assert alone[0].argmax() == column("toys-children")
    assert np.array_equal(alone, one._english.logits(["rules", "toy cars for children"])[1:])


def test_the_bundled_model_is_ours_and_small():
    home = model.BUNDLED
    assert sum(path.stat().st_size for path in home.iterdir()) < 60_000_000
    assert all(path.stat().st_size < 50_000_000 for path in home.iterdir())
    config = json.loads((home / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].values()) == list(taxonomy.sectors())
    assert isinstance(model.load(""), Bundle)
