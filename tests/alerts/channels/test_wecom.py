import json

import pytest
from hooks import line

from alerts.calls import Gone, InvalidEndpoint
from alerts.channels import wecom
from alerts.errors import Refused, Unreachable

REAL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc"


def answer(code, words="ok"):
    return 200, json.dumps({"errcode": code, "errmsg": words}).encode(), {}


async def test_the_group_gets_markdown_with_level_title_link_and_reason(hook, note):
    hook.answer = answer(0)
    assert await wecom.send(note(hook.url)) == "0 ok"
    message = json.loads(hook.came[0][2])
    assert message["msgtype"] == "markdown"
    content = message["markdown"]["content"]
    for part in ("橙色", "(https://tbt.example.org/notices/1)", "2026-11-30", "直接相关", "机器生成"):
        assert part in content


async def test_nothing_a_publisher_wrote_becomes_markup_or_a_call_to_everybody(hook, note):
    hook.answer = answer(0)
    bad = "<@all> [click](https://evil.example.org) <font color=red>**x**</font> `y` # z ![i](j)"
    await wecom.send(note(hook.url, [line(bad, reasons=[bad], news=bad, by_when=bad, in_force=bad)]))
    content = json.loads(hook.came[0][2])["markdown"]["content"]
    assert "<" not in content
    assert "@" not in content
    assert "](https://evil" not in content
    assert content.count("](") == 1


async def test_a_long_letter_is_cut_at_a_whole_notice_within_the_limit(hook, note):
    hook.answer = answer(0)
    await wecom.send(note(hook.url, [line("很长的标题" * 40) for _ in range(20)]))
    content = json.loads(hook.came[0][2])["markdown"]["content"]
    assert len(content.encode()) <= 4096
    shown = content.count("/notices/1")
    assert 0 < shown < 20
    assert f"另有 {20 - shown} 条" in content


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (-1, Unreachable), (45009, Unreachable), (99999, Unreachable),
        (93000, Gone), (40008, Refused), (40058, Refused), (44004, Refused),
    ],
)  # fmt: skip
async def test_the_code_in_a_200_is_read(hook, note, code, error):
    hook.answer = answer(code, "invalid webhook url, hint: [li@firm.example.org]")
    with pytest.raises(error) as caught:
        await wecom.send(note(hook.url))
    assert type(caught.value) is error
    assert caught.value.reply.startswith(str(code))
    assert "li@" not in caught.value.reply


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"errcode": "x"}', b'{"a": 0}', b"[" * 60_000]
)
async def test_an_answer_that_is_no_robots_is_tried_again(hook, note, body):
    hook.answer = (200, body, {})
    with pytest.raises(Unreachable):
        await wecom.send(note(hook.url))


async def test_an_error_of_the_server_is_tried_again(hook, note):
    hook.answer = (502, b'{"errcode": 0}', {})
    with pytest.raises(Unreachable):
        await wecom.send(note(hook.url))


@pytest.mark.usefixtures("data_dir")
def test_the_address_must_be_the_services_own():
    assert wecom.endpoint(REAL, "") == (REAL, "")
    for url in (
        "https://example.org/cgi-bin/webhook/send?key=1",
        "https://qyapi.weixin.qq.com.example.org/cgi-bin/webhook/send?key=1",
        "https://qyapi.weixin.qq.com/cgi-bin/menu/delete?access_token=1",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
    ):
        with pytest.raises(InvalidEndpoint):
            wecom.endpoint(url, "")
