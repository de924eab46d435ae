"""Notices to classify."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier import model
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
def small_model(make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that knows zorbles and 龘龘 (toys) and blimpo (food), words that no list has."""
    home = make_model({"zorbles": "toys-children", "blimpo": "food", "龘龘": "toys-children"})
    monkeypatch.setattr(model, "current", lambda: model.load(str(home)))
    return home
