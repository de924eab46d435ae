import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerts import compose, deliver, endpoint_log, endpoints, lookback, match, push, relay, trial
from alerts.calls import InvalidEndpoint
from alerts.ledger import suppress
from database.session import reading, unit_of_work
from database.tables import Attempt, Endpoint, Letter, Subscriber

EVERY = (match, lookback, compose, relay, deliver, push)


@pytest.fixture
def reader(world):
    return world.reader(sectors=["household-appliances"], language="en")


def add(reader, url, channel="webhook", secret=""):
    with unit_of_work() as session:
        who = session.get_one(Subscriber, reader.subscriber_id)
        return endpoints.add(session, who, channel, url, secret)


def copies(world):
    return world.rows(Letter, Letter.channel != "mail")


def test_an_endpoint_gets_what_the_mailbox_gets_once(world, reader, hook, post):
    add(reader, hook.url)
    number = world.notice(comment_deadline=dt.date(2026, 12, 31), hs=["851610"])
    world.run(*EVERY)
    world.run(*EVERY)
    assert len(post.letters()) == 1
    [(_, headers, body)] = hook.came
    [copy] = copies(world)
    assert headers["Webhook-Id" if "Webhook-Id" in headers else "webhook-id"] in copy.message_id
    [notice] = json.loads(body)["data"]["notices"]
    assert notice["id"] == number
    assert notice["url"] == f"https://tbt.example.org/notices/{number}"
    assert notice["comment_deadline"] == "2026-12-31"
    assert notice["hs"] == ["851610"]
    assert (notice["reason"], notice["relevance"]) == ("new", "broad")
    assert notice["because"][0]["subscription_id"] == reader.id
    assert copy.outcome == "sent"


def test_letters_from_before_the_endpoint_are_not_told_again(world, reader, hook):
    world.notice()
    world.run(*EVERY)
    add(reader, hook.url)
    world.run(*EVERY)
    assert hook.came == []


def test_another_persons_endpoint_hears_nothing(world, reader, hook):
    other = world.reader("wang@firm.example.org", sectors=["lighting"])
    add(other, hook.url)
    world.notice()
    world.run(*EVERY)
    assert hook.came == []


def test_several_endpoints_each_get_their_own_copy(world, reader, hook):
    for path in ("a", "b"):
        add(reader, f"{hook.url}/{path}")
    world.notice()
    world.run(*EVERY)
    assert sorted(path for path, _, _ in hook.came) == ["/hook/a", "/hook/b"]


def test_a_failing_endpoint_is_tried_again_under_the_same_identity(world, reader, hook, clock):
    add(reader, hook.url)
    world.notice()
    hook.answer = (503, b"busy", {})
    world.run(*EVERY)
    assert len(hook.came) == 1
    hook.answer = (200, b"", {})
    clock.forward(minutes=2)
    world.run(*EVERY)
    identities = {headers.get("webhook-id") or headers["Webhook-Id"] for _, headers, _ in hook.came}
    assert len(hook.came) == 2
    assert len(identities) == 1
    [copy] = copies(world)
    with reading() as session:
        log = endpoint_log.lines(session, session.get_one(Endpoint, copy.endpoint_id))
    assert [(line.number, line.outcome, line.code, line.words) for line in log] == [
        (2, "accepted", "200", ""),
        (1, "deferred", "503", "busy"),
    ]
    [one] = world.rows(Endpoint)
    assert (one.failures, one.failing_since, one.last_reply) == (0, None, "200")


def test_an_endpoint_that_is_down_does_not_hold_up_mail_nor_mail_an_endpoint(
    world, reader, hook, post, use, clock
):
    add(reader, hook.url)
    hook.answer = (500, b"", {})
    world.notice()
    world.run(*EVERY)
    assert len(post.letters()) == 1
    hook.answer = (200, b"", {})
    use(1)  # nobody listens there
    world.notice()
    world.run(*EVERY)
    assert json.loads(hook.came[-1][2])["data"]["notices"]


def test_while_an_endpoint_does_not_answer_its_other_letters_wait(world, reader, hook):
    add(reader, hook.url)
    hook.answer = (500, b"", {})
    for _ in range(5):
        world.notice()
        world.run(match, compose)
    world.run(relay, push)
    assert len(copies(world)) == 5
    assert len(hook.came) == 1


def test_after_days_of_failure_an_endpoint_is_switched_off_and_can_be_switched_on(world, reader, hook, clock):
    one = add(reader, hook.url)
    hook.answer = (500, b"", {})
    world.notice()
    world.run(*EVERY)
    for _ in range(12):
        clock.forward(hours=12)
        world.run(*EVERY)
    [stored] = world.rows(Endpoint)
    assert stored.disabled_why == "failing"
    assert stored.failing_since is not None
    tried = len(hook.came)
    assert tried <= 9
    world.notice()
    clock.forward(days=3)
    world.run(*EVERY)
    assert len(hook.came) == tried
    with unit_of_work() as session:
        endpoints.enable(session, session.get_one(Endpoint, one.id))
    hook.answer = (200, b"", {})
    world.run(*EVERY)
    assert len(hook.came) == tried, "what came while it was off is not told later"
    world.notice()
    world.run(*EVERY)
    assert len(hook.came) == tried + 1
    [stored] = world.rows(Endpoint)
    assert (stored.id, stored.disabled_at, stored.failures) == (one.id, None, 0)


