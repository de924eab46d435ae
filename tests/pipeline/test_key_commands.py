"""Keys of programs, as whoever runs the service hands them out."""

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api import keys
from api.app import create_app
from pipeline.cli import app
from pipeline.commands.keys import NoSuchKey

RUNNER = CliRunner()


def _run(*words: str) -> str:
    done = RUNNER.invoke(app, ["key", *words])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_a_key_is_shown_once_opens_what_it_says_and_is_taken_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REMEMBERED_SECONDS", 0)
    key = _run("add", "Guangzhou customs", "--scope", "read", "--per-minute", "30")
    assert key.startswith("tbt_")
    with TestClient(create_app()) as client:
        answer = client.get("/api/v1/notices", headers={"X-API-Key": key})
        assert (answer.status_code, answer.headers["ratelimit-limit"]) == (200, "30")
        assert client.get("/api/v1/notices?format=csv", headers={"X-API-Key": key}).status_code == 403
        listed = _run("list")
        assert "Guangzhou customs  read  30/min" in listed
        assert key not in listed
        _run("revoke", listed.split()[0])
        assert client.get("/api/v1/notices", headers={"X-API-Key": key}).status_code == 401
    assert "revoked" in _run("list")


def test_a_wrong_number_or_scope_is_said_and_changes_nothing(database: str) -> None:
    assert isinstance(RUNNER.invoke(app, ["key", "revoke", "7"]).exception, NoSuchKey)
    wrong = RUNNER.invoke(app, ["key", "add", "x", "--scope", "everything"])
    assert isinstance(wrong.exception, keys.UnknownScope)
    assert RUNNER.invoke(app, ["key", "add", "x", "--per-minute", "0"]).exit_code == 2
    assert _run("list") == ""
