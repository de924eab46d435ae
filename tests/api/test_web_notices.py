import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from alerts import grade
from alerts.dates import today
from api import levels, tags
from database.session import reading, unit_of_work
from database.tables import Decision, Document, Event, Label, LevelWord, Notice, Tag

Make = Callable[..., int]

LIST = "/api/v1/notices"
TOYS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}
ITEM = {
    "id", "source", "symbols", "kind", "area", "language", "title", "title_zh", "members", "sectors",
    "found_by", "markets", "measure_types", "level", "published_on", "comment_deadline", "days_left",
    "open_for_comment", "in_force_on", "url", "page",
}  # fmt: skip


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


def walk(client: TestClient, url: str) -> list[int]:
    found, following = [], url
    while following:
        answer = client.get(following)
        found += ids(answer)
        following = answer.json()["next"]
    return found


@pytest.mark.usefixtures("moment")
def test_a_list_item_has_every_fact_of_the_contract(client: TestClient, make: Make) -> None:
    number = make(tags=TOYS, comment_deadline=dt.date(2026, 3, 20), in_force_on=dt.date(2026, 9, 1))
    body = client.get(LIST).json()
    assert body["next"] is None
    item = body["items"][0]
    assert set(item) == ITEM
    assert item["id"] == number
    assert item["sectors"] == ["toys-children"]
    assert item["markets"] == ["BRI"]
    assert item["title_zh"] == "越南：玩具与儿童用品——产品安全（通报）"
    assert item["days_left"] == 10
    assert item["open_for_comment"] is True
    assert item["page"].endswith(f"/notices/{number}")


@pytest.mark.usefixtures("moment")
def test_each_filter_finds_its_own(client: TestClient, make: Make) -> None:
    toy = make("Toys", tags=TOYS, hs=["950300"], comment_deadline=dt.date(2026, 3, 20))
    food = make(
        "婴儿配方奶粉的标签", language="zh", source="eu_safety_gate", published_on=dt.date(2025, 6, 1),
        tags={"sectors": ["food"], "markets": ["EU"], "countries": ["EU"], "measure_types": ["labelling"]},
        hs=["0402"],
    )  # fmt: skip
    asked = {
        "sector=toys-children": toy, "market=EU": food, "country=VNM": toy, "hs=9503": toy, "hs=04": food,
        "measure_type=labelling": food, "source=eu_safety_gate": food, "open_for_comment=true": toy,
        "open_for_comment=false": food, "q=toys": toy, "q=奶粉": food, "q=嬰兒配方奶粉": food,
        "published_to=2025-12-31": food, "published_from=2026-01-01": toy, "level=orange": toy,
        "level=blue,yellow": food,
    }  # fmt: skip
    assert {query: ids(client.get(f"{LIST}?{query}")) for query in asked} == {
        query: [number] for query, number in asked.items()
    }
    assert ids(client.get(f"{LIST}?sector=toys-children&market=EU")) == []
    assert sorted(ids(client.get(f"{LIST}?sector=toys-children&sector=food"))) == [toy, food]
    assert sorted(ids(client.get(f"{LIST}?sector=toys-children,food"))) == [toy, food]


def test_words_without_a_letter_find_nothing(client: TestClient, make: Make) -> None:
    make()
    assert ids(client.get(LIST, params={"q": "!!!"})) == []
    assert len(ids(client.get(LIST, params={"q": "  "}))) == 1


def test_paging_neither_repeats_nor_skips_while_rows_arrive(client: TestClient, make: Make) -> None:
    same_day = dt.date(2026, 2, 1)
    old = [make(published_on=same_day) for _ in range(3)] + [make(published_on=None) for _ in range(2)]
    old += [make(published_on=dt.date(2025, 1, day)) for day in (1, 2)]
    answer = client.get(f"{LIST}?limit=2")
    found = ids(answer)
    newest = make(published_on=dt.date(2026, 12, 1))
    make(published_on=same_day)
    found += walk(client, answer.json()["next"])
    assert sorted(found) == sorted(old)
    assert len(found) == len(set(found))
    assert ids(client.get(f"{LIST}?limit=1")) == [newest]


@pytest.mark.usefixtures("moment")
def test_the_nearest_deadline_comes_first_and_closed_ones_follow(client: TestClient, make: Make) -> None:
    late = make(comment_deadline=dt.date(2026, 6, 1), published_on=dt.date(2026, 1, 1))
    soon = make(comment_deadline=dt.date(2026, 3, 12), published_on=dt.date(2026, 1, 2))
    past = make(comment_deadline=dt.date(2026, 3, 1), published_on=dt.date(2026, 1, 3))
    none = make(published_on=dt.date(2026, 1, 4))
    gone = make(comment_deadline=dt.date(2026, 3, 11), withdrawn=True, published_on=dt.date(2026, 1, 5))
    undated = make(published_on=None)
    expected = [soon, late, gone, none, past, undated]
    assert walk(client, f"{LIST}?sort=deadline&limit=1") == expected
    assert walk(client, f"{LIST}?sort=deadline&limit=4") == expected


