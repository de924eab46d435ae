import datetime as dt
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlmodel import select

from crawlers import snapshots, store
from crawlers.form import form
from crawlers.record import RawNotice
from crawlers.source import Answer
from database import search
from database.session import reading, unit_of_work
from database.tables import Body, Event, Fault, Matching, Notice, NoticeCode, NoticeVersion, Run, Snapshot

Make = Callable[..., RawNotice]
Keep = Callable[..., Run]


def events() -> list[tuple[int, str, str, str]]:
    with reading() as session:
        rows = session.exec(select(Event).order_by(Event.id)).all()
    return [(event.version, event.reason, event.before, event.after) for event in rows]


def only() -> Notice:
    with reading() as session:
        return session.exec(select(Notice)).one()


def all_of(table: type) -> Sequence[object]:
    with reading() as session:
        return session.exec(select(table)).all()


def test_the_same_page_twice_adds_nothing(notice: Make, keep: Keep):
    page = [notice(hs=("9503",)), notice("G/TBT/N/USA/2")]
    first, second = keep(*page), keep(*page)
    assert (first.read, first.new, first.changed) == (2, 2, 0)
    assert (second.read, second.new, second.changed) == (2, 0, 0)
    assert len(all_of(Snapshot)) == len(all_of(Body)) == 1
    assert len(all_of(NoticeVersion)) == 2
    assert events() == [(1, "new", "", "")] * 2


def test_a_changed_deadline_is_a_new_version_and_one_event(notice: Make, keep: Keep):
    keep(notice(deadline="2026-08-01"))
    run = keep(notice(deadline="2026-09-01"))
    assert (run.new, run.changed) == (0, 1)
    assert only().version == 2
    assert only().comment_deadline == dt.date(2026, 9, 1)
    assert events() == [(1, "new", "", ""), (2, "deadline_moved", "2026-08-01", "2026-09-01")]
    keep(notice(deadline="2026-09-01"))
    assert len(events()) == 2


def test_a_changed_word_is_a_version_and_no_event_but_changed_goods_are(notice: Make, keep: Keep):
    keep(notice(text="old", products="Toys (HS: 9503)"))
    keep(notice(text="new", products="Toys (HS: 9503)"))
    assert events() == [(1, "new", "", "")]
    keep(notice(text="new", products="Toys (HS: 9503, 9504)"))
    assert events()[1:] == [(3, "amended", "", "")]
    with reading() as session:
        codes = session.exec(select(NoticeCode.code).where(NoticeCode.scheme == "hs")).all()
    assert sorted(codes) == ["9503", "9504"]


def test_a_withdrawal_is_told_before_all_else(notice: Make, keep: Keep):
    keep(
        notice(), notice("G/TBT/N/USA/1/Add.1", deadline="2026-09-01", text="The notification is withdrawn.")
    )
    assert sorted(reason for _, reason, _, _ in events()) == ["new", "withdrawn"]


def test_the_rows_of_a_joint_notification_are_one_notice_with_all_members(notice: Make, keep: Keep):
    symbols = ("G/TBT/N/ARE/703", "G/TBT/N/BHR/780")
    rows = [
        notice(", ".join(symbols), symbols=symbols, members=(member,), row=row, text=f"as {member} wrote it")
        for member, row in (("YEM", 113922), ("BHR", 113917), ("ARE", 113918))
    ]
    run = keep(*rows)
    assert (run.read, run.new) == (3, 1)
    assert only().members == ["ARE", "BHR", "YEM"]
    assert only().text == "as BHR wrote it"
    assert [reason for _, reason, _, _ in events()] == ["new"]
    version = only().version
    for order in (rows, rows[::-1], rows[:1]):
        assert keep(*order).changed == 0
    assert only().version == version


def test_a_broken_record_costs_none_beside_it(notice: Make, keep: Keep):
    run = keep(notice(), notice("G/TBT/N/USA/2", members=("Atlantis",)), notice("G/TBT/N/USA/3"), faults=1)
    assert (run.read, run.new, run.faults) == (2, 2, 2)
    with reading() as session:
        faults = {fault.record: fault.message for fault in session.exec(select(Fault))}
    assert faults == {"x": "broken", "G/TBT/N/USA/2": "unknown country or member 'Atlantis'"}


def test_a_stored_notice_is_found_by_its_words(notice: Make, keep: Keep):
    keep(notice(title="玩具安全技术规范", language="zh"), notice("G/TBT/N/USA/2", title="Lamps"))
    keep(notice("G/TBT/N/USA/2", title="Lanterns"))
    with reading() as session:
        for words, found in (("玩具", ["G/TBT/N/USA/1"]), ("lanterns", ["G/TBT/N/USA/2"]), ("lamps", [])):
            condition = search.matches(session, words)
            assert condition is not None
            assert session.exec(select(Notice.source_id).where(condition)).all() == found


def test_an_answer_is_kept_once_and_given_back(database: str):
    with unit_of_work() as session:
        for body in (b"one", b"two", b"one"):
            snapshots.keep(session, "s", "https://x/1", body, etag='"1"')
        snapshots.keep(session, "s", "https://x/2", b"one", etag="e" * 400)
    with reading() as session:
        assert sorted(session.exec(select(Snapshot.url)).all()) == ["https://x/1"] * 2 + ["https://x/2"]
        assert len(session.exec(select(Body)).all()) == 2
    last = snapshots.last("https://x/1")
    assert last is not None
    assert snapshots.body(last.sha256) == b"one"
    assert snapshots.last("https://x/2") is None, "a header too long to keep is not asked with"


def test_what_nobody_reads_and_what_is_refused_is_counted(notice: Make, database: str):
    with unit_of_work() as session:
        session.add(run := Run(source="wto_eping"))
        session.flush()
    for _ in range(2):
        page = Answer("https://x/1", b"{}", notices=[notice(origin="Counterfeit", kind="alert")])
        page.unread["annexUrl"] += 1
        page.refused["meeting"] += 2
        store.keep(run.id or 0, form("wto_eping"), page)
    with reading() as session:
        found = session.get_one(Run, run.id)
    assert found.unread == {"annexUrl": 2, "origin Counterfeit": 2}
    assert found.refused == {"meeting": 4}


def test_an_event_people_were_told_of_is_not_changed_afterwards(notice: Make, keep: Keep):
    keep(notice("G/TBT/N/USA/1/Add.1", published="2026-07-01", deadline="2026-09-01"))
    with unit_of_work() as session:
        session.add(Matching(event_id=session.exec(select(Event.id)).one() or 0, tags_sha256="x"))
    keep(notice(deadline="2026-08-01"))
    assert [reason for _, reason, _, _ in events()] == ["amended", "new"]


def test_two_runs_at_once_store_each_notice_once(notice: Make, keep: Keep):
    page = [notice(f"G/TBT/N/USA/{n}", keys=(f"k{n % 3}",)) for n in range(12)]
    errors: list[BaseException] = []

    def work(part: list[RawNotice]) -> None:
        try:
            keep(*part)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in (page, page[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(all_of(Notice)) == 12
    assert len(all_of(NoticeVersion)) == 12
    with reading() as session:
        assert len(set(session.exec(select(Notice.measure_id)).all())) == 3


@pytest.mark.parametrize("raw", ["", "nul \x00 byte", "half \ud800 pair"])
def test_no_text_is_too_odd_to_store(raw: str, notice: Make, keep: Keep):
    assert keep(notice(title=raw, text=raw, agency=raw)).faults == 0
