"""What anybody and an exporter come for, done in a real Chromium; pages stay light and keep still."""

import datetime as dt
import io
import re

import pypdf
import pytest
from sqlmodel import select

from alerts import subscriptions
from alerts.links import feedback_url, manage_url
from database import types
from database.session import reading, unit_of_work
from database.tables import Feedback, NoticeVersion, Subscriber, Subscription

pytestmark = [pytest.mark.browser, pytest.mark.backends("sqlite")]

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}
TITLE = "Dự thảo quy chuẩn kỹ thuật về an toàn đồ chơi trẻ em"
SPAN = {"field": "title", "start": 38, "end": 45, "text": "đồ chơi"}
PHONE = (390, 844)


@pytest.fixture
def toys(make) -> int:
    """A notice in Vietnamese, open for comment, in a second version; and others around it."""
    today = types.now().date()
    number = make(
        TITLE, text="Giới hạn chì 60 mg/kg.", language="vi", tags=TAGS, hs=["950300"], products="đồ chơi",
        comment_deadline=today + dt.timedelta(days=40), in_force_on=today + dt.timedelta(days=90),
        published_on=today, evidence={("sector", "toys-children"): [SPAN]},
    )  # fmt: skip
    make("Furniture of wood", tags={"sectors": ["furniture"], "markets": ["EU"]}, published_on=today)
    old = {"comment_deadline": (today + dt.timedelta(days=20)).isoformat(), "text": "Chì 90 mg/kg. " * 40}
    new = {"comment_deadline": (today + dt.timedelta(days=40)).isoformat(), "text": "Chì 60 mg/kg. " * 40}
    with unit_of_work() as session:
        session.add(NoticeVersion(notice_id=number, version=2, facts=old))
        session.add(NoticeVersion(notice_id=number, version=3, facts=new))
    return number


@pytest.fixture
def firm(toys) -> tuple[str, str]:
    """The paths of the links in somebody's letter: feedback, and managing."""
    with unit_of_work() as session:
        one = subscriptions.subscribe(session, "li@firm.example.org", sectors=["toys-children"])
        person = session.get_one(Subscriber, one.subscriber_id)
        person.confirmed_at = one.confirmed_at = types.now()
        links = feedback_url(person, toys), manage_url(person)
    feedback, manage = (re.sub(r"^https?://[^/]+", "", link) for link in links)
    return feedback, manage


def test_how_long_is_left_is_seen_at_once_and_a_foreign_notice_is_told_in_chinese(opened, toys):
    page = opened(*PHONE)
    page.goto(f"/notices/{toys}")
    for one in (page.locator(".head .left-later"), page.locator("h1"), page.locator(".gist")):
        box = one.bounding_box()
        assert box["y"] + box["height"] < PHONE[1]
    assert "还剩 40 天" in page.locator(".head .left-later").inner_text()
    assert "内部截止" in page.locator(".deadline").inner_text()
    assert "越南：玩具" in page.locator("h1").inner_text()
    assert len(page.locator(".gist").inner_text().splitlines()) <= 3
    assert page.locator(".source-text").get_attribute("lang") == "vi"
    assert "HS 950300 玩具" in page.locator(".facts").first.inner_text().replace("\n", " ")


def test_what_a_tag_rests_on_shows_under_the_pointer_and_by_keys(opened, toys):
    page = opened()
    page.goto(f"/notices/{toys}")
    mark, tag = page.locator("mark", has_text="đồ chơi").first, page.locator("a[data-tag]").first
    assert "shown" not in (mark.get_attribute("class") or "")
    tag.hover()
    assert "shown" in mark.get_attribute("class")
    page.mouse.move(0, 0)
    assert "shown" not in (mark.get_attribute("class") or "")
    tag.focus()
    assert "shown" in mark.get_attribute("class")
    page.keyboard.press("Enter")
    page.wait_for_url("**#evidence-*")
    assert mark.evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_what_a_publisher_changed_is_told_field_by_field_and_word_for_word(opened, toys):
    page = opened(*PHONE)
    page.goto(f"/notices/{toys}#changes")
    section = page.locator("section[aria-labelledby=changes]")
    assert section.locator("del").count() == section.locator("ins").count() == 1
    assert "正文有改动" in section.inner_text()
    section.get_by_role("link", name="逐字对照").click()
    page.wait_for_url("**/measures/*")
    assert page.locator(".changed del", has_text="90").first.is_visible()