def test_an_hours_outage_with_many_letters_switches_nothing_off(world, reader, hook, clock):
    add(reader, hook.url)
    hook.answer = (500, b"", {})
    for _ in range(12):
        world.notice()
        clock.forward(minutes=5)
        world.run(*EVERY)
    hook.answer = (200, b"", {})
    clock.forward(hours=13)
    world.run(*EVERY)
    [stored] = world.rows(Endpoint)
    assert stored.disabled_at is None
    assert {copy.outcome for copy in copies(world)} == {"sent"}


def test_an_endpoint_that_says_gone_is_never_called_again(world, reader, hook):
    add(reader, hook.url)
    hook.answer = (410, b"", {})
    for _ in range(2):
        world.notice()
        world.run(*EVERY)
    assert len(hook.came) == 1
    [stored] = world.rows(Endpoint)
    assert stored.disabled_why == "gone"
    assert copies(world)[0].outcome == "refused"
    assert world.rows_of_suppression() == [], "the mailbox is not at fault"


def test_what_nobody_asks_for_any_more_is_not_pushed(world, reader, hook):
    add(reader, hook.url)
    world.notice()
    world.run(match, compose, relay)
    with unit_of_work() as session:
        session.get_one(Subscriber, reader.subscriber_id).ended_at = reader.created_at
    world.run(push)
    assert hook.came == []
    assert [copy.outcome for copy in copies(world)] == ["dropped"]


def test_a_mailbox_that_bounces_does_not_silence_the_endpoint(world, reader, hook, post):
    add(reader, hook.url)
    with unit_of_work() as session:
        suppress(session, "li@firm.example.org", "hard_bounce")
    world.notice()
    world.run(*EVERY)
    assert post.letters() == []
    assert len(hook.came) == 1


def test_the_test_button_sends_at_once_and_says_what_came_back(world, reader, hook):
    one = add(reader, hook.url)
    hook.answer = (200, b"hello", {})
    attempt = trial.try_out(one.id)
    assert (attempt.outcome, attempt.reply) == ("accepted", "200 hello")
    assert json.loads(hook.came[0][2])["type"] == "test"
    hook.answer = (404, b"", {})
    assert trial.try_out(one.id).outcome == "deferred"
    world.run(*EVERY)
    assert len(hook.came) == 2, "a failed test is not repeated"


def test_a_robot_in_a_group_gets_the_letter_in_the_readers_language(world, reader, hook):
    hook.answer = (200, b'{"errcode":0,"errmsg":"ok"}', {})
    add(reader, hook.url, "wecom")
    world.notice()
    world.run(*EVERY)
    content = json.loads(hook.came[0][2])["markdown"]["content"]
    assert "Trade barrier alerts: 1" in content
    assert "United States" in content


def test_an_endpoint_is_checked_before_it_is_stored(world, reader, hook):
    for channel, url in (
        ("webhook", "https://10.0.0.1/"),
        ("webhook", "http://example.org/"),
        ("mail", "https://example.org/"),
        ("fax", "https://example.org/"),
        ("wecom", "https://example.org/"),
    ):
        with pytest.raises(InvalidEndpoint):
            add(reader, url, channel)
    for number in range(endpoints.MOST_ENDPOINTS):
        add(reader, f"https://example.org/{number}")
    with pytest.raises(InvalidEndpoint, match="at most 5"):
        add(reader, "https://example.org/more")
    assert len(world.rows(Endpoint)) == endpoints.MOST_ENDPOINTS


def test_one_person_cannot_touch_the_endpoint_of_another(world, reader, hook):
    one = add(reader, hook.url)
    other = world.reader("wang@firm.example.org", sectors=["lighting"])
    with unit_of_work() as session:
        stranger = session.get_one(Subscriber, other.subscriber_id)
        with pytest.raises(InvalidEndpoint):
            endpoints.find(session, stranger, one.id)
        owner = session.get_one(Subscriber, reader.subscriber_id)
        endpoints.disable(session, endpoints.find(session, owner, one.id))
        assert [found.disabled_why for found in endpoints.endpoints(session, owner)] == ["person"]
    world.notice()
    world.run(*EVERY)
    assert hook.came == []


def test_a_push_cut_short_is_made_again(world, reader, hook, clock):
    add(reader, hook.url)
    world.notice()
    world.run(match, compose, relay)
    [copy] = copies(world)
    with unit_of_work() as session:
        session.add(Attempt(letter_id=copy.id, number=1, worker="gone:1:1", started_at=clock()))
    clock.forward(minutes=20)
    world.run(push)
    assert len(hook.came) == 1
    assert [attempt.outcome for attempt in world.rows(Attempt)] == ["abandoned", "accepted"]


def test_two_workers_at_once_owe_one_copy(world, reader, hook):
    add(reader, hook.url)
    world.notice()
    world.run(match, compose)
    [letter] = world.rows(Letter)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(relay.handle, [[letter.id]] * 4))
    assert len(copies(world)) == 1
    [copy] = copies(world)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(push.handle, [[copy.id]] * 4))
    assert len(hook.came) == 1
