import datetime as dt
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from alerts import links, subscriptions
from api import gate
from database import types
from database.session import reading, unit_of_work
from database.tables import Letter, Subscriber, Subscription, Suppression

FORM = {"email": "chen@toys.example.com", "sector": ["toys-children"], "market": ["US"], "agreed": "yes"}
Holder = Callable[..., tuple[Subscriber, Subscription]]


@pytest.fixture
def holder(database: str) -> Holder:
    def one(*, confirmed: bool = True) -> tuple[Subscriber, Subscription]:
        with unit_of_work() as session:
            wish = subscriptions.subscribe(session, "li@example.com", sectors=["food"], keywords=["茶叶"])
            person = session.get_one(Subscriber, wish.subscriber_id)
            if confirmed:
                subscriptions.confirm(session, links.token("confirm", person.token, [wish.id]))
            return person, wish

    return one


def person() -> Subscriber:
    with reading() as session:
        return session.exec(select(Subscriber)).one()


def wish() -> Subscription:
    with reading() as session:
        return session.exec(select(Subscription)).one()


def test_the_form_stores_a_wish_with_its_consent_and_says_look_into_your_mailbox(client: TestClient) -> None:
    answer = client.post(
        "/subscribe", data={**FORM, "hs": "8516，9503.00", "keywords": "毛绒玩具、plush toys"}
    )
    assert answer.status_code == 303
    assert "请查收确认邮件" in client.get(answer.headers["location"]).text
    assert wish().sectors == ["toys-children"]
    assert wish().hs == ["8516", "950300"]
    assert wish().keywords == ["毛绒玩具", "plush toys"]
    assert person().confirmed_at is None
    assert person().consent["source"] == "page"
    assert "退订" in person().consent["text"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "nonsense"}, "邮箱"), ({"hs": "abc"}, "HS"), ({"keywords": "x" * 70}, "关键词"),
        ({"agreed": ""}, "请先勾选同意"), ({"sector": ["zzz"]}, "zzz"), ({"pace": "hourly"}, "hourly"),
        ({"email": "<script>alert(1)</script>"}, "邮箱"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_explained_and_nothing_is_lost(
    client: TestClient, change: dict[str, object], words: str
) -> None:
    answer = client.post("/subscribe", data={**FORM, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "<script>alert" not in answer.text
    assert 'value="US" checked' in answer.text
    with reading() as session:
        assert session.exec(select(Subscription)).all() == []


def test_a_search_fills_the_form_in(client: TestClient) -> None:
    page = client.get("/subscribe?sector=food&sector=zzz&market=EU&hs=8516&keyword=<b>").text
    assert 'value="food" checked' in page
    assert 'value="EU" checked' in page
    assert 'value="8516"' in page
    assert 'value="&lt;b&gt;"' in page


def test_the_interface_answers_the_same_whoever_is_known(client: TestClient, holder: Holder) -> None:
    holder()
    known = client.post("/api/v1/subscriptions", json={"email": "li@example.com", "sectors": ["food"]})
    fresh = client.post("/api/v1/subscriptions", json={"email": "new@example.com", "sectors": ["food"]})
    assert known.status_code == fresh.status_code == 202
    assert known.json() == fresh.json()


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"email": "x"}, "email"), ({}, "email"), ({"email": 1}, "email"),
        ({"email": "a@b.com", "sectors": ["zzz"]}, "sectors"), ({"email": "a@b.com", "hs": ["abc"]}, "hs"),
        ({"email": "a@b.com", "hour": 24}, "hour"), ({"email": "a@b.com", "hour": "8"}, "hour"),
        ({"email": "a@b.com", "unknown": 1}, "unknown"), ({"email": "a@example.com", "pace": "x"}, "pace"),
        ({"email": "a@b.com\x00"}, "email"), ({"email": "a@b.com", "keywords": ["x"] * 101}, "keywords"),
    ],
)  # fmt: skip
def test_a_wrong_wish_is_a_problem_that_names_the_field(
    client: TestClient, body: dict[str, object], parameter: str
) -> None:
    answer = client.post("/api/v1/subscriptions", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["parameter"] == parameter


def test_a_body_that_is_no_json_is_a_problem(client: TestClient) -> None:
    answer = client.post("/api/v1/subscriptions", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_opening_the_confirmation_confirms_nothing_and_pressing_does(
    client: TestClient, holder: Holder
) -> None:
    one, first = holder(confirmed=False)
    path = f"/confirm/{links.token('confirm', one.token, [first.id])}"
    page = client.get(path)
    assert "食品饮料" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert person().confirmed_at is None
    answer = client.post(path)
    assert answer.status_code == 303
    assert person().confirmed_at is not None
    mine = client.get(answer.headers["location"]).text
    assert "订阅已确认" in mine
    assert "茶叶" in mine


def test_opening_the_unsubscribe_link_ends_nothing_and_pressing_does(
    client: TestClient, holder: Holder
) -> None:
    one, _ = holder()
    path = f"/u/{links.token('unsubscribe', one.token)}"
    assert "<form" in client.get(path).text
    client.head(path)
    assert person().ended_at is None
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert person().ended_at is not None
    assert client.post(path, content=b"").status_code == 200
    undone = client.post(f"{path}/undo")
    assert undone.status_code == 303
    assert person().ended_at is None
    assert client.get(undone.headers["location"]).status_code == 200


def test_a_person_pauses_resumes_and_ends(client: TestClient, holder: Holder) -> None:
    one, first = holder()
    path = f"/me/{links.token('manage', one.token)}"
    assert "li@example.com" in client.get(path).text
    assert (
        client.post(path, data={"action": "pause", "subscription": first.id, "days": 30}).status_code == 303
    )
    until = wish().paused_until
    assert until is not None
    assert until > dt.datetime.now(dt.UTC) + dt.timedelta(days=29)
    assert "暂停至" in client.get(path).text
    client.post(path, data={"action": "resume", "subscription": first.id})
    assert wish().paused_until is None
    client.post(path, data={"action": "end", "subscription": first.id})
    assert wish().ended_at is not None
    assert client.post(path, data={"action": "end", "subscription": 99}).status_code == 404
    assert client.post(path, data={"action": "explode"}).status_code == 422


def test_links_that_are_not_ours_or_too_old_say_what_to_do(
    client: TestClient, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, first = holder(confirmed=False)
    for purpose in ("confirm", "me", "u"):
        for answer in (client.get(f"/{purpose}/x.y.z"), client.post(f"/{purpose}/x", data={"action": "end"})):
            assert answer.status_code == 404
            assert "链接无效" in answer.text
    token = links.token("confirm", one.token, [first.id])
    monkeypatch.setattr(links, "CONFIRM_SECONDS", -1)
    assert client.get(f"/confirm/{token}").status_code == 410
    assert client.post(f"/confirm/{token}").status_code == 410
    assert person().confirmed_at is None


def test_a_subscription_is_followed_by_feed_and_calendar(client: TestClient, holder: Holder) -> None:
    _, first = holder()
    for path in (f"/feeds/{first.token}.atom", f"/calendars/{first.token}.ics"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_the_confirmation_letter_is_owed(client: TestClient) -> None:
    client.post("/subscribe", data=FORM)
    with reading() as session:
        assert re.fullmatch("confirmation", session.exec(select(Letter.kind)).one())


def test_what_is_typed_is_suggested_as_heading_and_sector(client: TestClient) -> None:
    def asked(query: str, language: str = "zh") -> list[dict[str, str]]:
        return client.get("/subscribe/suggest", params={"q": query, "lang": language}).json()["items"]

    kettle = {"value": "8516:household-appliances", "hs": "8516", "heading": "电热器具", "sector": "家用电器"}
    assert asked("电饭煲")[0] == asked("家用電飯煲")[0] == asked("8516.71")[0] == kettle
    assert asked("电饭")[0] == kettle
    assert asked("toy", "en")[0]["sector"] == "Toys and children's products"
    assert asked("電飯煲", "zh-Hant")[0]["heading"] == "電熱器具"
    assert {"value": ":ppe-fire", "hs": "", "heading": "", "sector": "防护用品与消防"} in asked("口罩") or (
        len(asked("口罩")) > 1
    )
    assert asked("") == asked("x") == asked("qqqqqq") == []
    assert client.get("/subscribe/suggest", params={"q": "x" * 61}).status_code == 422


def test_without_scripts_a_button_looks_the_codes_up(client: TestClient) -> None:
    page = client.post("/subscribe", data={"keywords": "毛绒玩具、电饭煲", "act": "lookup"}).text
    assert 'name="pick" value="9503:toys-children" checked' in page
    assert "HS 8516 电热器具 · 家用电器" in page
    client.post(
        "/subscribe", data={**FORM, "sector": [], "keywords": "毛绒玩具", "pick": "9503:toys-children"}
    )
    assert (wish().hs, wish().sectors, wish().keywords) == (["9503"], ["toys-children"], ["毛绒玩具"])


def test_every_field_of_a_wish_is_in_the_form(client: TestClient) -> None:
    more = {
        "excludes": "样机，展品", "measure_type": ["safety"], "min_level": "yellow", "pace": "weekly",
        "weekday": "4", "hour": "17", "urgent": "yes", "quiet": "yes", "name": "玩具出口", "country": ["VNM"],
    }  # fmt: skip
    assert client.post("/subscribe", data={**FORM, **more}).status_code == 303
    one = wish()
    assert (one.excludes, one.measure_types, one.min_level) == (["样机", "展品"], ["safety"], "yellow")
    assert (one.pace, one.weekday, one.hour, one.urgent, one.quiet) == ("weekly", 4, 17, True, True)
    assert (one.name, one.countries) == ("玩具出口", ["VNM"])


@pytest.mark.parametrize(
    ("change", "field"),
    [({"hour": "24"}, "24"), ({"weekday": "x"}, "x"), ({"min_level": "purple"}, "purple"),
     ({"measure_type": ["zzz"]}, "zzz"), ({"excludes": "x"}, "x"), ({"name": "x" * 81}, "80"),
     ({"pick": "abc:zzz"}, "zzz")],
)  # fmt: skip
def test_a_wrong_detail_is_explained(client: TestClient, change: dict[str, object], field: str) -> None:
    answer = client.post("/subscribe", data={**FORM, **change})
    assert answer.status_code == 422
    assert field in answer.text.partition('role="alert"')[2][:300]


def test_a_preview_comes_before_a_broad_wish_is_saved(client: TestClient, make: Callable[..., int]) -> None:
    today = types.now().date()
    make("Safety of toys", tags={"sectors": ["toys-children"], "markets": ["US"]}, published_on=today)
    page = client.post("/subscribe", data={**FORM, "email": "", "act": "preview"}).text
    assert re.search(r'figure">1</strong> 条来自近 30 天', page)
    everything = {"email": "chen@toys.example.com", "agreed": "yes", "pace": "at_once"}
    answer = client.post("/subscribe", data=everything)
    assert answer.status_code == 200
    assert "将改为每周一封" in answer.text
    with reading() as session:
        assert session.exec(select(Subscription)).all() == []
    assert client.post("/subscribe", data={**everything, "seen": "yes"}).status_code == 303
    assert wish().pace == "weekly"
    part = client.post("/subscribe/preview", data={"sector": ["toys-children"]}).text
    assert "<html" not in part
    assert 'name="seen"' in part
    assert "HS" in client.post("/subscribe/preview", data={"hs": "abc"}).text


def test_a_subscription_is_changed_by_the_same_form(client: TestClient, holder: Holder) -> None:
    one, first = holder()
    path = f"/me/{links.token('manage', one.token)}/{first.id}"
    page = client.get(path).text
    assert 'value="茶叶"' in page
    assert 'value="food" checked' in page
    assert client.post(path, data={"sector": ["food"], "hs": "abc"}).status_code == 422
    done = client.post(path, data={"sector": ["food"], "hs": "0902", "pace": "weekly", "weekday": "2"})
    assert "已保存修改" in client.get(done.headers["location"]).text
    assert (wish().hs, wish().keywords, wish().pace, wish().weekday) == (["0902"], [], "weekly", 2)
    assert wish().looked_back_at is None
    assert client.get(path.rpartition("/")[0] + "/999").status_code == 404


def test_a_person_joins_and_leaves_an_organisation_by_its_credit_code(
    client: TestClient, holder: Holder
) -> None:
    one, _ = holder()
    me = f"/me/{links.token('manage', one.token)}"
    wrong = client.post(me, data={"action": "join", "uscc": "123"})
    assert wrong.status_code == 422
    assert "统一社会信用代码" in wrong.text
    client.post(me, data={"action": "join", "uscc": "91350100m000100y43", "firm": "甲厂"})
    page = client.get(me).text
    assert "甲厂" in page
    assert "1 位收件人" in page
    client.post(me, data={"action": "leave"})
    assert person().organisation_id is None


def test_a_person_chooses_the_language_takes_the_data_and_is_forgotten(
    client: TestClient, holder: Holder
) -> None:
    one, _ = holder()
    me = f"/me/{links.token('manage', one.token)}"
    client.post(me, data={"action": "language", "language": "zh-Hant"})
    assert person().language == "zh-Hant"
    assert client.post(me, data={"action": "language", "language": "fr"}).status_code == 422
    kept = client.get(f"{me}/export.json")
    assert kept.json()["subscriber"]["email"] == "li@example.com"
    assert kept.headers["cache-control"] == "no-store"
    assert one.token not in kept.text
    client.post(me, data={"action": "erase"})
    assert person().email == "li@example.com"
    answer = client.post(me, data={"action": "erase", "sure": "yes"})
    assert "您的数据已删除" in client.get(answer.headers["location"]).text
    assert person().email.endswith("@erased.invalid")
    assert client.get(me).status_code == 404
    with reading() as session:
        assert session.exec(select(Subscription)).all() == []
        assert len(session.exec(select(Suppression)).all()) == 1


def test_previews_are_so_many_a_minute(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "buckets", gate.Buckets())
    monkeypatch.setattr("api.pages.subscribe.PREVIEWS", 3)
    codes = [client.post("/subscribe/preview", data={"sector": ["food"]}).status_code for _ in range(4)]
    assert (codes[0], codes[-1]) == (200, 429)
