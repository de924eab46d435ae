"""The dossier on a notice: what a comment is prepared from, in Word and as PDF."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader
from sqlmodel import select

from alerts import subscriptions
from database.session import unit_of_work
from database.tables import Editorial, Feedback, Notice, NoticeCode, Product, Subscriber

Make = Callable[..., int]
TAGS = {"sectors": ["toys-children"], "countries": ["VNM"], "measure_types": ["safety"]}


def seller(number: int, value: int) -> int:
    """Somebody who sells toys to Viet Nam and asked for them."""
    with unit_of_work() as session:
        one = subscriptions.subscribe(session, f"f{number}@firm.example.org", hs=["9503"], countries=["VNM"])
        who = session.get_one(Subscriber, one.subscriber_id)
        who.confirmed_at = one.confirmed_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        session.add(Product(subscriber_id=one.subscriber_id, hs="950300", market="VNM", value=value))
        return one.subscriber_id


def told(body: bytes) -> tuple[str, dict[str, str]]:
    """All words, and the rows of tables by their first cell."""
    document = Document(io.BytesIO(body))
    rows = {row.cells[0].text: row.cells[1].text for table in document.tables for row in table.rows}
    return "\n".join(one.text for one in document.paragraphs), rows


@pytest.fixture
def toys(make: Make, moment: dt.datetime) -> int:
    deadline = moment.date() + dt.timedelta(days=40)
    make("Safety of wooden toys", tags=TAGS, members=["VNM"])
    number = make(
        "Safety of <b>toys</b> & games", tags=TAGS, hs=["950300"], members=["VNM"], text="Lead: 90 mg/kg",
        comment_deadline=deadline, standards=["ISO 8124-1"],
    )  # fmt: skip
    with unit_of_work() as session:
        card = {"tests": "做铅含量检测"}
        public = {"title_zh": "玩具安全", "gist_zh": "铅限量 90 mg/kg。", "card": card, "by": "a", "at": ""}
        session.add(Editorial(notice_id=number, version=1, note="内部看法", published=public))
    return number


def test_it_holds_facts_trade_citations_and_what_went_before(toys: int, log_in: Any, make: Make) -> None:
    for n in range(6):
        who = seller(n, 10_000)
    with unit_of_work() as session:
        session.add(Feedback(subscriber_id=who, notice_id=toys, answer="need_help"))
        assert session.exec(select(NoticeCode)).all()
        assert session.get_one(Notice, toys).standards
    answer = log_in("analyst").get(f"/review/{toys}/dossier.docx")
    assert answer.headers["content-disposition"] == f'attachment; filename="dossier-{toys}.docx"'
    words, rows = told(answer.content)
    assert "玩具安全" in words
    assert "铅限量 90 mg/kg。" in words
    assert "内部看法" not in words + str(rows)
    assert "Safety of <b>toys</b> & games" in words
    assert rows["评议截止"] == "2026-04-19"
    assert rows["内部期限"] == "2026-03-20"
    assert rows["检测与认证"] == "做铅含量检测"
    assert rows["直接相关的订阅者"] == "5+"
    assert rows["其自报的年出口额合计（美元）"] == "60,000"
    assert rows["反馈“需要帮助”"] == "<5"
    assert "ISO 8124-1" in rows
    assert "Safety of wooden toys" in words


def test_few_firms_are_not_told_apart(toys: int, log_in: Any) -> None:
    seller(1, 123_456)
    words, rows = told(log_in("analyst").get(f"/review/{toys}/dossier.docx").content)
    assert rows["产品清单涉及本通报的企业"] == "<5"
    assert "123,456" not in words + str(rows)


def test_it_is_made_of_any_notice_in_every_language(make: Make, log_in: Any) -> None:
    number, analyst = make("", measure_id=None), log_in("analyst")
    for language in ("zh", "zh-Hant", "en"):
        body = analyst.get(f"/review/{number}/dossier.pdf?lang={language}").content
        assert PdfReader(io.BytesIO(body)).pages
        assert analyst.get(f"/review/{number}/dossier.docx?lang={language}").status_code == 200
    assert analyst.get("/review/999/dossier.docx").status_code == 404
    assert analyst.get(f"/review/{number}/dossier.exe").status_code == 404
