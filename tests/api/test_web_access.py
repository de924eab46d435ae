"""Every page for everybody: axe-core, keyboard alone, narrow, enlarged. In a real Chromium."""

import importlib.util
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.app import create_app

Make = Callable[..., int]

pytestmark = [pytest.mark.browser, pytest.mark.backends("sqlite")]
PAGES = (
    *("/", "/?q=toys", "/?q=nothing-at-all", "/?sector=wrong", "/notices/{id}", "/subscribe", "/risk"),
    *("/sources", "/api/docs", "/nowhere"),
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may skip: {reason}")
    pytest.skip(reason)


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


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium of this machine."""
    chromium = shutil.which("chromium")
    if not chromium:
        _missing("no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as one:
        found = one.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


def _axe() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        _missing("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_on_any_page(
    browser: Any, site: tuple[str, int], language: str, scheme: str
) -> None:
    address, number = site
    script, found = _axe(), []
    page = browser.new_context(bypass_csp=True, color_scheme=scheme).new_page()
    for path in PAGES:
        path = path.format(id=number)
        page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate(script)
        answer = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
        found += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"]]
    assert found == []


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
