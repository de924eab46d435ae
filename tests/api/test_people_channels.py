"""The pages of a person's other channels: added, tried out, switched, removed, without a key in sight."""

import json
import re

import html5lib
import pytest
from hooks import Server, is_signed
from sqlmodel import select

from alerts import endpoints, links, trial
from alerts.calls import masked
from alerts.channels import channel
from config.settings import settings
from config.texts import catalogue
from database import types
from database.session import reading, unit_of_work
from database.tables import Endpoint, Letter, Subscriber, Subscription

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec33e42541b09b08551f"


@pytest.fixture
def me(database, monkeypatch) -> str:
    """The address of a person's page; they have two subscriptions."""
    monkeypatch.setenv("TBT_CALL_LOOPBACK", "1")
    settings.cache_clear()
    with unit_of_work() as session:
        session.add(person := Subscriber(email="chen@toys.example.com", token="t", confirmed_at=types.now()))
        session.flush()
        for name in ("玩具 <b>", "Tea"):
            session.add(
                Subscription(
                    subscriber_id=person.id, token=name, name=name, keywords=[name], confirmed_at=types.now()
                )
            )
        return f"/me/{links.token('manage', person.token)}/channels"


@pytest.fixture
def hook():
    one = Server()
    yield one
    one.close()


def stored() -> list[Endpoint]:
    with reading() as session:
        return list(session.exec(select(Endpoint).order_by(Endpoint.id)))


def add(client, me, address, kind="webhook", **more):
    return client.post(f"{me}?lang=en", data={"kind": kind, "address": address, **more})


def secret_in(page: str) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    return found[0] if found else ""


def test_a_webhook_is_added_with_a_secret_shown_once_and_tried_out(client, me, hook):
    answer = add(client, me, hook.url)
    secret = secret_in(answer.text)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    [one] = stored()
    assert one.secret == secret
    here = f"{me}/{one.id}"
    for path in (me, here, me.replace("/channels", "/export.json")):
        assert secret not in client.get(path).text
        assert one.secret[6:] not in client.get(path).text
    answer = client.post(here, data={"action": "test"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{here}?done=tried")
    assert "The test arrived" in client.get(f"{here}?done=tried&lang=en").text
    [(_, headers, body)] = hook.came
    assert is_signed(secret, headers, body)
    assert json.loads(body)["type"] == "test"
    hook.answer = (503, b"<script>busy</script>", {})
    client.post(here, data={"action": "test"})
    page = client.get(f"{here}?done=tried&lang=en").text
    assert "The test failed: 503 &lt;script&gt;busy" in page
    assert "<script>busy" not in page
    assert page.count('<th scope="row">') == 2


def test_a_secret_is_replaced_and_for_a_day_both_sign(client, me, hook, monkeypatch):
    old = secret_in(add(client, me, hook.url).text)
    here = f"{me}/{stored()[0].id}"
    edition = re.search(r'name="edition" value="(\w+)"', client.get(here).text)[1]
    answer = client.post(here, data={"action": "roll", "edition": edition})
    new = secret_in(answer.text)
    assert new not in ("", old)
    assert secret_in(client.get(here).text) == ""
    again = client.post(f"{here}?lang=en", data={"action": "roll", "edition": edition})
    assert again.status_code == 422
    assert "replaced a moment ago" in again.text
    assert stored()[0].secret == new, "a form sent twice rolls once"
    client.post(here, data={"action": "test"})
    assert [is_signed(one, *hook.came[-1][1:]) for one in (new, old)] == [True, True]
    later = types.now() + types.dt.timedelta(days=1, minutes=1)
    monkeypatch.setattr(types, "now", lambda: later)
    client.post(here, data={"action": "test"})
    assert [is_signed(one, *hook.came[-1][1:]) for one in (new, old)] == [True, False]


@pytest.mark.parametrize(("kind", "url"), [("wecom", WECOM), ("dingtalk", DINGTALK)])
def test_a_robots_key_is_on_no_page_and_in_no_export(client, me, kind, url):
    answer = add(client, me, url, kind, secret="SECf0e1d2c3b4a5")
    assert answer.status_code == 303
    [one] = stored()
    assert one.url == url
    assert one.secret == ("SECf0e1d2c3b4a5" if kind == "dingtalk" else "")
    key = url.partition("=")[2]
    pages = [client.get(path).text for path in (me, f"{me}/{one.id}", me.replace("channels", "export.json"))]
    pages.append(add(client, me, url, kind).text.replace(f'value="{url}"', ""))
    for page in pages:
        assert key not in page
        assert key[:12] not in page
        assert "SECf0e1" not in page
        assert key[:4] in page
    assert "on the list already" in pages[-1]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a…"),
        ("https://example.org/hook", "https://example.org/hook"),
        ("https://example.org/services/T0001/abcdefabcdefabcdef?a=12", "https://example.org/services/T0001/abcd…?a=…"),
        ("https://me:geheim@example.org/x", "https://…@example.org/x"),
        ("https://example.org/?plain-old-key-of-mine", "https://example.org/?plai…"),
        ("", ""),
    ],
)  # fmt: skip
def test_an_address_is_known_again_without_its_keys(url, shown):
    assert masked(url) == shown


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "http://example.org/"), ("webhook", "https://10.0.0.1/x"), ("webhook", "https://[fd00::1]/"),
        ("webhook", "https://169.254.169.254/latest"), ("webhook", "javascript:alert(1)"), ("webhook", ""),
        ("wecom", "https://example.org/cgi-bin/webhook/send?key=x"), ("fax", "https://example.org/"),
        ("mail", "https://example.org/"), ("webhook", "https://example.org/\" <script>alert(1)</script>"),
        ("webhook", "https://example.org/" + "a" * 1990),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused_and_what_was_typed_stays_text(client, me, kind, url):
    answer = add(client, me, url, kind)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert stored() == []


