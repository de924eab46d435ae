"""What people do, done in a real Chromium; skipped with a reason where there is none."""

import datetime as dt
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from alerts import assistance, feedback, subscriptions
from alerts.links import confirm_url, feedback_url, manage_url
from database import types
from database.session import reading, unit_of_work
from database.tables import Notice, Reading, Review, Subscriber, Subscription

pytestmark = [pytest.mark.browser, pytest.mark.backends("sqlite")]

PASSWORD = "correct horse battery"
TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}
SPAN = {"field": "title", "start": 0, "end": 5, "text": "Draft"}
PAGES = ["/", "/risk", "/risk/brief", "/sources", "/subscribe", "/login", "/notices/1", "/quality"]
STAFF_PAGES = [
    "/account", "/warnings", "/warnings/1", "/help", "/admin/mail",
    "/review", "/review/1", "/review/1/text", "/review/measures", "/review/health", "/coverage", "/admin",
    "/admin/audit", "/sources/kz_adilet/refused",
]  # fmt: skip


def enter(page: Any, address: str) -> None:
    page.goto("/login")
    page.fill("[name=email]", address)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def filled(make: Callable[..., int], n: int = 4) -> list[int]:
    found = []
    for number in range(n):
        deadline = types.now().date() + dt.timedelta(days=5 + number)
        found.append(
            make(
                f"Draft standard {number} on the safety of toys",
                text="Lead is limited to 90 mg/kg. " * 30, tags=TAGS, comment_deadline=deadline,
                published_on=types.now().date() - dt.timedelta(days=number),
                evidence={("sector", "toys-children"): [SPAN]},
            )
        )  # fmt: skip
        with unit_of_work() as session:
            session.add(Reading(notice_id=found[-1], version=1, fingerprint="x", review="weak_sector"))
    return found


def test_an_analyst_reviews_three_notices_by_keys_alone(make, add_user, opened):
    filled(make)
    add_user("analyst")
    page = opened()
    enter(page, "analyst@example.org")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/review/\d+$"))
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    for keys in (["a"], ["1", "a"], ["h"]):
        before = page.url
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(lambda url, before=before: url != before)
    with reading() as session:
        states = sorted(one.state for one in session.exec(select(Review)))
    assert states == ["done", "done", "held"]


def test_figures_are_checked_while_one_types(make, add_user, opened):
    [number] = filled(make, 1)
    add_user("analyst")
    page = opened()
    enter(page, "analyst@example.org")
    page.goto(f"/review/{number}/text")
    page.fill("[name=gist_zh]", "限量 80 mg/kg")
    page.locator("#figures.wrong").wait_for()
    assert "80" in page.locator("#figures").inner_text()
    page.fill("[name=gist_zh]", "限量 90 mg/kg")
    page.locator("#figures.notice-good").wait_for()


def test_an_official_traces_a_number_to_its_source_in_three_clicks(make, opened):
    filled(make)
    page = opened()
    page.goto("/risk")
    number = page.locator(".figures strong").first.inner_text()
    page.locator(".figures a").first.click()
    assert number in page.locator("#count").inner_text()
    page.locator(".card h3 a").first.click()
    page.wait_for_url(re.compile(r"/notices/\d+"))
    assert page.locator("#read").is_visible()


def test_an_exporter_subscribes_on_a_phone_and_the_link_of_the_letter_works(make, opened, live):
    """Two fields typed (18 characters of pinyin, an address) and six taps: about 35 seconds by thumb."""
    filled(make, 1)
    page = opened(375, 760)
    page.goto("/subscribe")
    page.locator("[name=keywords]").tap()
    page.keyboard.type("毛绒玩具", delay=30)
    page.locator("#suggestions li", has_text="9503").tap()
    assert page.locator("#found input").is_checked()
    page.locator("[name=market][value=BRI]").tap()
    page.locator("#preview .figure").first.wait_for()
    assert [one.inner_text() for one in page.locator("#preview .figure").all()] == ["1", "1"]
    page.locator("[name=email]").tap()
    page.keyboard.type("chen@toys.example.com")
    page.locator("[name=agreed]").tap()
    page.locator("form.form button[type=submit]").tap()
    page.wait_for_url("**/subscribe/sent")
    with reading() as session:
        person = session.exec(select(Subscriber)).one()
        wish = session.exec(select(Subscription)).one()
        assert (wish.hs, wish.sectors, wish.markets) == (["9503"], ["toys-children"], ["BRI"])
        waiting = [one.id or 0 for one in subscriptions.unconfirmed(session, person)]
        link = confirm_url(person, waiting)  # what the letter holds
    page.goto(re.sub(r"^https?://[^/]+", live, link))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    with unit_of_work() as session:
        assert session.exec(select(Subscriber)).one().confirmed_at is not None
        assert subscriptions.subscriptions(session, session.exec(select(Subscriber)).one())


def test_one_subscribes_without_a_mouse(opened):
    page = opened()
    page.goto("/subscribe")
    for name, key in (("keywords", "toys"), ("email", "a@example.org"), ("agreed", "Space"), ("", "Enter")):
        for _ in range(400):
            page.keyboard.press("Tab")
            at = page.evaluate("[document.activeElement.name || '', document.activeElement.type || '']")
            if (name and at[0] == name) or (not name and at[1] == "submit" and not at[0]):
                break
        else:
            pytest.fail(f"{name or 'the button'} cannot be reached by keys")
        if len(key) > 1 and key[0].isupper():
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
    page.wait_for_url("**/subscribe/sent")
    with reading() as session:
        assert session.exec(select(Subscriber)).one().email == "a@example.org"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_a_phone_of_320_pixels(make, add_user, opened, language):
    filled(make, 3)
    add_user("admin")
    page = opened(320, 640)
    wide = []
    for path in PAGES + STAFF_PAGES:
        if path == STAFF_PAGES[0]:
            enter(page, "admin@example.org")
        page.goto(f"{path}?lang={language}")
        if page.evaluate("document.scrollingElement.scrollWidth") > 320:
            wide.append((path, page.evaluate("document.scrollingElement.scrollWidth")))
    assert wide == []


def reader_pages(number: int) -> list[str]:
    """The pages behind the links of somebody's letter, with a request open and "not for us" said."""
    with unit_of_work() as session:
        one = subscriptions.subscribe(session, "li@firm.example.org", sectors=["toys-children"], hs=["95"])
        person = session.get_one(Subscriber, one.subscriber_id)
        person.confirmed_at = one.confirmed_at = types.now()
        links = feedback_url(person, number), manage_url(person)
        assistance.ask(session, person, session.get_one(Notice, number), "?")
    paths = [re.sub(r"^https?://[^/]+", "", link) for link in links]
    with unit_of_work() as session:
        feedback.answer(session, paths[0].rpartition("/")[2], "not_for_us")
    return [*paths, f"{paths[1]}/{one.id}"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_that_steer_are_for_everybody(make, add_user, opened, language):
    [number] = filled(make, 1)
    add_user("admin")
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-playwright-python is not installed")
    script = (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    page, faults = opened(320, 640, bypass_csp=True), []
    rules = {
        "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    }
    staff = ["/warnings", f"/warnings/{number}", "/help", "/admin/mail"]
    for path in [*reader_pages(number), "/subscribe", *staff]:
        if path == staff[0]:
            enter(page, "admin@example.org")
        page.goto(f"{path}?lang={language}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        if page.evaluate("document.scrollingElement.scrollWidth") > 320:
            faults.append((path, "wide"))
        page.evaluate(script)
        answer = page.evaluate("rules => axe.run(document, rules)", rules)
        faults += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"]]
    assert faults == []
