import pytest
from sqlmodel import select

from database.session import unit_of_work
from database.tables import Fault, Run
from pipeline import line


class Doubling:
    """A stage over Run rows: a Fault row is the result; run 3 can't be handled."""

    BATCH = 2

    def __init__(self, bad: int = 0) -> None:
        self.bad, self.batches = bad, []

    def pending(self, session, limit):
        done = select(Fault.run_id)
        return session.exec(select(Run.id).where(Run.id.not_in(done)).order_by(Run.id).limit(limit)).all()

    def handle(self, ids):
        self.batches.append(list(ids))
        with unit_of_work() as session:
            for number in ids:
                session.add(Fault(run_id=number, message="seen"))
            if self.bad in ids:
                raise RuntimeError("cannot")


@pytest.fixture
def runs(database):
    with unit_of_work() as session:
        session.add_all([Run(source=str(n)) for n in range(5)])


@pytest.mark.usefixtures("runs")
def test_a_stage_works_until_nothing_is_pending(monkeypatch):
    one, seen = Doubling(), []
    monkeypatch.setattr(line, "stage", lambda _: one)
    assert line.run("x", lambda name, more: seen.append((name, more))) == 0
    assert one.batches == [[1, 2], [3, 4], [5]]
    assert seen == [("x", 2), ("x", 2), ("x", 1)]
    assert line.run("x") == 0
    assert len(one.batches) == 3


@pytest.mark.usefixtures("runs")
def test_a_record_that_fails_costs_no_other_and_stays_pending(monkeypatch):
    one = Doubling(bad=3)
    monkeypatch.setattr(line, "stage", lambda _: one)
    assert line.run("x") == 1
    with unit_of_work() as session:
        assert sorted(session.exec(select(Fault.run_id)).all()) == [1, 2, 4, 5]


@pytest.mark.usefixtures("runs")
def test_a_stage_that_writes_no_result_does_not_run_for_ever(monkeypatch):
    one = Doubling()
    monkeypatch.setattr(one, "handle", lambda ids: None)
    monkeypatch.setattr(line, "stage", lambda _: one)
    assert line.run("x") == 5


def test_an_unknown_stage_is_named():
    with pytest.raises(line.UnknownStage, match=r"'matsch'.*classify"):
        line.stage("matsch")