def test_a_person_has_five_at_most_and_ten_tests_an_hour(client, me, hook):
    for number in range(endpoints.MOST_ENDPOINTS):
        add(client, me, f"{hook.url}/{number}")
    assert add(client, me, f"{hook.url}/more").status_code == 422
    assert len(stored()) == endpoints.MOST_ENDPOINTS
    assert "At most 5 channels" in client.get(f"{me}?lang=en").text
    first, second = (f"{me}/{one.id}?lang=en" for one in stored()[:2])
    for _ in range(trial.PER_HOUR):
        assert client.post(first, data={"action": "test"}).status_code == 303
    answer = client.post(second, data={"action": "test"})
    assert answer.status_code == 422
    assert "at most 10 tests an hour" in answer.text
    client.post(first, data={"action": "remove", "sure": "yes"})
    assert client.post(second, data={"action": "test"}).status_code == 422, "removing one allows no more"
    assert len(hook.came) == trial.PER_HOUR


def test_slow_endpoints_keep_no_more_than_a_few_requests_waiting(client, me, hook, monkeypatch):
    add(client, me, hook.url)
    for _ in range(trial.AT_ONCE):
        trial._lanes.acquire()
    try:
        answer = client.post(f"{me}/{stored()[0].id}?lang=en", data={"action": "test"})
    finally:
        for _ in range(trial.AT_ONCE):
            trial._lanes.release()
    assert answer.status_code == 422
    assert "too many tests" in answer.text
    assert hook.came == []


def test_one_is_switched_off_and_on_chosen_for_and_removed_only_when_sure(client, me, hook):
    add(client, me, hook.url)
    [one] = stored()
    here = f"{me}/{one.id}"
    client.post(here, data={"action": "off"})
    assert stored()[0].disabled_why == "person"
    assert "You switched it off." in client.get(f"{here}?lang=en").text
    client.post(here, data={"action": "test"})
    assert len(hook.came) == 1, "one that is off may be tried before it is switched on"
    client.post(here, data={"action": "on"})
    assert stored()[0].disabled_at is None
    with reading() as session:
        tea = session.exec(select(Subscription.id).where(Subscription.name == "Tea")).one()
    client.post(here, data={"action": "choose", "subscription": [tea]})
    assert stored()[0].subscriptions == [tea]
    client.post(here, data={"action": "remove"})
    assert len(stored()) == 1
    answer = client.post(here, data={"action": "remove", "sure": "yes"})
    assert answer.headers["location"] == f"{me}?done=removed"
    assert stored() == []
    assert client.get(here).status_code == 404
    with reading() as session:
        assert {letter.endpoint_id for letter in session.exec(select(Letter))} == {None}


