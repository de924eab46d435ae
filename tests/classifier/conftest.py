"""Notices to classify."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier import model
from classifier.bundle import KIND
from classifier.grams import BUCKETS, grams, plain
from config import taxonomy
from database.session import unit_of_work
from database.tables import Notice


@pytest.fixture
def keep(database: str) -> Callable[..., int]:
    """Store a notice with the given fields; its id is the value."""
    numbers = iter(range(1, 1000))

    def one(**values: Any) -> int:
        notice = Notice(source="test", source_id=f"T/{next(numbers)}", **values)
        with unit_of_work() as session:
            session.add(notice)
        assert notice.id is not None
        return notice.id

    return one


@pytest.fixture(autouse=True)
def rules_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules decide, whatever model is installed; a test that asks for `small_model` has that one."""
    if "small_model" not in request.fixturenames:
        monkeypatch.setattr(model, "current", lambda: None)


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model that knows a few words, each of one sector; its directory is the value."""

    def make(words: dict[str, str], **changes: Any) -> Path:
        codes = list(taxonomy.sectors())
        table = np.zeros((BUCKETS, len(codes)), np.int8)
        for word, code in words.items():
            table[grams(plain(word).text).buckets, codes.index(code)] = 100
        ones = np.ones(len(codes), np.float32)
        home = tmp_path / f"model{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        np.savez(home / "grams.npz", table=table, scale=ones / 25, bias=ones * 0)
        config = {
            "model_type": KIND,
            "id2label": {str(number): code for number, code in enumerate(codes)},
            "mix": {"grams": [1.0, 1.0]},
            "blend": {
                "weights": [1.0, 0.0, 0.0, 1.7, 1.5, 0.0, 0.9, 0.5],
                "bias": 0.5,
                "threshold": 0.38,
                "first": 0.25,
                "sure": 0.5,
            },
            **changes,
        }
        (home / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return home

    return make


@pytest.fixture
def small_model(make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that knows zorbles and 龘龘 (toys) and blimpo (food), words that no list has."""
    home = make_model({"zorbles": "toys-children", "blimpo": "food", "龘龘": "toys-children"})
    monkeypatch.setattr(model, "current", lambda: model.load(str(home)))
    return home
