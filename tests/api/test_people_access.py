"""Pages of those who log in, of readers with a link, and of the demo: for everybody, in a real Chromium."""

import mailbox
import re
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import html5lib
import pytest
import uvicorn
from fastapi.testclient import TestClient

from alerts import links, subscriptions
from api.app import create_app
from api.login import sessions
from database.session import unit_of_work
from database.tables import DateFix, Editorial, Reading, Subscriber, User

Make = Callable[..., int]
Axe = Callable[..., list[tuple[str, str, str]]]

pytestmark = pytest.mark.backends("sqlite")
STAFF = (
    "/account", "/review", "/review/1", "/review/1/date?day=2026-05-15", "/review/1/text",
    "/review/measures", "/coverage", "/admin", "/admin/audit", "/admin/keys", "/review/health",
    "/warnings", "/help",
)  # fmt: skip
# It ends within the date.
SPAN = {"field": "text", "start": 0, "end": 20, "text": "Comments until 15 Ma"}
OTHERS = ("/login", "/risk/brief", "/subscribe/sent", "/mailbox", "/mailbox/1")


@pytest.fixture
def cookie(make: Make, add_user: Callable[..., int], tmp_path: Path) -> str:
    """Something on every page; the cookie of an administrator."""
    number = make(
        "Draft 安全", text="Comments until 15 May 2026. Lead: 90 mg/kg.", tags={"sectors": ["toys-children"]},
        evidence={("sector", "toys-children"): [SPAN]},
    )  # fmt: skip
    make("Second", tags={"sectors": ["food"]})
    letter = EmailMessage()
    letter["Subject"], letter["To"] = "First", "chen@toys.example.com"
    letter.set_content("Hello")
    letter.add_alternative("<h1>Hello</h1><p>Toys</p>", subtype="html")
    mailbox.Maildir(tmp_path / "mailbox").add(letter.as_bytes())
    user = add_user("admin")
    with unit_of_work() as session:
        session.add(Reading(notice_id=number, version=1, fingerprint="x", review="weak_sector"))
        session.add(
            Editorial(notice_id=number, title_zh="玩具", owner="admin@example.org", by="x", version=2)
        )
        session.add(DateFix(notice_id=number, role="in_force_on", by="admin@example.org"))
        return sessions._begin(session, session.get_one(User, user))


@pytest.fixture
def letters(database: str) -> list[str]:
    """The pages behind the links of a reader's letters."""
    with unit_of_work() as session:
        wish = subscriptions.subscribe(session, "li@example.com", sectors=["food"], keywords=["茶叶"])
        person = session.get_one(Subscriber, wish.subscriber_id)
        waiting = subscriptions.subscribe(session, "li@example.com", sectors=["toys-children"])
        subscriptions.confirm(session, links.token("confirm", person.token, [wish.id]))
        confirming = links.confirm_url(person, [waiting.id or 0])
        me = links.manage_url(person)
        urls = [me, f"{me}/alerts", f"{me}/channels", links.unsubscribe_url(person), confirming]
    return [re.sub(r"^https?://[^/]+", "", url) for url in urls]


@pytest.fixture
def site(database: str, tmp_path: Path) -> Iterator[str]:
    """A running server, with the mailbox of the demo."""
    app = create_app(mailbox=tmp_path / "mailbox")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def _logged_in(browser: Any, site: str, cookie: str, **more: Any) -> Any:
    context = browser.new_context(bypass_csp=True, **more)
    context.add_cookies([{"name": sessions.COOKIE, "value": cookie, "url": site}])
    return context.new_page()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_on_the_pages_of_people(
    browser: Any, axe: Axe, site: str, cookie: str, letters: list[str], language: str, scheme: str
) -> None:
    page = _logged_in(browser, site, cookie, color_scheme=scheme)
    assert axe(page, site, [*STAFF, *OTHERS, *letters], language) == []


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_none_of_them_scrolls_sideways_at_320_pixels(
    browser: Any, site: str, cookie: str, letters: list[str], language: str
) -> None:
    page, wide = _logged_in(browser, site, cookie, viewport={"width": 320, "height": 640}), []
    for path in (*STAFF, *OTHERS, *letters):
        page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={language}")
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(path)
    assert wide == []


@pytest.mark.browser
def test_a_date_is_put_right_by_keys_alone_from_its_place_in_the_text(
    browser: Any, site: str, cookie: str
) -> None:
    page = _logged_in(browser, site, cookie)
    page.goto(f"{site}/review/1?lang=en")
    page.focus("a.day")
    page.keyboard.press("Enter")
    assert page.locator("#day-dialog").is_visible()
    assert page.input_value("#day-dialog [name=day]") == "2026-05-15"
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/1#dates")
    assert "15 May 2026" in page.locator("#dates dl").inner_text()
    page.keyboard.press("d")
    page.wait_for_url("**/review/1/date")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_people_parse_without_an_error(
    cookie: str, letters: list[str], tmp_path: Path, language: str
) -> None:
    with TestClient(create_app(mailbox=tmp_path / "mailbox")) as client:
        client.cookies.set(sessions.COOKIE, cookie)
        for path in (*STAFF, *OTHERS, *letters):
            page = client.get(path, headers={"Accept-Language": language})
            assert page.status_code == 200, path
            parser = html5lib.HTMLParser(strict=False)
            parser.parse(page.text)
            assert [(place, name) for place, name, _ in parser.errors] == [], path
            identities = [part.split('"')[0] for part in page.text.split(' id="')[1:]]
            assert len(identities) == len(set(identities)), path
