import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from alerts import links, subscriptions
from database import types
from database.session import reading, unit_of_work
from database.tables import Feedback, HelpRequest, Narrowing, Subscriber, Subscription

Make = Callable[..., int]
KETTLE = {"sectors": ["household-appliances"], "countries": ["USA"], "measure_types": ["safety"]}
WISH: dict[str, Any] = {"sectors": ["household-appliances", "toys-children"], "hs": ["85"]}


@pytest.fixture
def asked(make: Make) -> tuple[str, int]:
    """A reader of appliances and toys, and the path of the buttons under a notice on kettles."""
    today = types.now().date()
    number = make(
        "Electric kettles", tags=KETTLE, products="Kettles; urns", hs=["851671"], published_on=today
    )
    make("Fans", tags=KETTLE, products="Fans", hs=["841451"], published_on=today)
    with unit_of_work() as session:
        one = subscriptions.subscribe(session, "li@firm.example.org", **WISH)
        person = session.get_one(Subscriber, one.subscriber_id)
        subscriptions.confirm(session, links.token("confirm", person.token, [one.id]))
        return "/feedback/" + links.token("feedback", person.token, number), number


def only(table: Any) -> Any:
    with reading() as session:
        return session.exec(select(table)).one()


def test_opening_a_button_says_nothing_and_pressing_it_does(client: TestClient, asked: Any) -> None:
    path, _ = asked
    page = client.get(f"{path}?answer=handled")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    with reading() as session:
        assert session.exec(select(Feedback)).all() == []
    answer = client.post(path, data={"answer": "handled"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert only(Feedback).answer == "handled"
    assert "已记录：已处理" in client.get(path).text


def test_not_for_us_proposes_rules_in_words_for_this_subscription_alone(
    client: TestClient, asked: Any
) -> None:
    path, _ = asked
    assert "采用这条规则" not in client.get(path).text
    client.post(path, data={"answer": "not_for_us"})
    page = client.get(path).text
    for words in (
        "提到“Kettles”的通报",
        "只涉及 HS 8516 的通报",
        "只涉及美国的通报",
        "只属于“",
        "2 条减为 1 条",
    ):
        assert words in page
    rules = re.findall(r'name="rule" value="([^"]+)"', page)
    assert rules[:2] == ["excludes=Kettles", "without=hs:8516"]
    one = only(Subscription)
    taken = client.post(path, data={"act": "narrow", "subscription": one.id, "rule": "without=hs:8516"})
    assert taken.status_code == 303
    assert only(Subscription).without == ["hs:8516"]
    page = client.get(path).text
    assert "不再发送只涉及 HS 8516 的通报" in page
    client.post(path, data={"act": "undo", "subscription": only(Narrowing).id})
    assert only(Subscription).without == []
    assert only(Subscription).looked_back_at is None


def test_a_word_of_ones_own_and_words_that_are_none(client: TestClient, asked: Any) -> None:
    path, _ = asked
    client.post(path, data={"answer": "not_for_us"})
    form = {"act": "narrow", "subscription": only(Subscription).id, "rule": "word"}
    assert client.post(path, data={**form, "word": "kettles"}).status_code == 303
    assert only(Subscription).excludes == ["kettles"]
    assert client.post(path, data={**form, "word": "x"}).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "without=hs:85"}, {"rule": "without=zzz:1"}, {"rule": "email=x"}, {"subscription": 999},
        {"rule": "without=hs:84,hs:85,sector:household-appliances,sector:toys-children"},
        {"act": "answer", "answer": "hooray"}, {"act": "undo", "subscription": 999},
    ],
)  # fmt: skip
def test_a_rule_that_silences_or_means_nothing_is_refused(
    client: TestClient, asked: Any, change: Any
) -> None:
    path, _ = asked
    if change.get("rule") == "without=hs:85":
        with unit_of_work() as session:
            session.exec(select(Subscription)).one().sectors = []
    form = {"act": "narrow", "subscription": only(Subscription).id, "rule": "without=hs:8516"}
    answer = client.post(path, data={**form, **change})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert only(Subscription).without == []


def test_need_help_is_a_request_with_a_day_that_ends_with_another_answer(
    client: TestClient, asked: Any
) -> None:
    path, number = asked
    client.post(path, data={"answer": "need_help", "note": "需要哪些检测？"})
    one = only(HelpRequest)
    assert (one.notice_id, one.state, one.question) == (number, "open", "需要哪些检测？")
    assert one.due_on > types.now().date()
    page = client.get(path).text
    assert "待答复" in page
    assert "需要哪些检测？" in page
    client.post(path, data={"answer": "handled"})
    assert only(HelpRequest).state == "withdrawn"


def test_a_link_that_is_none_of_ours_is_said_so(client: TestClient, asked: Any) -> None:
    for token in ("x", "", links.token("manage", "x"), links.token("feedback", "nobody", 1)):
        assert client.get(f"/feedback/{token}").status_code == 404
        assert client.post(f"/feedback/{token}", data={"answer": "handled"}).status_code == 404
    with reading() as session:
        assert session.exec(select(Feedback)).all() == []


def test_renewed_links_make_the_old_ones_worthless(client: TestClient, asked: Any) -> None:
    path, _ = asked
    person, one = only(Subscriber), only(Subscription)
    me = f"/me/{links.token('manage', person.token)}"
    feeds = [f"/feeds/{one.token}.atom", f"/calendars/{one.token}.ics"]
    assert [client.get(url).status_code for url in (path, me, *feeds)] == [200] * 4
    renewed = client.post(me, data={"action": "renew"}).headers["location"]
    assert "已更换链接" in client.get(renewed).text
    assert [client.get(url).status_code for url in (path, me, *feeds)] == [404] * 4
