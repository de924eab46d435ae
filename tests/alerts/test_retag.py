"""Another model: its difference is shown first, and only those who should have been told are told."""

import datetime as dt
from typing import Any

import pytest
from typer.testing import CliRunner

from alerts import compose, deliver, lookback, match
from classifier import chosen, stage, tags
from classifier.classify import fingerprint
from database.session import reading, unit_of_work
from database.tables import Alert, Label, Reading, Tag
from pipeline.cli import app

RUNNER = CliRunner()
OLD = {"zorbles": "toys-children"}
NEW = {"zorbles": "toys-children", "blimpo": "food"}
STAGES = (stage, match, lookback, compose, deliver)


def said(*words: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, list(words))
    assert done.exit_code == code, done.output + str(done.exception)
    return " ".join(done.output.split()) + str(done.exception or "")


def tagged(world: Any) -> set[tuple[int, str]]:
    return {(one.notice_id, one.code) for one in world_tags() if one.kind == "sector"}


def world_tags() -> list[Tag]:
    from sqlmodel import select

    with reading() as session:
        return list(session.exec(select(Tag)))


@pytest.fixture
def notices(world: Any, make_model: Any) -> tuple[int, int]:
    """Two readers, and two notices: the old model knows what the first is about, and not the second."""
    world.reader("food@example.org", sectors=["food"])
    world.reader("toys@example.org", sectors=["toys-children"])
    said("model", "use", str(make_model(OLD)))
    first = world.notice("Rules on zorbles", read=False)
    return first, world.notice("Rules on blimpo", read=False)


def test_the_difference_is_shown_and_nothing_is_changed(world: Any, post: Any, notices: Any, make_model: Any):
    world.run(*STAGES)
    assert len(post.read()) == 1
    before = [one.model_dump() for table in (Label, Reading, Alert) for one in world.rows(table)]
    shown = said("retag", "--model", str(make_model(NEW)))
    assert "sector food 0 1 0 1" in shown
    assert "toys-children" not in shown
    assert "2 notices read with" in shown
    assert "the tags of 1 would change" in shown
    assert "1 people would be told, by 1 alerts" in shown
    assert before == [one.model_dump() for table in (Label, Reading, Alert) for one in world.rows(table)]
    world.run(*STAGES)
    assert len(post.read()) == 1


def test_applied_it_reaches_those_alone_who_should_have_been_told(
    world: Any, post: Any, clock: Any, notices: Any, make_model: Any
):
    world.run(*STAGES)
    clock.forward(days=9)
    world.reader("came-later@example.org", sectors=["food"])
    world.run(*STAGES)
    told = len(post.read())
    new = make_model(NEW)
    promised = said("retag", "--model", str(new))
    assert "1 people would be told" in promised
    assert "Done" in said("retag", "--model", str(new), "--apply")
    world.run(*STAGES)
    late = post.read()[told:]
    assert [mail["To"] for mail in late] == ["food@example.org"]
    assert "[补发]" in str(late[0].get_body(("plain",)).get_content())
    assert tagged(world) == {(notices[0], "toys-children"), (notices[1], "food")}
    said("retag", "--apply")
    world.run(*STAGES)
    assert len(post.read()) == told + 1


def test_a_decision_of_a_person_outlives_the_model(world: Any, notices: Any, make_model: Any):
    world.run(stage)
    with unit_of_work() as session:
        tags.decide(session, notices[1], "sector", "furniture", concerned=True, by="a@example.org")
        tags.decide(session, notices[1], "sector", "food", concerned=False, by="a@example.org")
    assert "the tags of 0 would change" in said("retag", "--model", str(make_model(NEW)))
    said("retag", "--model", str(make_model(NEW)), "--apply")
    assert (notices[1], "furniture") in tagged(world)
    assert (notices[1], "food") not in tagged(world)


def test_going_back_gives_the_old_labels_again(world: Any, notices: Any, make_model: Any):
    world.run(stage)
    old, new = make_model(OLD), make_model(NEW)
    said("retag", "--model", str(new), "--apply")
    assert (notices[1], "food") in tagged(world)
    said("retag", "--model", str(old), "--apply")
    assert (notices[1], "food") not in tagged(world)
    with reading() as session:
        assert stage.count_outdated(session, fingerprint()) == 0
        assert stage.pending(session, 10) == []


def test_another_model_alone_changes_no_stored_notice(world: Any, notices: Any, make_model: Any):
    world.run(stage)
    said("model", "use", str(make_model(NEW)))
    with reading() as session:
        assert stage.pending(session, 10) == []
        assert stage.count_outdated(session, fingerprint()) == 2
    assert "2" in said("status")
    fresh = world.notice("Rules on blimpo again", read=False)
    world.run(stage)
    assert (fresh, "food") in tagged(world)
    assert (notices[1], "food") not in tagged(world)


def test_what_was_not_found_is_one_clear_line(world: Any, tmp_path: Any):
    assert "no model can be read there" in said("retag", "--model", str(tmp_path), code=1)
    assert "no model can be read there" in said("model", "use", str(tmp_path), code=1)
    assert chosen.where() == ""


def test_a_measure_still_open_reaches_those_who_came_since(
    world: Any, post: Any, clock: Any, make_model: Any
):
    said("model", "use", str(make_model(OLD)))
    world.notice("Rules on blimpo", read=False, comment_deadline=clock.at.date() + dt.timedelta(days=60))
    world.run(*STAGES)
    clock.forward(days=9)
    world.reader("came-later@example.org", sectors=["food"])
    assert "1 people would be told" in said("retag", "--model", str(make_model(NEW)))
    said("retag", "--model", str(make_model(NEW)), "--apply")
    world.run(*STAGES)
    assert [mail["To"] for mail in post.read()] == ["came-later@example.org"]
