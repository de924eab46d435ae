"""The tasks of exporters and officials, done in a real Chromium; and axe over their pages."""

import datetime as dt
import io
import re
from pathlib import Path

import pypdf
import pytest

from alerts import links
from database import types
from database.session import reading, unit_of_work
from database.tables import Notice, NoticeVersion, Subscriber

pytestmark = [pytest.mark.browser, pytest.mark.backends("sqlite")]

PASSWORD = "correct horse battery"
TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}


@pytest.fixture
def shelf(make) -> tuple[int, int]:
    """Two documents of a measure, the first in two versions: the numbers of measure and first document."""
    today = types.now().date()
    first = make(
        "Draft standard on the safety of toys", text="Lead is limited to 90 mg/kg.", tags=TAGS, hs=["950300"],
        comment_deadline=today + dt.timedelta(days=8), published_on=today,
    )  # fmt: skip
    with reading() as session:
        measure = session.get_one(Notice, first).measure_id or 0
    make(
        "Longer time for comments", kind="addendum", tags=TAGS, hs=["950300"], measure_id=measure,
        comment_deadline=today + dt.timedelta(days=38), published_on=today + dt.timedelta(days=1),
    )  # fmt: skip
    with unit_of_work() as session:
        for number, limit in ((2, 90), (3, 60)):
            facts = {"text": f"Lead is limited to {limit} mg/kg.", "hs": ["950300"]}
            session.add(NoticeVersion(notice_id=first, version=number, facts=facts))
    return measure, first


@pytest.fixture
def me(database) -> str:
    with unit_of_work() as session:
        session.add(Subscriber(email="chen@toys.example.com", token="t"))
    return f"/me/{links.token('manage', 't')}/products"


def test_an_exporter_sees_on_a_phone_what_is_ahead_for_a_product_and_what_changed(opened, shelf, me):
    page = opened(375)
    page.goto(me)
    page.fill("[name=hs]", "9503.00")
    page.select_option("[name=market]", label="越南")
    page.fill("[name=value]", "120万")
    page.get_by_role("button", name="添加").click()
    page.wait_for_url("**done=added")
    assert "1,200,000 美元 × 1（直接相关）" in page.locator(".shares").inner_text()
    page.get_by_role("link", name="查看整个措施").click()
    page.wait_for_url("**/measures/*")
    assert page.locator("#changes").is_visible()
    assert page.locator(".changed del", has_text="90").count() == 1
    assert page.evaluate("document.scrollingElement.scrollWidth") == 375


def test_an_exporter_uploads_a_list_mends_the_row_that_is_named_and_has_it(opened, shelf, me):
    page = opened()
    page.goto(me)

    def send(words: str) -> None:
        file = {"name": "产品.csv", "mimeType": "text/csv", "buffer": words.encode("gb18030")}
        page.set_input_files("[name=file]", files=[file])
        page.get_by_role("button", name="上传").click()

    send("HS编码,市场,年出口额\n950300,越南,120万\n90111,欧盟,\n")
    page.locator("#faults").wait_for()
    assert "第 3 行 · HS 编码" in page.locator("#faults").inner_text()
    send("HS编码,市场,年出口额\n950300,越南,120万\n090111,欧盟,\n")
    page.wait_for_url("**done=uploaded")
    assert page.locator("table tbody tr").count() == 2


def test_a_measure_is_shared_without_a_token_and_printed_without_menus(opened, shelf):
    page = opened()
    page.goto(f"/measures/{shelf[0]}")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    words = "".join(one.extract_text() for one in paper.pages)
    assert "/me/" not in page.content()
    assert len(paper.pages) <= 4
    assert "订阅预警" not in words
    assert f"/measures/{shelf[0]}" in words


def test_somebody_checks_a_product_word_and_keeps_the_search_as_a_calendar(opened, shelf):
    page = opened()
    page.goto("/")
    page.fill("[name=q]", "玩具")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    assert page.locator(".card").count() == 2
    with page.expect_download() as arrived:
        page.get_by_role("link", name="日历（iCalendar）").click()
    assert "BEGIN:VEVENT" in Path(arrived.value.path()).read_text(encoding="utf-8")


def test_an_official_takes_the_brief_home_and_has_it_mailed(opened, shelf, add_user):
    add_user("official")
    page = opened()
    page.goto("/login?to=/risk")
    page.fill("[name=email]", "official@example.org")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/risk")
    assert page.locator("#unowned").is_visible()
    page.get_by_role("link", name="生成简报").click()
    page.wait_for_url("**/risk/brief?**")
    with page.expect_download() as arrived:
        page.get_by_role("link", name="下载 PDF").click()
    assert Path(arrived.value.path()).read_bytes().startswith(b"%PDF")
    page.goto("/account/briefs")
    page.check("[name=kind][value=brief]")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**done=saved")
    assert page.locator("[name=kind][value=brief]").is_checked()


def test_every_number_of_the_overview_leads_to_its_list_within_three_clicks(opened, shelf):
    page = opened()
    page.goto("/risk")
    targets = page.eval_on_selector_all(
        ".figures a, .heat td a, .bars a, .calendar td a, .trend td a", "found => found.map(one => one.href)"
    )
    assert len(targets) > 8
    for target in sorted(set(targets)):
        assert page.goto(target).status == 200
        assert page.locator("#count, #runs").count() == 1, target


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_and_pages_fit_a_phone(opened, axe, shelf, me, add_user, language, scheme):
    add_user("admin")
    page = opened(320, bypass_csp=True, color_scheme=scheme)
    page.goto("/login")
    page.fill("[name=email]", "admin@example.org")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(me)
    page.fill("[name=hs]", "9503")
    page.select_option("[name=market]", "VNM")
    page.locator("[name=hs]").press("Enter")
    page.wait_for_url("**done=added")
    wrong = []
    pages = [
        me, f"/measures/{shelf[0]}", "/?q=toys", "/risk", "/risk/brief", "/risk/report", "/risk/monitoring",
        "/account/briefs", "/coverage",
    ]  # fmt: skip
    for path in pages:
        wrong += axe(page, "", [path], language)
        if (wide := page.evaluate("document.scrollingElement.scrollWidth")) > 320:
            wrong.append((path, "wide", str(wide)))
    assert wrong == []
    assert re.match("zh|en", page.evaluate("document.documentElement.lang"))
