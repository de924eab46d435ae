"""What publishers get wrong about charsets, numbers and time, each on a real local server."""

import datetime as dt
import email.utils
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawlers.answers import read_json
from crawlers.crawl import crawl
from crawlers.health import health
from database.session import reading
from database.tables import Fault, Notice, NoticeVersion, Run
from database.types import now

pytestmark = pytest.mark.usefixtures("sqlite")
PAGES = Path(__file__).parent.parent / "sources"
DAY = dt.date(2026, 11, 13)
Make = Callable[..., Any]


def adilet(publisher: Any) -> Run:
    return crawl("kz_adilet", since=DAY, until=DAY, base_url=publisher.url)


def russian() -> str:
    return (PAGES / "kz_adilet" / "page.html").read_text().replace("nextpostslink", "")


def eping(publisher: Any, reply: Make, *rows: dict[str, Any]) -> Run:
    body = json.dumps({"items": rows, "totalCount": len(rows)}).encode()
    publisher.answer = lambda asked, n: reply(body)
    return crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)


def row(number: int, **values: Any) -> dict[str, Any]:
    template = json.loads((PAGES / "wto_eping" / "page.json").read_bytes())["items"][2]
    return {**template, "id": number, "documentSymbol": f"G/TBT/N/VNM/{number}", **values}


def titles() -> list[str]:
    with reading() as session:
        return list(session.exec(select(Notice.title).order_by(Notice.id)))


def test_a_charset_that_only_the_header_names_is_read(publisher: Any, reply: Make):
    page = russian().replace('<meta charset="utf-8">', "").encode("windows-1251", "replace")
    kind = {"Content-Type": "text/html; charset=windows-1251"}
    publisher.answer = lambda asked, n: reply(page, headers=kind)
    run = adilet(publisher)
    assert (run.status, run.new) == ("ok", 2)
    assert any("безопасности детских товаров" in title for title in titles())


def test_a_page_in_another_charset_than_it_names_is_no_page_without_relevant_records(
    publisher: Any, reply: Make
):
    page = russian().encode("windows-1251", "replace")
    publisher.answer = lambda asked, n: reply(page)
    run = adilet(publisher)
    assert (run.status, run.read, run.refused) == ("failed", 0, {})
    assert "not in the charset" in run.message


def test_json_in_another_unicode_is_read_and_in_none_is_told():
    assert read_json('{"title": "玩具"}'.encode("utf-16")) == {"title": "玩具"}
    with pytest.raises(ValueError, match="cut off or not JSON"):
        read_json('{"title": "玩具"}'.encode("gb18030"))


def test_records_that_contradict_one_another_make_no_endless_changes(publisher: Any, reply: Make):
    rows = row(1), row(2), row(1, title="Quite another title", commentDeadlineDate="2027-01-01T00:00:00")
    runs = [eping(publisher, reply, *rows) for _ in range(3)]
    assert [(run.status, run.read, run.new, run.changed) for run in runs] == [
        ("ok", 3, 2, 0),
        ("ok", 3, 0, 0),
        ("ok", 3, 0, 0),
    ]
    assert runs[0].unread == {"another record under the same number": 1}
    with reading() as session:
        assert len(session.exec(select(NoticeVersion)).all()) == 2


def test_the_same_record_twice_is_one_and_nothing_to_remark(publisher: Any, reply: Make):
    run = eping(publisher, reply, row(1), row(1), row(2))
    assert (run.status, run.new, run.changed, run.unread) == ("ok", 2, 0, {})


def test_a_broken_copy_does_not_cost_the_good_one(publisher: Any, reply: Make):
    broken = row(1)
    broken["publicationDate"] = broken.pop("distributionDate")
    run = eping(publisher, reply, broken, row(1))
    assert (run.status, run.new, run.faults) == ("partial", 1, 1)
    with reading() as session:
        assert session.exec(select(Fault.record)).one() == "G/TBT/N/VNM/1"


def test_a_server_whose_clock_is_wrong_is_not_waited_for_longer_than_any_other(publisher: Any, reply: Make):
    for days in (-400, 400):
        at = email.utils.format_datetime(now() + dt.timedelta(days=days), usegmt=True)
        publisher.asked.clear()
        body = json.dumps({"items": [row(1)], "totalCount": 1}).encode()
        headers = {"Retry-After": at, "Last-Modified": at, "Date": at}
        publisher.answer = lambda asked, n, body=body, headers=headers: (
            reply(b"busy", status=503, headers=headers) if n == 0 else reply(body, headers=headers)
        )
        run = crawl("wto_eping", since=DAY, until=DAY, base_url=publisher.url)
        assert run.status == ("ok" if days < 0 else "failed")
        assert len(publisher.asked) <= 2


def test_a_record_dated_far_ahead_does_not_hide_that_nothing_new_comes(publisher: Any, reply: Make):
    today = now().date()
    soon, old = today + dt.timedelta(days=3650), today - dt.timedelta(days=60)
    run = eping(
        publisher,
        reply,
        row(1, distributionDate=f"{soon}T00:00:00"),
        row(2, distributionDate=f"{old}T00:00:00"),
    )
    assert run.new == 2
    with reading() as session:
        state = next(one for one in health(session) if one.name == "wto_eping")
    assert state.newest == old
    assert state.silent
