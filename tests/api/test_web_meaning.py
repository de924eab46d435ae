"""A word of the reader's language finds notices in others, by what it means."""

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api import meaning

Make = Callable[..., int]

TOYS = {"sectors": ["toys-children"]}


def _codes(query: str) -> list[str]:
    return [f"{one.kind}:{one.code}" for one in meaning.meanings(query)]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("玩具", ["sector:toys-children"]),
        ("電動玩具", ["sector:toys-children"]),
        ("ＴＯＹＳ", ["sector:toys-children"]),
        ("игрушки", ["sector:toys-children"]),
        ("越南", ["country:VNM"]),
        ("越南玩具召回", ["country:VNM", "sector:toys-children", "measure_type:recall"]),
        ("Viet Nam toys", ["country:VNM", "sector:toys-children"]),
        ("欧盟 锂电池", ["country:EU", "market:EU", "sector:batteries-new-energy"]),
        ("标签", ["measure_type:labelling"]),
        ("9503", ["hs:9503"]),
        ("安全", []),
        ("EN71", []),
        ("", []),
    ],
)
def test_a_word_means_what_the_lists_say(query: str, codes: list[str]) -> None:
    assert _codes(query) == codes


def test_the_last_product_of_a_chinese_compound_is_the_product() -> None:
    assert _codes("玩具电池") == ["sector:batteries-new-energy"]
    assert _codes("玩具 电池") == ["sector:toys-children", "sector:batteries-new-energy"]


@pytest.fixture
def shelf(make: Make) -> dict[str, int]:
    """Notices in four languages."""
    day = dt.date(2026, 1, 1)
    return {
        "chinese": make("玩具安全技术规范", tags=TOYS, language="zh", published_on=day),
        "english": make("Safety of toys", tags=TOYS, published_on=dt.date(2026, 2, 1)),
        "spanish": make(
            "Seguridad de los juguetes", tags=TOYS, language="es", published_on=dt.date(2026, 2, 2)
        ),
        "russian": make(
            "Безопасность игрушек",
            tags={**TOYS, "countries": ["VNM"]},
            language="ru",
            published_on=dt.date(2026, 2, 3),
        ),
        "other": make("Milk", tags={"sectors": ["food"]}, published_on=dt.date(2026, 2, 4)),
        "stated": make("Furniture", hs=["950300"], published_on=dt.date(2026, 2, 5)),
    }


def _found(client: TestClient, query: str, **more: str) -> list[tuple[int, str]]:
    answer = client.get("/api/v1/notices", params={"q": query, **more})
    assert answer.status_code == 200
    return [(one["id"], one["found_by"]) for one in answer.json()["items"]]


@pytest.mark.parametrize("query", ["玩具", "玩 具".replace(" ", "")])
def test_a_chinese_word_finds_every_language_and_its_own_first(
    client: TestClient, shelf: dict[str, int], query: str
) -> None:
    assert _found(client, query) == [
        (shelf["chinese"], "words"),
        (shelf["russian"], "meaning"),
        (shelf["spanish"], "meaning"),
        (shelf["english"], "meaning"),
    ]


def test_simplified_traditional_and_full_width_find_the_same(client: TestClient, make: Make) -> None:
    make("锂电池安全 UN38", language="zh")
    make("Lithium cells", tags={"sectors": ["batteries-new-energy"]})
    found = [_found(client, query) for query in ("锂电池", "鋰電池", "锂电池 ", "鋰电池")]
    assert len(found[0]) == 2
    assert all(one == found[0] for one in found)
    assert _found(client, "ＵＮ３８") == _found(client, "un38") == found[0][:1]


def test_every_word_counts_by_itself_or_by_its_meaning(client: TestClient, shelf: dict[str, int]) -> None:
    assert _found(client, "越南 игрушек") == [(shelf["russian"], "meaning")]
    assert _found(client, "越南玩具") == [(shelf["russian"], "meaning")]
    assert _found(client, "玩具 EN71") == []
    assert _found(client, "9503") == [(shelf["stated"], "meaning")]
    assert _found(client, "玩具", sector="food") == []


def test_pages_lead_from_the_words_to_their_meaning_without_gap_or_repetition(
    client: TestClient, shelf: dict[str, int]
) -> None:
    seen, address = [], "/api/v1/notices?q=玩具&limit=1"
    while address:
        body = client.get(address).json()
        seen += [one["id"] for one in body["items"]]
        address = body["next"]
    assert seen == [shelf[name] for name in ("chinese", "russian", "spanish", "english")]


def test_the_page_parts_words_from_meaning_and_counts_both(client: TestClient, shelf: dict[str, int]) -> None:
    page = client.get("/?q=玩具&lang=zh").text
    assert "共 4 条" in page
    heading = page.index("另见：玩具")
    assert page.index(f'/notices/{shelf["chinese"]}"') < heading < page.index(f'/notices/{shelf["russian"]}"')
    assert "另见" not in client.get("/?q=Milk&lang=zh").text.replace("另见：食品", "")


def test_a_download_holds_both_kinds_of_hits(client: TestClient, shelf: dict[str, int]) -> None:
    lines = client.get("/api/v1/notices?q=玩具&format=jsonl").text.splitlines()
    assert len(lines) == 4