def test_a_product_is_checked_against_a_market_before_a_price_is_named(opened, toys):
    page = opened(*PHONE)
    page.goto("/")
    page.fill("[name=q]", "玩具")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.get_by_role("link", name="HS 9503").click()
    page.wait_for_url("**hs=9503**")
    page.get_by_role("link", name=re.compile("筛选")).click()
    page.locator("#filters [name=market][value=BRI]").check()
    page.locator("#filters .apply button").click()
    page.wait_for_url("**market=BRI**")
    assert "1" in page.locator(".results .also", has_text="其中").inner_text()
    page.get_by_role("link", name=re.compile("半年内生效")).click()
    page.wait_for_url("**in_force_from**")
    assert page.locator(".card").count() == 1


def test_a_list_is_put_into_each_order_and_an_order_keeps_the_filters(opened, toys):
    page = opened()
    page.goto("/?q=toys&market=BRI")
    for name in ("deadline", "level", "relevance"):
        page.locator(f".sorts a[href*='sort={name}']").click()
        page.wait_for_url(f"**sort={name}**")
        assert "market=BRI" in page.url
        assert page.locator(".sorts [aria-current]").count() == 1
    page.goto("/?market=BRI")
    assert page.locator(".sorts a").count() == 3  # without words there is no title to stand in


def test_the_page_of_a_notice_is_passed_on_without_a_token_and_printed_without_menus(opened, toys):
    page = opened()
    page.goto(f"/notices/{toys}")
    shared = page.locator(".share a").get_attribute("href")
    assert shared.endswith(f"/notices/{toys}")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    words = "".join(one.extract_text() for one in paper.pages)
    assert len(paper.pages) <= 3
    assert "订阅预警" not in words
    assert f"/notices/{toys}" in words


def test_handled_is_said_in_two_taps_and_opening_the_link_alone_says_nothing(opened, firm):
    page = opened(*PHONE)
    page.goto(firm[0])
    with reading() as session:
        assert session.exec(select(Feedback)).all() == []
    with page.expect_navigation():
        page.locator(".answer-handled button").tap()
    with reading() as session:
        assert [one.answer for one in session.exec(select(Feedback))] == ["handled"]


def test_alerts_are_paused_over_a_holiday_and_go_on(opened, firm):
    page = opened(*PHONE)
    page.goto(firm[1])
    with page.expect_navigation():
        page.get_by_role("button", name="暂停", exact=True).first.tap()
    with reading() as session:
        assert session.exec(select(Subscription)).one().paused_until
    with page.expect_navigation():
        page.get_by_role("button", name="恢复").first.tap()
    with reading() as session:
        assert not session.exec(select(Subscription)).one().paused_until


WATCH = """
window.moved = 0;
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.moved += one.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_while_a_page_loads(opened, toys, firm, width):
    page = opened(width)
    page.add_init_script(WATCH)
    for path in ("/", "/?q=玩具", f"/notices/{toys}", "/subscribe", "/sources", "/quality", *firm):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(150)
        assert page.evaluate("window.moved") == 0, path


def test_the_first_page_takes_less_than_100_kilobytes_all_told(opened, make):
    for number in range(30):
        make(f"Toys {number} " + "with a long title " * 10, tags=TAGS)
    page, sizes = opened(), list[int]()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) < 40_000


@pytest.mark.parametrize(
    ("title", "language", "direction"),
    [
        ("اللائحة الفنية للعب الأطفال", "ar", "rtl"),
        ("Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3, "de", "ltr"),
        ("ร่างประกาศกระทรวงอุตสาหกรรมเรื่องกำหนดผลิตภัณฑ์ของเล่น" * 4, "th", "ltr"),
    ],
)
def test_titles_of_any_script_keep_their_direction_and_fit_a_phone(opened, make, title, language, direction):
    number = make(title, language=language)
    page = opened(320)
    for path, place in (("/", ".card h3 a"), (f"/notices/{number}", "h1")):
        page.goto(path)
        assert page.evaluate("document.scrollingElement.scrollWidth") == 320
        found = page.locator(place).first
        assert found.get_attribute("lang") == language
        assert found.evaluate("one => getComputedStyle(one).direction") == direction
