import json

import pytest

from classifier import chosen, model
from classifier.bundle import Bundle
from config.settings import settings


def test_by_default_the_model_that_ships_is_used(data_dir):
    assert chosen.where() == ""
    assert chosen.home() == chosen.BUNDLED
    assert chosen.figures()["notices_without_codes"]["en"]["notices"] > 0


def test_a_switch_keeps_a_copy_that_nothing_changes_any_more(data_dir, make_model):
    source = make_model({"zorbles": "toys-children"})
    (source / "figures.json").write_text('{"date": "2026-01-02"}', encoding="utf-8")
    version = Bundle(source).version
    chosen.copy(source, version)
    (source / "config.json").write_text("spoilt", encoding="utf-8")
    used = model.load(chosen.where())
    assert used is not None
    assert used.version == version
    assert chosen.figures() == {"date": "2026-01-02"}
    chosen.forget()
    assert chosen.where() == ""
    assert chosen.figures() != {"date": "2026-01-02"}


def test_the_environment_overrules_a_switch(data_dir, make_model, monkeypatch):
    monkeypatch.setenv("TBT_MODEL", "/somewhere/else")
    settings.cache_clear()
    assert chosen.where() == "/somewhere/else"
    for change in (chosen.forget, lambda: chosen.copy(make_model({}), "1")):
        with pytest.raises(chosen.Overruled, match="TBT_MODEL"):
            change()


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "x" * 200])
def test_what_is_no_name_of_a_model_is_none(data_dir, name):
    (data_dir / "models").mkdir()
    (data_dir / "models" / "current").write_text(name, encoding="utf-8")
    assert chosen.where() == ""


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_figures_that_cannot_be_read_are_none(data_dir, make_model, content):
    home = make_model({})
    (home / "figures.json").write_text(content, encoding="utf-8")
    chosen.copy(home, "1")
    assert chosen.figures() == {}


def test_a_version_follows_the_parts_and_not_what_is_told_of_them(make_model):
    home = make_model({"a": "food"})
    before = Bundle(home).version
    (home / "figures.json").write_text(json.dumps({"date": "2026-01-02"}), encoding="utf-8")
    (home / "README.md").write_text("A card.", encoding="utf-8")
    assert Bundle(home).version == before
    (home / "second.onnx").write_bytes(b"weights")
    assert Bundle(home).version != before
