"""The page behind "N more": every line of a letter, and all that a person was sent."""

import datetime as dt
import re
from typing import Any

import html5lib
import pytest
from fastapi.testclient import TestClient

from alerts import links, told
from api.app import create_app
from database.session import reading
from database.tables import Letter, Subscriber, Subscription

WISH = {"sectors": ["household-appliances"]}


@pytest.fixture
def web(world: Any) -> Any:
    with TestClient(create_app(), follow_redirects=False) as client:
        yield client


def more_of(mail: Any) -> str:
    words = str(mail.get_body(("plain",)).get_content())
    return re.findall(r"https://tbt.example.org(/me/\S+/alerts\?letter=\d+)", words)[0]


def titles(page: str) -> list[str]:
    return re.findall(r'<p class="original"[^>]*>([^<]*)<', page)


def test_what_a_letter_had_no_room_for_stands_on_its_page_in_its_order(
    world: Any, post: Any, web: TestClient, clock: Any
) -> None:
    world.reader(**WISH)
    for number in range(11):
        world.notice(
            f"Kettle <b>{number}</b>", comment_deadline=clock.at.date() + dt.timedelta(days=90 - number)
        )
    world.run()
    world.notice("Kettle of another letter")
    world.run()
    [mail, _] = post.read()
    words = str(mail.get_body(("plain",)).get_content())
    assert "另有 3 条" in words
    page = web.get(f"{more_of(mail)}&lang=en")
    assert page.status_code == 200
    assert titles(page.text) == [f"Kettle &lt;b&gt;{number}&lt;/b&gt;" for number in reversed(range(11))]
    assert page.text.count("?answer=not_for_us") == 11
    everything = web.get(re.sub(r"\?.*", "", more_of(mail))).text
    assert titles(everything)[0] == "Kettle of another letter"
    assert len(titles(everything)) == 12


def test_older_ones_are_a_page_further_and_nobody_elses_are_there(
    world: Any, post: Any, web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "PAGE", 3)
    world.reader(**WISH)
    world.reader("wang@firm.example.org", sectors=["toys-children"])
    for number in range(9):
        world.notice(f"Kettle {number}")
    world.notice("Toys", sectors=("toys-children",))
    world.run()
    letters = {mail["To"]: mail for mail in post.read()}
    page = re.sub(r"\?.*", "", more_of(letters["li@firm.example.org"]))
    seen, address = [], page
    while address:
        text = web.get(address).text
        seen += titles(text)
        following = re.findall(r'href="([^"]+\?before=\d+)"', text)
        address = following[0] if following else ""
    assert sorted(seen) == sorted(f"Kettle {number}" for number in range(9))
    [other] = world.rows(Letter, Letter.subscriber_id == 2)
    assert titles(web.get(f"{page}?letter={other.id}").text) == []
    for odd in ("?letter=0", "?letter=x", f"?before={2**70}"):
        assert web.get(page + odd).status_code == 422
    assert web.get("/me/x/alerts").status_code == 404


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_page_is_html_without_a_fault_and_nobody_keeps_a_copy(
    world: Any, post: Any, web: TestClient, lang: str
) -> None:
    world.reader(**WISH, keywords=["kettle"])
    for _ in range(9):
        world.notice('Kettle "<&>', hs=["851610"])
    world.run()
    answer = web.get(f"{more_of(post.read()[0])}&lang={lang}")
    assert answer.headers["cache-control"] == "no-store"
    assert "<mark>Kettle</mark>" in answer.text
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(answer.text)
    assert parser.errors == []


def test_whoever_would_leave_is_shown_a_finer_choice(world: Any, post: Any, web: TestClient) -> None:
    world.reader(**WISH)
    world.notice()
    world.run()
    leave = re.findall(r"<https://tbt.example.org(/u/\S+)>", post.read()[0]["List-Unsubscribe"])[0]
    for answer in (web.get(leave), web.post(leave, data={"List-Unsubscribe": "One-Click"})):
        manage = re.findall(r'href="(/me/[^"]+)"', answer.text)[0]
        assert web.get(manage).status_code == 200


def test_a_letter_about_hundreds_of_notices_stays_small_enough_for_any_server(
    world: Any, post: Any, clock: Any
) -> None:
    world.reader(**WISH)
    for number in range(120):
        world.notice("Kettle", comment_deadline=clock.at.date() + dt.timedelta(days=10 + number))
    world.run()
    [mail] = post.read()
    [dates] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert str(dates.get_content()).count("BEGIN:VEVENT") == 8, "those of the lines shown"
    assert len(mail.as_bytes()) < 100_000


def test_the_hour_of_a_digest_is_said_as_it_is(world: Any, post: Any, web: TestClient) -> None:
    world.reader(**WISH, pace="weekly", weekday=4, hour=17)
    world.reader(**WISH, pace="off")
    [one, _] = world.rows(Subscription)
    with reading() as session:
        me = links.token("manage", session.get_one(Subscriber, one.subscriber_id).token)
    page = web.get(f"/me/{me}?lang=en").text
    assert "Weekly · Friday 17:00" in page
    assert "No mail; feed and calendar go on" in page
