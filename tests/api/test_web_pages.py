import datetime as dt
import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from api import facets
from api.rendering import STATIC
from config.texts import LANGUAGES, catalogue

Make = Callable[..., int]

HOSTILE = "<script>alert(1)</script> \u202e\"'>&amp; evil"
PAGES = [
    "/",
    "/?q=toys",
    "/?sector=nonsense",
    "/sources",
    "/risk",
    "/subscribe",
    "/subscribe/sent",
    "/api/docs",
    "/nothing",
    "/u/x",
]
TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}


class Parts(HTMLParser):
    """What a page loads, where it leads, and whether it brings style or script of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.forms: list[str] = []
        self.ids: list[str] = []
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = found["lang"]
        self.loads += [found[name] for name in ("src", "srcset", "poster", "data") if name in found]
        if tag == "link" and found.get("rel") != "alternate":  # a browser does not fetch that
            self.loads.append(found["href"])
        if tag == "form":
            self.forms.append(found.get("action", ""))
        if tag == "style" or "style" in found or (tag == "script" and "src" not in found):
            self.inline.append(tag)
        self.inline += [name for name in found if name.startswith("on")]
        self.ids += [found["id"]] if "id" in found else []


def parts(page: str) -> Parts:
    found = Parts()
    found.feed(page)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_each_language_and_loads_only_from_here(
    client: TestClient, make: Make, language: str
) -> None:
    number = make(tags=TAGS, comment_deadline=dt.date(2026, 4, 1))
    for path in [*PAGES, f"/notices/{number}"]:
        answer = client.get(path, headers={"Accept-Language": language})
        found = parts(answer.text)
        assert found.lang == {"zh": "zh-Hans"}.get(language, language)
        assert all(one.startswith("/static/") for one in found.loads), path
        assert all(one.startswith("/") or not one for one in found.forms), path
        assert not found.inline, path
        assert len(found.ids) == len(set(found.ids)), path
        assert answer.headers["content-language"] == language


def test_a_chosen_language_is_remembered(client: TestClient) -> None:
    assert "哪些国外新规" in client.get("/").text
    assert "Which new foreign rules" in client.get("/", headers={"Accept-Language": "en-GB,zh;q=0.5"}).text
    assert "哪些國外新規" in client.get("/", headers={"Accept-Language": "fr, zh-HK;q=0.8, en;q=0.3"}).text
    assert "Which new foreign rules" in client.get("/?lang=en").text
    assert "Which new foreign rules" in client.get("/").text
    assert "哪些國外新規" in client.get("/?lang=zh-Hant").text


@pytest.mark.parametrize(
    "field", ["title", "text", "products", "agency", "objective", "comment_deadline_raw"]
)
def test_a_publishers_words_are_never_markup(client: TestClient, make: Make, field: str) -> None:
    facts = {"symbols": [HOSTILE], "objectives": [HOSTILE], "hs": [HOSTILE], field: HOSTILE}
    number = make(
        **facts,
        links=[{"title": HOSTILE, "url": "javascript:alert(1)"}, {"title": "x", "url": "data:text/html,x"}],
        url="javascript:alert(1)",
    )
    for path in ("/", f"/notices/{number}", f"/?q={HOSTILE}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert 'href="data:' not in page
        assert parts(page).inline == []
    assert "&lt;script&gt;" in client.get(f"/notices/{number}").text


def test_evidence_is_marked_in_escaped_words(client: TestClient, make: Make) -> None:
    words = f"{HOSTILE} toys for children"
    start = words.index("toys")
    number = make(
        words,
        tags=TAGS,
        evidence={
            ("sector", "toys-children"): [
                {"field": "title", "start": start, "end": start + 8, "text": "toys for"}
            ],
            ("measure_type", "safety"): [
                {"field": "title", "start": start + 5, "end": len(words), "text": "for children"},
                {"field": "title", "start": 0, "end": 8, "text": "<script>"},
                {"field": "title", "start": 3, "end": 5, "text": "moved evil"},
                {"field": "hs", "start": 0, "end": 4, "text": '9503"><b>'},
            ],
        },
    )  # fmt: skip
    page = client.get(f"/notices/{number}").text
    assert re.findall(r'<mark id="evidence-\d+" data-tags="([^"]+)">([^<]*)</mark>', page) == [
        ("measure_type-safety", "&lt;script&gt;"),
        ("sector-toys-children", "toys "),
        ("sector-toys-children measure_type-safety", "for"),
        ("measure_type-safety", " children"),
    ]
    assert 'href="#evidence-2" data-tag="sector-toys-children"' in page
    assert "HS 9503&#34;&gt;&lt;b&gt;" in page
    assert "规则" in page


@pytest.mark.usefixtures("moment")
def test_deadlines_speak_of_geneva_and_of_what_is_not_stated(client: TestClient, make: Make) -> None:
    dated = make(comment_deadline=dt.date(2026, 3, 20))
    undated = make()
    page = client.get(f"/notices/{dated}").text
    assert "还剩 10 天" in page
    assert "以日内瓦当日结束为准，即北京时间" in page
    assert "2026-03-21 06:59" in page
    assert "未说明截止日" in client.get(f"/notices/{undated}").text
    assert "1 day left" in client.get(
        f"/notices/{make(comment_deadline=dt.date(2026, 3, 11))}", headers={"Accept-Language": "en"}
    ).text  # fmt: skip


def test_a_later_document_with_another_deadline_is_pointed_to(client: TestClient, make: Make) -> None:
    first = make(comment_deadline=dt.date(2026, 4, 1))
    measure = client.get(f"/api/v1/notices/{first}").json()["measure_id"]
    later = make(kind="addendum", measure_id=measure, comment_deadline=dt.date(2026, 5, 1))
    page = client.get(f"/notices/{first}").text
    assert f'后续文件改为 <a href="/notices/{later}">' in page
    assert "后续文件改为" not in client.get(f"/notices/{later}").text


@pytest.mark.usefixtures("moment")
def test_facets_count_and_filters_come_off_one_by_one(client: TestClient, make: Make) -> None:
    make(tags=TAGS)
    make(tags={**TAGS, "sectors": ["food"]})
    make(tags={**TAGS, "sectors": ["food"], "markets": ["EU"]})
    page = client.get("/?sector=food&market=BRI&q=toys").text
    assert "共 1 条" in page
    assert re.search(r'value="food" checked>.*?<span class="number">1</span>', page)
    assert re.search(r'value="toys-children">.*?<span class="number">1</span>', page)
    assert re.search(r'value="EU">.*?<span class="number">1</span>', page)
    assert 'href="/?q=toys&amp;market=BRI"' in page
    assert 'href="/?sector=food&amp;market=BRI"' in page
    assert 'href="/subscribe?sector=food&amp;market=BRI&amp;keyword=toys"' in page
    assert 'href="/api/v1/notices?q=toys&amp;sector=food&amp;market=BRI&amp;format=csv"' in page


@pytest.mark.usefixtures("moment")
def test_any_two_filters_narrow_together(client: TestClient, make: Make) -> None:
    make(tags=TAGS, hs=["950300"], comment_deadline=dt.date(2026, 3, 20))
    make("Else")
    asked = [
        "q=toys", "sector=toys-children", "market=BRI", "country=VNM", "measure_type=safety", "hs=95",
        "source=wto_eping", "level=orange", "open_for_comment=true", "published_to=2026-01-02",
    ]  # fmt: skip
    for one, two in itertools.combinations(asked, 2):
        answer = client.get(f"/?{one}&{two}")
        assert answer.status_code == 200, (one, two)
        assert "共 1 条" in answer.text, (one, two)


@pytest.mark.usefixtures("moment")
def test_levels_are_counted_and_every_kind_of_day_can_be_asked_for(client: TestClient, make: Make) -> None:
    make(tags=TAGS, comment_deadline=dt.date(2026, 3, 12), in_force_on=dt.date(2026, 6, 1))
    make("Milk")
    page = client.get("/?q=toys").text
    [level] = {one["level"] for one in client.get("/api/v1/notices?q=toys").json()["items"]}
    box = rf'name="level" value="{level}">.*?<span class="number">1</span>'
    assert re.search(box, page)
    for name in ("published", "deadline", "in_force"):
        assert f'name="{name}_from"' in page
        assert f'name="{name}_to"' in page
    assert "评议截止：2026-03-12 起" in client.get("/?deadline_from=2026-03-12").text


@pytest.mark.usefixtures("moment")
def test_a_product_word_leads_to_its_headings_and_to_what_is_open_and_coming(
    client: TestClient, make: Make
) -> None:
    make(tags=TAGS, comment_deadline=dt.date(2026, 3, 20), in_force_on=dt.date(2026, 6, 1))
    make(tags=TAGS, in_force_on=dt.date(2027, 6, 1))
    page = client.get("/?q=玩具&market=BRI").text
    assert 'href="/?market=BRI&amp;hs=9503"' in page
    assert re.search(r'open_for_comment=true&amp;sort=deadline">正在征求意见&nbsp;<b>1</b>', page)
    coming = re.search(r'href="([^"]+)">半年内生效&nbsp;<b>1</b>', page)
    assert coming
    assert "共 1 条" in client.get(coming[1].replace("&amp;", "&")).text
    assert "可能的 HS 编码" not in client.get("/?hs=9503").text
    assert "可能的 HS 编码" not in client.get("/?q=zzzz").text
    assert "HS 9503" in client.get("/?hs=9503.00&hs=").text


def test_counts_follow_what_arrives(client: TestClient, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "SLOW_SECONDS", 60)
    make(tags=TAGS)
    assert "共 1 条" in client.get("/?sector=toys-children").text
    make(tags=TAGS)
    assert "共 2 条" in client.get("/?sector=toys-children").text


def test_pages_of_results_lead_on_without_script(client: TestClient, make: Make) -> None:
    made = [make(f"Toys {number}") for number in range(23)]
    found, path = [], "/?q=toys"
    while path:
        page = client.get(path).text
        found += [int(one) for one in re.findall(r'<h3><a href="/notices/(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert found == made[::-1]


def test_an_empty_form_field_asks_for_nothing_and_strange_ones_do_not_matter(
    client: TestClient, make: Make
) -> None:
    make()
    answer = client.get("/?q=&published_from=&published_to=&from=singlemessage&utm_source=x")
    assert answer.status_code == 200
    assert "Safety of toys" in answer.text


def test_nothing_found_says_what_to_do(client: TestClient, make: Make) -> None:
    make()
    page = client.get("/?q=zzzz&sector=food").text
    assert "没有符合条件的通报" in page
    assert 'href="/subscribe?sector=food&amp;keyword=zzzz"' in page


def test_a_wrong_filter_is_explained_on_the_page(client: TestClient) -> None:
    answer = client.get("/?sector=nonsense&q=toys")
    assert answer.status_code == 422
    assert "sector" in answer.text
    assert 'value="toys"' in answer.text


def test_the_first_page_stays_light(client: TestClient, make: Make) -> None:
    for number in range(20):
        make(f"Toys {number} " + "with a long title " * 10, tags=TAGS)
    page = client.get("/")
    sent = len(page.content) + sum(
        (STATIC / name).stat().st_size for name in ("style.css", "page.js", "mark.svg")
    )
    assert sent < 100_000
    assert page.headers["content-encoding"] == "gzip"


def test_static_files_are_named_by_content_and_found(client: TestClient) -> None:
    page = client.get("/").text
    for address in re.findall(r'"(/static/[^"]+)"', page):
        assert "?v=" in address
        assert client.get(address).status_code == 200


def test_every_text_of_the_pages_is_used() -> None:
    templates = "".join(path.read_text("utf-8") for path in (STATIC.parent / "templates").glob("*.html"))
    code = "".join(path.read_text("utf-8") for path in STATIC.parent.rglob("*.py"))
    derived = re.compile(
        r"(field|kind|what|by|state|pace|done|filter|sort|error|task|text|channel)_|.*_(one|words|detail)$"
    )
    unused = [
        name
        for name in (key.partition(".")[2] for key in catalogue() if key.startswith("pages."))
        if not derived.match(name)
        and f'"{name}"' not in templates + code
        and f"'{name}'" not in templates + code
    ]
    assert unused == []


def test_the_dates_of_a_notice_go_into_a_calendar(client: TestClient, make: Make) -> None:
    number = make(comment_deadline=dt.date(2099, 4, 1))
    assert f'href="/notices/{number}.ics"' in client.get(f"/notices/{number}").text
    answer = client.get(f"/notices/{number}.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "20990401" in answer.text
    assert client.get("/notices/999.ics").status_code == 404
