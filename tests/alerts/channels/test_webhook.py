import base64
import dataclasses
import hashlib
import hmac
import json

import pytest
from hooks import NOW

from alerts.calls import Gone, InvalidEndpoint
from alerts.channels import webhook
from alerts.errors import Unreachable

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


async def test_a_receiver_can_verify_the_signature_as_the_standard_says(hook, note):
    reply = await webhook.send(note(hook.url, secret=SECRET))
    assert reply.startswith("200")
    [(_, headers, body)] = hook.came
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "alert-7-0123456789abcdef"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1"
    assert base64.b64decode(signature) == hmac.digest(KEY, signed, hashlib.sha256)


async def test_the_body_holds_the_facts_of_each_notice(hook, note):
    await webhook.send(note(hook.url, secret=SECRET))
    body = json.loads(hook.came[0][2])
    assert body["type"] == "notices.owed"
    assert body["timestamp"] == NOW.isoformat()
    assert body["data"]["notices"] == [{"id": 1, "title": "茶"}]
    assert body["data"]["more"] == 0


async def test_a_message_holds_the_first_hundred_notices_and_says_how_many_more_there_are(hook, note):
    facts = tuple({"id": number} for number in range(250))
    await webhook.send(dataclasses.replace(note(hook.url, secret=SECRET), facts=facts))
    data = json.loads(hook.came[0][2])["data"]
    assert [one["id"] for one in data["notices"]] == list(range(100))
    assert data["more"] == 150


def test_the_published_example_of_the_standard_is_signed_alike():
    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = webhook.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_acceptance(hook, note, status):
    hook.answer = (status, b"", {})
    assert (await webhook.send(note(hook.url, secret=SECRET))).startswith(str(status))


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 502, 503])
async def test_anything_else_is_tried_again_later(hook, note, status):
    hook.answer = (status, b"mail li@firm.example.org <b>", {"Location": "/x"})
    with pytest.raises(Unreachable) as caught:
        await webhook.send(note(hook.url, secret=SECRET))
    assert caught.value.reply.startswith(str(status))
    assert "li@" not in caught.value.reply


async def test_410_means_never_again(hook, note):
    hook.answer = (410, b"", {})
    with pytest.raises(Gone):
        await webhook.send(note(hook.url, secret=SECRET))


@pytest.mark.usefixtures("data_dir")
def test_a_new_endpoint_gets_a_secret_of_its_own():
    made = {webhook.endpoint("https://example.org/hook", "")[1] for _ in range(3)}
    assert len(made) == 3
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in made)
    assert webhook.endpoint("https://example.org/hook", SECRET) == ("https://example.org/hook", SECRET)


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize("secret", ["whsec_short", "whsec_!!!", "密钥" * 20, "whsec_" + "A" * 200])
def test_a_secret_that_cannot_sign_is_refused(secret):
    with pytest.raises(InvalidEndpoint, match="secret"):
        webhook.endpoint("https://example.org/hook", secret)


def test_a_note_shows_neither_address_nor_secret(note):
    shown = repr(note("https://example.org/token", secret=SECRET))
    assert SECRET not in shown
