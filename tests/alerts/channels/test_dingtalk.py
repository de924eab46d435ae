import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hooks import NOW

from alerts.calls import Gone, InvalidEndpoint
from alerts.channels import dingtalk
from alerts.errors import Refused, Unreachable
from alerts.notes import TEST

REAL = "https://oapi.dingtalk.com/robot/send?access_token=abc"


def answer(code, words="ok"):
    return 200, json.dumps({"errcode": code, "errmsg": words}).encode(), {}


async def test_a_message_is_signed_with_moment_and_secret(hook, note):
    hook.answer = answer(0)
    await dingtalk.send(note(hook.url + "?access_token=abc", secret="SECkey"))
    query = parse_qs(urlsplit(hook.came[0][0]).query, strict_parsing=True)
    moment = str(int(NOW.timestamp() * 1000))
    expected = hmac.digest(b"SECkey", f"{moment}\nSECkey".encode(), hashlib.sha256)
    assert query["access_token"] == ["abc"]
    assert query["timestamp"] == [moment]
    assert base64.b64decode(query["sign"][0]) == expected


async def test_without_a_secret_nothing_is_added(hook, note):
    hook.answer = answer(0)
    await dingtalk.send(note(hook.url + "?access_token=abc"))
    assert hook.came[0][0] == "/hook?access_token=abc"


async def test_the_group_gets_a_title_and_markdown(hook, note):
    hook.answer = answer(0)
    await dingtalk.send(note(hook.url))
    message = json.loads(hook.came[0][2])
    assert message["msgtype"] == "markdown"
    assert message["markdown"]["title"] == "技术性贸易措施预警 1 条"
    assert "(https://tbt.example.org/notices/1)" in message["markdown"]["text"]


async def test_a_test_message_says_that_it_is_one(hook, note):
    hook.answer = answer(0)
    await dingtalk.send(note(hook.url, [], kind=TEST, subject="测试消息", text="设置成功。"))
    assert json.loads(hook.came[0][2])["markdown"]["text"] == "**测试消息**\n\n设置成功。"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (-1, Unreachable), (130101, Unreachable), (410100, Unreachable), (310000, Unreachable),
        (300001, Gone), (400101, Gone), (400102, Gone), (400106, Gone), (400013, Gone),
        (430104, Refused), (400105, Refused), (123, Unreachable),
    ],
)  # fmt: skip
async def test_the_code_in_a_200_is_read(hook, note, code, error):
    hook.answer = answer(code, "sign not match")
    with pytest.raises(error) as caught:
        await dingtalk.send(note(hook.url))
    assert type(caught.value) is error


@pytest.mark.usefixtures("data_dir")
def test_the_address_must_be_the_services_own():
    assert dingtalk.endpoint(REAL, "SECx") == (REAL, "SECx")
    with pytest.raises(InvalidEndpoint) as caught:
        dingtalk.endpoint("https://example.org/robot/send?access_token=abc", "")
    assert "https://oapi.dingtalk.com/robot/send" in str(caught.value)
    with pytest.raises(InvalidEndpoint, match="secret"):
        dingtalk.endpoint(REAL, "密")
