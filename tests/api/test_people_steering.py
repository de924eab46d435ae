import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from alerts import assistance, deliver, grade, subscriptions
from alerts.dates import today
from alerts.mailbox import Mailbox
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import (
    Alarm,
    Approval,
    Audit,
    Editorial,
    Event,
    HelpRequest,
    LevelWord,
    Notice,
    Subscriber,
    Switch,
)

Make = Callable[..., int]
BAN = {"sectors": ["household-appliances"], "countries": ["USA"], "measure_types": ["ban-licence"]}


@pytest.fixture
def banned(make: Make) -> int:
    """A notice that would be red for one reader."""
    with unit_of_work() as session:
        one = subscriptions.subscribe(session, "li@firm.example.org", hs=["8516"])
        person = session.get_one(Subscriber, one.subscriber_id)
        person.confirmed_at = one.confirmed_at = types.now()
    near = types.now().date() + dt.timedelta(days=7)
    return make("Ban on kettles", tags=BAN, hs=["851671"], comment_deadline=near, members=["USA"])


def rows(table: Any) -> list[Any]:
    with reading() as session:
        return list(session.exec(select(table)).all())


def test_a_red_warning_is_shown_with_its_letter_before_it_goes(log_in: Any, banned: int, client: Any) -> None:
    analyst = log_in("analyst")
    assert f"/warnings/{banned}" in analyst.get("/warnings").text
    page = analyst.get(f"/warnings/{banned}")
    assert "将发给 1 人" in page.text
    assert "【红色预警】美国：家用电器" in page.text
    assert "红色待人工批准" in page.text
    assert "'sha256-" in page.headers["content-security-policy"]
    assert rows(Event)[0].reason == "new"
    assert len(rows(Event)) == 1
    api = client.get(f"/api/v1/notices/{banned}").json()
    assert (api["level"], api["level_parts"]["red_awaits_approval"]) == ("orange", True)
    wrong = analyst.post(
        f"/warnings/{banned}", data={"csrf": analyst.csrf, "act": "approve", "recipients": 2}
    )
    assert wrong.status_code == 422
    form = {"csrf": analyst.csrf, "act": "approve", "recipients": 1}
    assert analyst.post(f"/warnings/{banned}", data=form).status_code == 303
    assert "【红色预警】" in rows(Approval)[0].sample
    assert [one.reason for one in rows(Event)] == ["new", "warning"]
    assert [one.what for one in rows(Audit)] == ["red.approved"]
    assert client.get(f"/api/v1/notices/{banned}").json()["level"] == "red"
    assert "红色 · 紧急" in client.get(f"/notices/{banned}").text
    grade.handle([banned])
    assert client.get("/api/v1/notices?level=red").json()["items"][0]["id"] == banned


def test_whoever_raised_a_level_cannot_approve_it(log_in: Any, make: Make, banned: int, client: Any) -> None:
    day = types.now().date()
    quiet = make("Kettles", tags={**BAN, "measure_types": ["safety"]}, hs=["851671"],
                 comment_deadline=day + dt.timedelta(days=7))  # fmt: skip
    analyst, other = log_in("analyst"), log_in("admin")
    path = f"/warnings/{quiet}"
    assert client.get(f"/api/v1/notices/{quiet}").json()["level"] == "orange"
    empty = analyst.post(path, data={"csrf": analyst.csrf, "act": "level", "steps": 1, "why": " "})
    assert empty.status_code == 422
    word = {"csrf": analyst.csrf, "act": "level", "steps": 1, "why": "三家企业已被退运"}
    assert analyst.post(path, data=word).status_code == 303
    assert [(one.steps, one.why) for one in rows(LevelWord)] == [(1, "三家企业已被退运")]
    page = client.get(f"/notices/{quiet}").text
    assert "分析员上调一级" in page
    assert "三家企业已被退运" in page
    assert "需要另一位分析员批准" in analyst.get(path).text
    form = {"act": "approve", "recipients": 1}
    assert analyst.post(path, data={**form, "csrf": analyst.csrf}).status_code == 422
    assert other.post(path, data={**form, "csrf": other.csrf}).status_code == 303
    assert client.get(f"/api/v1/notices/{quiet}").json()["level"] == "red"
    lower = {"csrf": analyst.csrf, "act": "level", "steps": -1, "why": "已推迟"}
    analyst.post(f"/warnings/{banned}", data=lower)
    parts = client.get(f"/api/v1/notices/{banned}").json()["level_parts"]
    assert (parts["analyst"], parts["red_awaits_approval"]) == (-1, False)