@pytest.mark.usefixtures("moment")
def test_the_most_pressing_come_first_and_words_in_a_title_before_others(
    client: TestClient, make: Make
) -> None:
    ban = {"measure_types": ["ban-licence"]}
    calm = make("Milk", published_on=dt.date(2026, 1, 5))
    near = make("Cheese", tags=ban, comment_deadline=dt.date(2026, 3, 20), published_on=dt.date(2026, 1, 1))
    far = make(
        "Else",
        text="of milk",
        tags=ban,
        comment_deadline=dt.date(2026, 3, 21),
        published_on=dt.date(2026, 1, 6),
    )
    levels = {one["id"]: one["level"] for one in client.get(LIST).json()["items"]}
    order = ["red", "orange", "yellow", "blue"]
    assert order.index(levels[near]) < order.index(levels[calm])
    for limit in (1, 3):
        found = walk(client, f"{LIST}?sort=level&limit={limit}")
        assert [levels[one] for one in found] == sorted((levels[one] for one in found), key=order.index)
        assert found == [far, near, calm]
        assert walk(client, f"{LIST}?q=milk&sort=relevance&limit={limit}") == [calm, far]
    assert walk(client, f"{LIST}?q=milk&sort=newest") == [far, calm]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("sector=nonsense", "sector"), ("market=XX", "market"), ("country=ZZZ", "country"),
        ("measure_type=x", "measure_type"), ("source=x", "source"), ("level=purple", "level"),
        ("hs=x", "hs"), ("hs=1", "hs"), ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"),
        ("sort=x", "sort"), ("format=pdf", "format"), ("cursor=zzz", "cursor"), ("cursor=W10", "cursor"),
        ("q=" + "a" * 201, "q"), ("q=a%00b", "q"), ("published_from=1.1.2026", "published_from"),
        ("published_from=1700000000", "published_from"), ("open_for_comment=maybe", "open_for_comment"),
        ("sectors=food", "sectors"), ("limit=" + "9" * 400, "limit"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_with_what_would_do(
    client: TestClient, query: str, parameter: str
) -> None:
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["errors"][0]["parameter"] == parameter
    if parameter in ("sector", "market", "country", "measure_type", "source", "level"):
        assert problem["errors"][0]["allowed"]


@pytest.mark.usefixtures("moment")
def test_a_notice_tells_all_facts_with_evidence_and_provenance(client: TestClient, make: Make) -> None:
    span = {"field": "title", "start": 10, "end": 14, "text": "toys"}
    number = make(
        tags=TOYS, evidence={("sector", "toys-children"): [span]}, hs=["950300"], text="All toys.",
        links=[{"title": "Draft", "url": "https://example.org/draft.pdf"}],
        comment_deadline_raw="60 days",
    )  # fmt: skip
    found = client.get(f"{LIST}/{number}").json()
    assert found["sectors"] == [{"code": "toys-children", "score": 0.8, "by": "rules", "evidence": [span]}]
    assert found["markets"][0]["countries"] == ["VNM"]
    assert found["comment_deadline"] is None
    assert found["comment_deadline_raw"] == "60 days"
    assert found["snapshot"]["sha256"] == "ab" * 32
    assert found["versions"][0]["version"] == 1
    assert found["documents"] == [{"title": "Draft", "url": "https://example.org/draft.pdf"}]
    assert found["hs"] == ["950300"]


def test_what_an_analyst_decided_is_told_as_such(client: TestClient, make: Make) -> None:
    number = make(tags=TOYS)
    with unit_of_work() as session:
        session.add(Tag(notice_id=number, kind="sector", code="food"))
        session.add(
            Decision(notice_id=number, kind="sector", code="food", concerned=True, by="a@example.org")
        )
    sectors = {one["code"]: one["by"] for one in client.get(f"{LIST}/{number}").json()["sectors"]}
    assert sectors == {"food": "analyst", "toys-children": "rules"}


def test_a_measure_tells_its_documents_and_what_happened(client: TestClient, make: Make) -> None:
    first = make(comment_deadline=dt.date(2026, 4, 1), published_on=dt.date(2026, 2, 1))
    measure = client.get(f"{LIST}/{first}").json()["measure_id"]
    later = make(
        kind="addendum", measure_id=measure, published_on=dt.date(2026, 3, 1),
        comment_deadline=dt.date(2026, 5, 1), events=[("deadline_moved", "2026-04-01", "2026-05-01")],
    )  # fmt: skip
    found = client.get(f"/api/v1/measures/{measure}").json()
    assert [one["id"] for one in found["items"]] == [first, later]
    assert [(one["day"], one["what"], one["notice_id"]) for one in found["timeline"]] == [
        ("2026-02-01", "published", first),
        ("2026-03-01", "published", later),
        ("2026-03-01", "deadline_moved", later),
        ("2026-04-01", "comment_deadline", first),
        ("2026-05-01", "comment_deadline", later),
    ]
    assert found["keys"] == [f"key {measure}"]


def test_risk_counts_each_cell(client: TestClient, make: Make, moment: dt.datetime) -> None:
    make(tags={**TOYS, "markets": ["US", "BRI"]}, comment_deadline=dt.date(2026, 4, 1))
    make(tags={**TOYS, "measure_types": ["recall"]})
    make(tags=TOYS, published_on=dt.date(2020, 1, 1))
    found = client.get("/api/v1/risk").json()
    assert found["published_to"] == today(moment).isoformat()
    assert found["items"] == [
        {"sector": "toys-children", "market": "BRI", "notices": 2, "open_for_comment": 1, "severe": 1},
        {"sector": "toys-children", "market": "US", "notices": 1, "open_for_comment": 1, "severe": 0},
    ]
    assert client.get("/api/v1/risk?market=US").json()["items"] == found["items"][1:]


def test_the_level_in_sql_is_the_level_in_python(make: Make, moment: dt.datetime) -> None:
    day = today(moment)
    chapters = [[], ["95"], ["01", "02", "95"]]
    for kinds in ([], ["labelling"], ["safety"], ["recall", "labelling"]):
        for days in (None, -1, 0, 14, 15, 60, 61):
            for hs in chapters:
                deadline = None if days is None else day + dt.timedelta(days=days)
                use = "comment_deadline" if len(hs) != 1 else "in_force_on"
                make(tags={"measure_types": kinds}, hs=hs, withdrawn=days == 15, **{use: deadline})
    with unit_of_work() as session:
        red = next(
            one.id
            for one in session.exec(select(Notice).join(Tag).where(Tag.code == "recall"))
            if levels.level(one, ["recall"], day) == "red"
        )
        session.add(Event(notice_id=red, version=1, reason="warning"))
        session.add(LevelWord(notice_id=max(session.exec(select(Notice.id))), steps=1, why="…", by="a"))
    grade.handle(list(range(1, 100)))
    with reading() as session:
        notices = session.exec(select(Notice)).all()
        shown = levels.graded(session, notices, tags.of(session, [one.id or 0 for one in notices]), day)
        seen = set()
        for name in ("blue", "yellow", "orange", "red"):
            found = set(session.exec(select(Notice.id).where(levels.condition([name]))))
            assert found == {number for number, one in shown.items() if one.name == name}
            seen |= {name} if found else set()
        assert [number for number, one in shown.items() if one.name == "red"] == [red]
        assert sum(one.awaits for one in shown.values()) > 1
    assert seen == {"blue", "yellow", "orange", "red"}


@pytest.mark.usefixtures("moment")
def test_linked_texts_say_what_became_of_them_and_carry_evidence(client: TestClient, make: Make) -> None:
    draft, annex = "https://example.org/draft.pdf", "https://example.org/files/annex.pdf"
    number = make(links=[{"title": "Draft", "url": draft}])
    with unit_of_work() as session:
        scan = Document(notice_id=number, url=draft, title="Draft", status="scanned", kind="pdf", pages=12)
        text = Document(notice_id=number, url=annex, title="", status="text", kind="pdf", pages=3)
        text.language, text.text = "vi", "Đồ chơi trẻ em"
        session.add_all([scan, text])
        session.flush()
        span = {"field": "document", "start": 0, "end": 7, "text": "Đồ chơi", "document": text.id}
        session.add(Label(notice_id=number, kind="sector", code="toys-children", by="model", evidence=[span]))
        session.add(Tag(notice_id=number, kind="sector", code="toys-children"))
    found = client.get(f"{LIST}/{number}").json()
    assert [(one["url"], one["status"], one["pages"], one["language"]) for one in found["texts"]] == [
        (draft, "scanned", 12, ""),
        (annex, "text", 3, "vi"),
    ]
    assert found["sectors"][0]["evidence"] == [span]
    page = client.get(f"/notices/{number}?lang=en").text
    assert "scanned, no text to read" in page
    assert "text read · PDF · 3 pages · Vietnamese" in page
    assert "attached text Đồ chơi" in page
