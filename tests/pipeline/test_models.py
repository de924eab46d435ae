"""The model as a person handles it: compared, switched by command, refused, and missing loudly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from classifier import chosen, model, tags
from config import taxonomy
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Notice, Trial
from pipeline.cli import app

RUNNER = CliRunner()
OLD = {"zorbles": "toys-children"}
NEW = {"zorbles": "toys-children", "blimpo": "food"}
Make = Callable[..., Path]


def said(*words: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, list(words))
    assert done.exit_code == code, done.output + str(done.exception)
    return " ".join((done.output + str(done.exception or "")).split())


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    rows = [
        {"id": 1, "language": "en", "title": "Rules on zorbles", "sectors": ["toys-children"]},
        {"id": 2, "language": "fr", "title": "Rules on blimpo", "sectors": ["food"]},
    ]
    path = tmp_path / "judged.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows * 20), encoding="utf-8")
    return path


def test_a_challenger_is_compared_on_notices_and_decisions_and_nothing_is_switched(
    database: str, judged: Path, make_model: Make
):
    said("model", "use", str(make_model(OLD)))
    before = chosen.where()
    with unit_of_work() as session:
        for number in range(12):
            session.add(Notice(source="s", source_id=str(number), title="Rules on blimpo", language="fr"))
    with unit_of_work() as session:
        for notice in session.exec(select(Notice)).all():
            tags.decide(session, notice.id or 0, "sector", "food", concerned=True, by="a@example.org")
    shown = said("evaluate", str(judged), "--challenger", str(make_model(NEW)))
    assert "all 40 0.500 0.35-0.65 1.000 0.91-1.00 +0.500" in shown
    assert "decisions of analysts kept back from training" in shown
    assert "better" in shown
    assert chosen.where() == before
    with reading() as session:
        (trial,) = session.exec(select(Trial)).all()
    assert trial.champion != trial.challenger
    assert trial.figures["notices"]["languages"]["fr"]["n"] == 20
    assert 0 < trial.figures["decisions"]["sectors"]["food"]["n"] < 12
    assert trial.figures["decisions"]["whole"]["challenger"]["right_first"] == 1.0


def test_evaluate_states_its_intervals(data_dir: Path, judged: Path, make_model: Make):
    said("model", "use", str(make_model(OLD)))
    assert "all 40 0.500 0.35-0.65" in said("evaluate", str(judged))


def test_a_switch_is_seen_and_undone_by_command(data_dir: Path, make_model: Make):
    assert "set by nobody" in said("model", "show")
    said("model", "use", str(make_model(NEW)))
    one = model.current()
    assert one is not None
    shown = said("model", "show")
    assert one.version in shown
    assert "set by tbt model use" in shown
    assert "no figures came with it" in shown
    assert "the model that ships" in said("model", "use", "bundled")
    assert chosen.where() == ""


def test_a_model_for_other_sectors_is_refused_by_every_command(
    data_dir: Path, make_model: Make, monkeypatch: pytest.MonkeyPatch
):
    labels = {str(number): code for number, code in enumerate(taxonomy.sectors())}
    home = make_model(OLD, id2label={**labels, "3": "weapons"})
    assert "'weapons' is no sector of ours" in said("model", "use", str(home), code=1)
    assert chosen.where() == ""
    monkeypatch.setenv("TBT_MODEL", str(home))
    settings.cache_clear()
    for words in (["line"], ["up"], ["status"]):
        assert "'weapons' is no sector of ours" in said(*words, code=1)


def test_a_missing_model_is_told_by_log_and_status_and_rules_go_on(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TBT_MODEL", str(tmp_path / "nowhere"))
    settings.cache_clear()
    shown = said("status")
    assert "RULES STAND IN" in shown
    assert "model_unreadable" in shown
    assert "no such directory" in shown
    done: Any = RUNNER.invoke(app, ["classify"], input='{"id": 1, "title": "Safety of electric toys"}\n')
    (tag,) = json.loads(done.stdout.splitlines()[-1])["sectors"]
    assert (tag["code"], tag["by"]) == ("toys-children", "rules")
