from collections.abc import Iterator

import pytest
from sqlmodel import select

from database import counts
from database.index import changes
from database.session import reading, unit_of_work
from database.tables import Count, Notice

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    counts._last.clear()
    yield
    counts._last.clear()


def store(number: str) -> None:
    with unit_of_work() as session:
        session.add(notice := Notice(source="wto_eping", source_id=number))
        session.flush()
        changes.touch(session, notice.id or 0)


def kept() -> int | None:
    with reading() as session:
        return session.exec(select(Count.n).where(Count.kind == counts.ALL)).first()


def test_the_numbers_follow_what_changed_and_nothing_is_counted_when_nothing_did(
    monkeypatch: pytest.MonkeyPatch,
):
    store("1")
    counts.keep_up()
    assert kept() == 1
    store("2")
    counts.keep_up()
    assert kept() == 2
    monkeypatch.setattr(counts, "recount", lambda: pytest.fail("nothing changed"))
    counts.keep_up()


def test_beyond_a_few_notices_it_is_counted_once_in_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counts, "FEW", 0)
    clock = [1000.0]
    monkeypatch.setattr(counts.time, "monotonic", lambda: clock[0])
    store("1")
    counts.keep_up()
    store("2")
    counts.keep_up()
    assert kept() == 1, "counted a moment ago"
    clock[0] += counts.REST
    counts.keep_up()
    assert kept() == 2