def test_a_refused_warning_stays_orange(log_in: Any, banned: int, client: Any) -> None:
    analyst = log_in("analyst")
    analyst.post(f"/warnings/{banned}", data={"csrf": analyst.csrf, "act": "refuse"})
    assert f"/warnings/{banned}" not in analyst.get("/warnings").text
    assert client.get(f"/api/v1/notices/{banned}").json()["level"] == "orange"


def test_two_approvals_where_two_are_asked_for(
    log_in: Any, banned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_RED_APPROVALS", "2")
    settings.cache_clear()
    first, second = log_in("analyst"), log_in("admin")
    for person, said in ((first, "需要另一位"), (second, "批准，立即发给 1 人")):
        assert f"/warnings/{banned}" in person.get("/warnings").text
        person.post(
            f"/warnings/{banned}", data={"csrf": person.csrf, "act": "approve", "recipients": 1}
        ) if person is first else None
        assert said in person.get(f"/warnings/{banned}").text
    assert len(rows(Event)) == 1


def test_mail_is_stopped_and_goes_on_with_a_reason(log_in: Any, banned: int) -> None:
    admin = log_in("admin")
    with unit_of_work() as session:
        session.add(Alarm(kind="mail_canary", message="of the first 10 letters 2 were taken"))
        session.add(Alarm(kind="another", message="x"))
    page = admin.get("/admin/mail").text
    assert "正在发信" in page
    assert "首批信件被拒" in page
    admin.post("/admin/mail", data={"csrf": admin.csrf, "act": "stop", "why": "模板有误"})
    assert [(one.by, one.why) for one in rows(Switch)] == [("admin@example.org", "模板有误")]
    with reading() as session:
        assert deliver.pending(session, 10) == []
    assert "已停止发信" in admin.get("/admin/mail").text
    admin.post("/admin/mail", data={"csrf": admin.csrf, "act": "go_on"})
    assert rows(Switch) == []
    assert [one.what for one in rows(Audit)] == ["mail.stopped", "mail.goes_on"]


def test_a_request_for_help_is_assigned_answered_and_brought_by_a_letter(
    log_in: Any, banned: int, client: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as session:
        person = session.exec(select(Subscriber)).one()
        assistance.ask(session, person, session.get_one(Notice, banned), "需要哪些检测？")
    analyst = log_in("analyst")
    page = analyst.get("/help").text
    assert "需要哪些检测？" in page
    assert "li@firm" not in page
    number = rows(HelpRequest)[0].id
    due = types.now().date() + dt.timedelta(days=9)
    form = {"csrf": analyst.csrf, "act": "assign", "owner": "analyst@example.org", "due_on": due.isoformat()}
    assert analyst.post(f"/help/{number}", data=form).status_code == 303
    assert (rows(HelpRequest)[0].owner, rows(HelpRequest)[0].due_on) == ("analyst@example.org", due)
    answer = {"csrf": analyst.csrf, "act": "answer", "answer": ""}
    assert analyst.post(f"/help/{number}", data=answer).status_code == 422
    assert analyst.post(f"/help/{number}", data={**answer, "answer": "请做 UL 1082。"}).status_code == 303
    assert analyst.post("/help/999", data={**answer, "answer": "x"}).status_code == 404
    assert "请做 UL 1082" in analyst.get("/help?state=answered").text
    with Mailbox(tmp_path / "box") as box:
        monkeypatch.setenv("TBT_SMTP_PORT", str(box.port))
        monkeypatch.setenv("TBT_SMTP_STARTTLS", "never")
        settings.cache_clear()
        with reading() as session:
            ids = deliver.pending(session, 10)
        deliver.handle(ids)
        letters = [email.message_from_bytes(raw, policy=email.policy.default) for raw in box.letters()]
    [letter] = [one for one in letters if "求助已有答复" in one["Subject"]]
    text = letter.get_body(("plain",)).get_content()
    assert "请做 UL 1082。" in text
    path = re.search(r"/feedback/\S+", text)
    assert path
    assert "请做 UL 1082。" in client.get(path[0]).text


def test_an_official_sees_how_requests_for_help_go_and_cannot_answer_them(
    log_in: Any, banned: int, client: Any
) -> None:
    with unit_of_work() as session:
        person = session.exec(select(Subscriber)).one()
        number = assistance.ask(session, person, session.get_one(Notice, banned), "需要哪些检测？").id
    official = log_in("official")

    def told() -> dict[str, int]:
        page = official.get("/risk").text.partition("企业求助</h2>")[2]
        return {name: int(n) for n, name in re.findall(r'"><strong>(\d+)</strong>([^<]+)</a>', page)}

    assert told() == {"待答复": 1, "其中已超期": 0, "本期已答复": 0}
    page = official.get("/help").text
    assert "需要哪些检测？" in page
    assert "<textarea" not in page
    form = {"csrf": official.csrf, "act": "answer", "answer": "x"}
    assert official.post(f"/help/{number}", data=form).status_code == 403
    with unit_of_work() as session:
        one = session.get_one(HelpRequest, number)
        one.asked_at -= dt.timedelta(hours=30)
        one.due_on = today(types.now()) - dt.timedelta(days=1)
    assert told() == {"待答复": 1, "其中已超期": 1, "本期已答复": 0}
    with unit_of_work() as session:
        assistance.answer(session, number, "analyst@example.org", "请做 UL 1082。")
    assert told() == {"待答复": 0, "其中已超期": 0, "本期已答复": 1}
    assert "一半的答复在 30 小时内给出" in official.get("/risk").text
    assert "请做 UL 1082。" in official.get("/help?state=answered").text
    assert "企业求助" not in client.get("/risk").text


def test_a_red_that_reaches_nobody_is_listed_apart_and_can_be_approved(make: Make, log_in: Any) -> None:
    day = types.now().date()
    number = make(
        "Ban of grain", tags=BAN | {"sectors": ["food"]}, comment_deadline=day + dt.timedelta(days=5)
    )
    analyst = log_in("analyst")
    page = analyst.get("/warnings").text
    assert "没有待批准的红色预警" in page
    assert f'href="/warnings/{number}"' in page.partition("<details")[2]
    form = {"csrf": analyst.csrf, "act": "approve", "recipients": "0"}
    assert analyst.post(f"/warnings/{number}", data=form).status_code == 303
    assert f'href="/warnings/{number}"' not in analyst.get("/warnings").text


def test_only_analysts_and_administrators_come_in(log_in: Any, client: Any, banned: int) -> None:
    official = log_in("official")
    for path in ("/warnings", f"/warnings/{banned}", "/admin/mail"):
        assert client.get(path).status_code == 303
        assert official.get(path).status_code == 403
    assert log_in("analyst").get("/warnings/999").status_code == 404


def test_the_analysts_words_stand_on_every_page_and_in_json(make: Make, client: Any) -> None:
    day = types.now().date()
    number = make(
        "Ban on kettles",
        tags=BAN,
        published_on=day,
        in_force_on=day + dt.timedelta(days=9),
        first_seen_at=types.now() - dt.timedelta(minutes=1),  # a brief tells what was stored by its second
    )
    path = f"/api/v1/notices/{number}"
    composed = client.get(path).json()
    assert composed["title_zh"].startswith("越南：家用电器")
    assert (composed["title_by"], composed["gist_by"], len(composed["gist_zh"])) == ("machine", "machine", 3)
    shown = {"title_zh": "越南禁止进口电水壶", "gist_zh": "第一行\n第二行", "card": {}}
    with unit_of_work() as session:
        session.add(Editorial(notice_id=number, published=shown))
    found = client.get(path).json()
    assert (found["title_zh"], found["gist_zh"]) == (shown["title_zh"], ["第一行", "第二行"])
    assert (found["title_by"], found["gist_by"]) == ("analyst", "analyst")
    assert client.get("/api/v1/notices").json()["items"][0]["title_zh"] == shown["title_zh"]
    for page in ("/", "/risk", "/risk/brief", f"/notices/{number}"):
        answer = client.get(page, follow_redirects=True)
        assert shown["title_zh"] in answer.text, page
    assert "越南禁止進口電水壺" in client.get(f"/notices/{number}?lang=zh-Hant").text
