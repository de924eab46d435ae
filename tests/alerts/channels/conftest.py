"""A receiver on this machine, and letters made by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hooks import NOW, Server, line

from alerts.facts import Item
from alerts.notes import Note
from config.settings import settings
from database import types


@pytest.fixture
def hook(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("TBT_CALL_LOOPBACK", "1")
    settings.cache_clear()
    monkeypatch.setattr(types, "now", lambda: NOW)
    one = Server()
    yield one
    one.close()


@pytest.fixture
def note() -> Callable[..., Note]:
    def make(url: str, lines: list[Item] | None = None, **changes: Any) -> Note:
        fields: dict[str, Any] = {
            "to": url,
            "message_id": "<alert-7-0123456789abcdef@tbt.example.org>",
            "kind": "digest",
            "language": "zh",
            "subject": "技术性贸易措施预警 1 条",
            "text": "",
            "html": "",
            "url": url,
            "lines": tuple([line()] if lines is None else lines),
            "facts": ({"id": 1, "title": "茶"},),
        }
        return Note(**{**fields, **changes})

    return make
