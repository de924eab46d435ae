"""A webhook from the page on which it is added to the day it is given up and taken up again."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hooks import Server, is_signed

from alerts import approvals, compose, deliver, links, lookback, match, push, relay, standing
from api.app import create_app
from database.session import reading, unit_of_work
from database.tables import Endpoint, Letter, Subscriber

EVERY = (match, lookback, compose, relay, deliver, push)
WISH = {"hs": ["8516"], "language": "en"}
DOWN, WELL = (503, b"busy", {}), (200, b"", {})


@pytest.fixture
def web(world: Any) -> Any:
    with TestClient(create_app(), follow_redirects=False) as client:
        yield client


def page_of(one: Any) -> str:
    with reading() as session:
        holder = session.get_one(Subscriber, one.subscriber_id)
    return f"/me/{links.token('manage', holder.token)}/channels"


def came(hook: Server, secret: str, clock: Any) -> list[dict[str, Any]]:
    """The messages since the last look: each signed, and no older than the standard lets a receiver take."""
    found = []
    for _, headers, body in hook.came:
        assert is_signed(secret, headers, body)
        assert not is_signed(secret, headers, body + b" ")
        sent = {name.lower(): value for name, value in headers.items()}
        assert abs(int(sent["webhook-timestamp"]) - clock.at.timestamp()) < 300
        found.append({"identity": sent["webhook-id"], **json.loads(body)})
    hook.came.clear()
    return found


def test_a_webhook_hears_tests_warnings_and_repetitions_is_given_up_and_taken_up(
    world: Any, post: Any, hook: Server, web: TestClient, clock: Any
) -> None:
    reader = world.reader(**WISH)
    me = page_of(reader)
    added = web.post(f"{me}?lang=en", data={"kind": "webhook", "address": hook.url})
    secret = re.findall(r"whsec_[\w+/=]+", added.text)[0]
    [stored] = world.rows(Endpoint)
    here = f"{me}/{stored.id}"

    web.post(here, data={"action": "test"})
    [test] = came(hook, secret, clock)
    assert (test["type"], test["data"]["notices"]) == ("test", [])

    soon = clock.at.date() + dt.timedelta(days=9)
    number = world.notice(measure_types=("ban-licence",), hs=["851610"], comment_deadline=soon)
    world.run(*EVERY)
    [orange] = came(hook, secret, clock)[0]["data"]["notices"]
    assert (orange["id"], orange["reason"], orange["level"]) == (number, "new", "orange")
    with unit_of_work() as session:
        assert approvals.approve(session, number, "a@example.org", recipients=1)
    world.run(*EVERY)
    [red] = came(hook, secret, clock)[0]["data"]["notices"]
    assert (red["id"], red["reason"], red["level"]) == (number, standing.WARNING, "red")
    assert red["comment_deadline"] == soon.isoformat()

    hook.answer = DOWN
    world.notice(hs=["851610"])
    begun = clock.at
    while not world.rows(Endpoint)[0].disabled_at:
        world.run(*EVERY)
        clock.forward(minutes=10)
        assert clock.at - begun < dt.timedelta(days=5)
    assert dt.timedelta(days=2) <= clock.at - begun
    tries = [{name.lower(): value for name, value in headers.items()} for _, headers, _ in hook.came]
    assert len(tries) == 9
    assert len({headers["webhook-id"] for headers in tries}) == 1
    hook.came.clear()
    page = web.get(f"{here}?lang=en").text
    assert "It failed for two days or more" in page
    assert "503 busy" in page
    world.notice(hs=["851610"])
    world.run(*EVERY)
    assert hook.came == []

    hook.answer = WELL
    web.post(here, data={"action": "test"})
    assert [one["type"] for one in came(hook, secret, clock)] == ["test"]
    web.post(here, data={"action": "on"})
    last = world.notice(hs=["851610"])
    world.run(*EVERY)
    [told] = came(hook, secret, clock)
    assert [one["id"] for one in told["data"]["notices"]] == [last]
    assert len({letter.id for letter in world.rows(Letter, Letter.outcome == "")}) == 0


def test_an_endpoint_gets_only_what_its_subscriptions_bring(
    world: Any, post: Any, hook: Server, web: TestClient, clock: Any
) -> None:
    kettles, toys = world.reader(**WISH), world.reader(sectors=["toys-children"])
    web.post(page_of(kettles), data={"kind": "webhook", "address": hook.url, "subscription": [str(toys.id)]})
    world.notice(hs=["851610"])
    world.run(*EVERY)
    assert hook.came == []
    assert len(post.letters()) == 1
    both = world.notice("Kettles for children", hs=["851610"], sectors=("toys-children",))
    world.notice(hs=["851610"])
    world.run(*EVERY)
    [(_, _, body)] = hook.came
    [notice] = json.loads(body)["data"]["notices"]
    assert notice["id"] == both
    assert [one["subscription_id"] for one in notice["because"]] == [toys.id]
