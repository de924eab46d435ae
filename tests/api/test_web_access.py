"""Every page for everybody: axe-core, keyboard alone, narrow, enlarged. In a real Chromium."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from api.app import create_app

Make = Callable[..., int]
Axe = Callable[..., list[tuple[str, str, str]]]

pytestmark = [pytest.mark.browser, pytest.mark.backends("sqlite")]
PAGES = (
    *("/", "/?q=toys", "/?q=nothing-at-all", "/?sector=wrong", "/notices/{id}", "/subscribe", "/risk"),
    *("/sources", "/api/docs", "/nowhere"),
)


@pytest.fixture
def site(database: str, make: Make) -> Iterator[tuple[str, int]]:
    """A running server with some notices: its address, and the number of one."""
    tags = {
        "sectors": ["toys-children"],
        "markets": ["EU"],
        "countries": ["DEU"],
        "measure_types": ["recall"],
    }
    number = make("Safety of toys", text="Toys must be safe.", tags=tags)
    make("玩具安全技术规范", language="zh", tags=tags)
    server = uvicorn.Server(uvicorn.Config(create_app(), port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", number
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_on_any_page(
    browser: Any, axe: Axe, site: tuple[str, int], language: str, scheme: str
) -> None:
    address, number = site
    page = browser.new_context(bypass_csp=True, color_scheme=scheme).new_page()
    assert axe(page, address, [path.format(id=number) for path in PAGES], language) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_scrolls_sideways_at_320_pixels_or_enlarged(
    browser: Any, site: tuple[str, int], language: str
) -> None:
    address, number = site
    # 320 pixels are also what a window of 640 shows at 200 %.
    page = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    wide = []
    for path in PAGES:
        path = path.format(id=number)
        page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(path)
    assert wide == []


def test_search_and_reading_need_no_mouse(browser: Any, site: tuple[str, int]) -> None:
    address, number = site
    page = browser.new_page()
    page.goto(f"{address}/?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.focus("#q")
    page.keyboard.type("Safety of toys")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Safety*")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == f"/notices/{number}":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/notices/{number}")


def test_no_page_asks_another_host_or_breaks_its_own_policy(browser: Any, site: tuple[str, int]) -> None:
    address, number = site
    page, asked, complaints = browser.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security" in message.text else 0,
    )
    for path in PAGES:
        page.goto(address + path.format(id=number))
    assert [url for url in asked if not url.startswith(address)] == []
    assert complaints == []
