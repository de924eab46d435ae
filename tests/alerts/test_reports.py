import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incoming import arf, dsn, prose

from alerts import reports
from alerts.reports import NOTHING, read


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind", "again"),
    [
        ("5.1.1", "550 5.1.1 <li@firm.example.org>: Recipient address rejected: User unknown", "hard", False),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard", False),
        ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", "hard", False),
        ("5.0.0", "550 Mailbox not found. http://service.mail.qq.com", "hard", False),
        ("5.1.1", "", "hard", False),
        ("5.2.2", "552 5.2.2 The recipient's inbox is out of storage: mailbox full", "soft", True),
        ("4.4.1", "connect to mx.firm.example.org: Connection timed out", "soft", True),
        ("4.2.2", "452 4.2.2 over quota", "soft", True),
        ("5.7.1", "554 5.7.1 message content rejected by policy", "soft", False),
        ("5.0.0", "550 Domain frequency limited [xx]", "", False),
        ("5.0.0", "550 Connection frequency limited", "", False),
        ("5.7.0", "554 发信频率过高，请稍后再试", "", False),
        ("5.0.0", "550 收件人不存在", "hard", False),
    ],
)  # fmt: skip
def test_a_delivery_report_is_judged_by_code_and_words(status, diagnostic, kind, again):
    found = read(dsn(status, diagnostic))
    assert (found.kind, found.again) == (kind, again)
    assert "li@" not in found.words


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_only_a_failure_counts(action):
    assert read(dsn("4.4.1", "451 later", action)).kind == ""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "gb18030"])
@pytest.mark.parametrize(
    ("body", "kind", "again"),
    [
        ("抱歉，您的邮件被退回来了，原因：收件人邮箱地址不存在，无法送达。", "hard", False),
        ("很抱歉，邮件投递失败，对方邮箱空间已满。", "soft", True),
        ("SMTP error, RCPT TO: 550 User not found: li@163.example.org", "hard", False),
        ("550 Mailbox unavailable or access denied", "soft", False),
        ("您的域名发信频率超过限制", "", False),
        ("邮件被对方服务器拒收", "soft", False),
    ],
)
def test_chinese_providers_say_it_in_prose(body, kind, again, charset):
    found = read(prose("PostMaster@qq.example.org", "系统退信", body, charset))
    assert (found.kind, found.again) == (kind, again)


def test_prose_in_html_is_read_without_its_tags():
    raw = prose(
        "postmaster@example.org", "系统退信/Systems bounce", "<p>收件人<b>不存在</b></p>", subtype="html"
    )
    assert read(raw).kind == "hard"


def test_somebody_on_holiday_is_no_bounce():
    raw = prose(
        "Li <li@firm.example.org>", "自动回复：休假", "我不在。旧邮箱地址已停用，请写给王先生 550 5.1.1"
    )
    assert read(raw, "") == NOTHING
    again = raw.replace(b"From:", b"Auto-Submitted: auto-replied\r\nFrom:")
    assert read(again, "li@firm.example.org") == NOTHING


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "ABUSE"])
def test_a_complaint_names_the_letter_it_is_about(kind):
    found = read(arf(kind))
    assert found.kind == "complaint"
    assert "<alert-1-0123456789abcdef@tbt.example.org>" in found.original


def test_not_spam_is_no_complaint():
    assert read(arf("not-spam")) == NOTHING


def nested(depth: int) -> bytes:
    """A report inside a report inside a report …"""
    head = b"".join(
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b%d"\r\n\r\n--b%d\r\n'
        % (n, n)
        for n in range(depth)
    )
    return b"From: mailer-daemon@x\r\nSubject: failure notice\r\n" + head + b"\r\n550 5.1.1 no such user\r\n"


BOUNCE = b"From: postmaster@x\r\nSubject: failure notice\r\n\r\n"
EMPTY = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/%s\r\n\r\n"
HOSTILE = {
    "nested": nested(2000),
    "nested a little": nested(30),
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "huge": dsn("5.1.1", "550 5.1.1 " + "x" * 2_000_000),
    "many lines": dsn("5.1.1", "550") + b"\r\n" * 100_000,
    "many recipients": dsn("5.1.1", "550", fields="\n\n".join(["X: y"] * 15_000)),
    "unknown charset": b'From: postmaster@x\r\nContent-Type: text/plain; charset="no-such"\r\n\r\n\xff 550',
    "charset that is none": b'From: postmaster@x\r\nContent-Type: text/plain; charset="rot13"\r\n\r\nabc',
    "null in charset": b'From: postmaster@x\r\nContent-Type: text/plain; charset="a\x00b"\r\n\r\nabc',
    "broken header": b"From: =?utf-8?b?\xff\xff?= <postmaster@x>\r\nSubject: =?x?q?=ZZ?=\r\n\r\n550",
    "broken base64": b"From: postmaster@x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!a===\xff",
    "broken uuencode": b"From: postmaster@x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin\n\xff",
    "empty": b"",
    "angles": BOUNCE + b"<" * 500_000,
    "digits": BOUNCE + b"550 " * 100_000,
    "addresses": BOUNCE + b"a" * 300_000 + b"@" * 300_000,
    "empty report": EMPTY % b"delivery-status",
    "empty complaint": EMPTY % b"feedback-report",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_read_quickly_and_raises_nothing(name):
    start = time.monotonic()
    found = read(HOSTILE[name])
    assert time.monotonic() - start < 5
    assert len(found.words) <= 400
    assert len(found.original) <= reports.LONGEST_TEXT


@given(st.binary(max_size=2000), st.integers(0, 900))
def test_whatever_is_cut_or_changed_nothing_is_raised(noise, at):
    raw = dsn("5.1.1", "550 5.1.1 unknown")
    read(raw[:at] + noise)
    read(noise)
    read(raw[:at] + noise + raw[at:])


def test_a_report_in_a_providers_own_charset_is_understood():
    raw = dsn("5.0.0", "550 @@").replace(b"@@", "收件人不存在".encode("gbk"))
    assert read(raw).kind == "hard"