def test_nobody_sees_or_steers_what_is_another_persons(client, me, hook):
    add(client, me, hook.url)
    number = stored()[0].id
    with unit_of_work() as session:
        session.add(Subscriber(email="b@example.com", token="u", confirmed_at=types.now()))
    other = f"/me/{links.token('manage', 'u')}/channels"
    assert client.get(f"{other}/{number}").status_code == 404
    for action in ("test", "off", "roll", "choose", "remove"):
        answer = client.post(f"{other}/{number}", data={"action": action, "sure": "yes", "edition": "x"})
        assert answer.status_code == 404
    assert add(client, other, f"{hook.url}/x", subscription=[1]).status_code == 422, (
        "a stranger's subscription"
    )
    for path in ("/me/x/channels", f"/me/x/channels/{number}"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"action": "off", "kind": "webhook"}).status_code == 404
    assert (stored()[0].disabled_at, hook.came) == (None, [])


@pytest.mark.parametrize(
    "given",
    [
        {"action": "explode"}, {}, {"action": "choose", "subscription": ["x"]},
        {"action": "choose", "subscription": [2**63]},
    ],
)  # fmt: skip
def test_odd_forms_are_refused(client, me, hook, given):
    add(client, me, hook.url)
    assert client.post(f"{me}/{stored()[0].id}", data=given).status_code == 422
    assert client.get(f"{me}/{2**70}").status_code == 404


@pytest.mark.parametrize("why", ["person", "operator", "gone", "failing"])
def test_why_one_is_off_is_said(client, me, hook, why):
    add(client, me, hook.url)
    with unit_of_work() as session:
        endpoints.disable(session, session.exec(select(Endpoint)).one(), why)
    words = catalogue()[f"endpoints.why_{why}"]["en"]
    for path in (me, f"{me}/{stored()[0].id}"):
        assert words in client.get(f"{path}?lang=en").text


def test_every_channel_has_a_name_in_each_language():
    assert endpoints.kinds() == ("dingtalk", "webhook", "wecom")
    for kind in endpoints.kinds():
        assert f"pages.channel_{kind}" in catalogue()
        assert channel(kind)


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_pages_are_html_without_a_fault_and_nobody_keeps_a_copy(client, me, hook, lang):
    shown = add(client, me, hook.url)
    here = f"{me}/{stored()[0].id}"
    hook.answer = (500, b"\xff\x00&", {})
    client.post(here, data={"action": "test"})
    client.post(here, data={"action": "choose", "subscription": [1]})
    for answer in (
        shown, client.get(f"{me}?lang={lang}"), client.get(f"{here}?lang={lang}&done=tried"),
        client.post(f"{me}?lang={lang}", data={"kind": "fax", "address": '"<b>'}),
    ):  # fmt: skip
        assert answer.headers["cache-control"] == "no-store"
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(answer.text)
        assert parser.errors == []
        identities = re.findall(r' id="([^"]+)"', answer.text)
        assert len(identities) == len(set(identities))


@pytest.mark.browser
@pytest.mark.backends("sqlite")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everybody_can_use_the_pages_and_they_fit_a_phone(
    client, me, hook, browser, live, axe, language, scheme
):
    for kind, url in (("webhook", hook.url), ("wecom", WECOM)):
        add(client, me, url, kind)
    here = f"{me}/{stored()[0].id}"
    for status in (200, 503):
        hook.answer = (status, b"a-very-long-answer-without-any-space-in-it" * 5, {})
        client.post(here, data={"action": "test"})
    page = browser.new_context(
        bypass_csp=True, color_scheme=scheme, viewport={"width": 320, "height": 640}
    ).new_page()
    paths = [me, f"{here}?done=tried", here]
    assert axe(page, live, paths, language) == []
    for path in paths:
        page.goto(f"{live}{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
