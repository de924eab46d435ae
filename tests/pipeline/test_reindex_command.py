"""tbt db reindex, and the line, make the bitmaps of a search."""

import pytest
from typer.testing import CliRunner

from database import search
from database.index import making, shelf
from database.session import reading, unit_of_work
from database.tables import Notice
from pipeline import line
from pipeline.cli import app


@pytest.fixture
def stored(database: str) -> None:
    with unit_of_work() as session:
        for number in range(3):
            notice = Notice(source="x", source_id=str(number), title="Toys")
            session.add(notice)
            session.flush()
            search.index(session, notice)


def test_the_command_makes_the_index_and_says_so(stored: None) -> None:
    done = CliRunner().invoke(app, ["db", "reindex"])
    assert done.exit_code == 0, done.output
    assert "bitmaps made" in done.output
    with reading() as session:
        assert shelf.generation(session) > 0


def test_the_line_makes_it_when_there_are_many_and_goes_on_if_that_fails(
    stored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    monkeypatch.setattr(making.log, "exception", said.append)
    monkeypatch.setattr(line, "STAGES", {})
    line.run_all()
    with reading() as session:
        assert shelf.generation(session) == 0  # few: SQL is quick enough
    monkeypatch.setattr(making, "FEW", 2)
    with monkeypatch.context() as broken:
        broken.setattr(making, "_tags", lambda session, _: session.execute(search.text("SELECT nothing")))
        assert line.run_all() == 0
    assert said == ["index_failed"]
    line.run_all()
    with reading() as session:
        assert shelf.generation(session) > 0
