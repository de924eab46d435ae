"""What a message sent back to us says: delivery reports (RFC 3464), complaints (RFC 5965), bounces in prose.

Whoever writes such a message may be hostile: its size, parts and depth are bounded, and a message that cannot
be read says nothing.
"""

import email
import email.header
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from alerts.channels.mail import meaning, without_addresses
from alerts.errors import NoSuchAddress, Unreachable

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
MOST_PARTS = 40
MOST_LINES = 20_000
LONGEST_TEXT = 20_000
HARD, SOFT, FULL, ABOUT_US = "hard", "soft", "full", "about us"
ABOUT_US_WORDS = re.compile(r"frequency limited|too (many|fast|frequent)|rate limit|throttl", re.IGNORECASE)
COMPLAINTS = ("abuse", "fraud", "virus", "opt-out", "other")

# How providers say it in prose, first line that fits. A code with its words is judged like a live reply.
PROSE: tuple[tuple[str, str], ...] = (
    (r"频率|过于频繁|超过.{0,6}限制|发信.{0,4}限制", ABOUT_US),
    (r"(邮箱|空间|容量|信箱).{0,12}(已满|不足|满了|超限|超出)|已满", FULL),
    (r"(收件人|用户|邮箱|地址|帐号|账号|帐户|账户|信箱).{0,16}(不存在|无效|有误|错误|已?(停用|注销|禁用|冻结|失效))"
     r"|不存在.{0,6}(收件人|用户|邮箱|地址|帐号|账号)|查无此(人|邮箱)", HARD),
    (r"拒收|被?拒绝|退信|无法(投递|送达|发送)|投递失败|发送失败", SOFT),
)  # fmt: skip
BOUNCER = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mdaemon|bounces?)\b", re.IGNORECASE)
BOUNCING = re.compile(
    r"退信|undeliver|delivery (status|fail|notif)|return(ed)? (to sender|mail)|failure notice", re.I
)
REPLY = re.compile(r"\b([45]\d\d)[ \-#]+(.{0,300})", re.DOTALL)
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True)
class Report:
    """What is to be acted on. kind: hard, soft, complaint or empty; `again`: another try may do."""

    kind: str = ""
    code: str = ""
    words: str = ""
    again: bool = False
    original: str = ""


NOTHING = Report()


def read(raw: bytes, envelope_sender: str = "") -> Report:
    """What the message reports. Never raises."""
    folded = raw[: LARGEST + 1].lower()
    if (
        len(folded) > LARGEST
        or folded.count(b"\n") > MOST_LINES
        or folded.count(b"boundary") > MOST_PARTS
        or folded.count(b"message/") > MOST_PARTS
    ):
        log.warning("report_refused bytes=%d", len(raw))
        return NOTHING
    try:
        return _read(email.message_from_bytes(raw), envelope_sender)
    except Exception as error:
        # The parser raises almost anything on messages made to break it: what it cannot read says nothing.
        log.warning("report_unreadable error=%s", type(error).__name__)
        return NOTHING


def _read(message: Message, envelope_sender: str) -> Report:
    parts = list(_parts(message))
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part, parts)
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            if found := _delivery(part):
                return found
            break  # a provider's own form under the standard's name: read its prose
    if _is_bounce(message, envelope_sender):
        return _prose("\n".join(_text(part) for part in parts if part.get_content_maintype() == "text"))
    return NOTHING


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number > MOST_PARTS * 3:
            return
        yield part


def _field(block: Message, name: str) -> str:
    """A field of a report, without its type prefix ("rfc822; ", "smtp; ")."""
    for found, raw in list(block.raw_items())[:100]:
        if found.lower() == name.lower():
            value = " ".join(_any_charset(str(raw)[:1000]).split())
            return value.partition(";")[2].strip() if ";" in value[:20] else value
    return ""


def _any_charset(field: str) -> str:
    """Reports hold plain bytes of the provider's own charset, against the standard."""
    raw = field.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _blocks(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    if isinstance(payload, list):
        return payload[: MOST_PARTS * 2]
    return [email.message_from_string(block) for block in str(payload).split("\n\n")[:MOST_PARTS]]


def _delivery(part: Message) -> Report | None:
    for block in _blocks(part):
        action = _field(block, "Action").partition(" ")[0].lower()
        if action in ("delayed", "delivered", "relayed", "expanded"):
            return Report("", _field(block, "Status"))
        if action == "failed":
            return _judged(_field(block, "Status"), _field(block, "Diagnostic-Code"))
    return None


def _judged(status: str, diagnostic: str) -> Report:
    """By the one table of replies; a status code alone stands for the reply it belongs to."""
    stated = STATUS.search(status) or STATUS.search(diagnostic)
    code = stated[1] if stated else ""
    reply = REPLY.search(diagnostic)
    number, words = (int(reply[1]), reply[2]) if reply else (550, diagnostic)
    if code not in words:
        words = f"{code} {words}"
    found, prose = meaning(number, words), _prose_kind(words)
    if isinstance(found, NoSuchAddress) or prose == HARD:
        return Report(HARD, code, found.reply)
    if prose == ABOUT_US or ABOUT_US_WORDS.search(words):
        return Report("", code, found.reply)  # the address must not suffer for it
    # 4.x.x in a report: given up after days of "not now".
    return Report(SOFT, code, found.reply, again=isinstance(found, Unreachable) or code.startswith("4"))


def _complaint(part: Message, parts: list[Message]) -> Report:
    fields = _blocks(part)[0] if _blocks(part) else Message()
    kind = _field(fields, "Feedback-Type").lower()
    if kind not in COMPLAINTS:
        return NOTHING
    returned = [
        f"{name}: {value}"
        for block in [fields, *parts]
        for name, value in list(block.items())[:100]
        if name.lower() in ("message-id", "return-path", "original-mail-from")
    ]
    # Some enclose only the headers, as text.
    texts = [_text(p) for p in parts if p.get_content_type() in ("text/rfc822-headers", "text/plain")]
    return Report("complaint", words=kind, original="\n".join([*returned, *texts])[:LONGEST_TEXT])


def _is_bounce(message: Message, envelope_sender: str) -> bool:
    """Whether a message without a report is a bounce at all, and not an answer from somebody on holiday."""
    automatic = str(message.get("Auto-Submitted", "")).lower()
    if automatic.startswith("auto-replied") and envelope_sender.strip("<>"):
        return False
    sender = str(message.get("From", "")).rpartition("<")[2]
    subject = str(
        email.header.make_header(email.header.decode_header(str(message.get("Subject", ""))[:1000]))
    )
    return bool(BOUNCER.match(sender) or BOUNCING.search(subject))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    charset = "gb18030" if charset in ("gb2312", "gbk", "x-gbk") else charset
    try:
        words = payload[: LONGEST_TEXT * 4].decode(charset, "replace")
    except (LookupError, ValueError):
        words = payload[: LONGEST_TEXT * 4].decode("utf-8", "replace")
    return re.sub(r"<[^<>]{0,500}>", " ", words[:LONGEST_TEXT])


def _prose(words: str) -> Report:
    status, reply = STATUS.search(words), REPLY.search(words)
    if status or reply:
        found = _judged(status[1] if status else "", reply[0] if reply else words[:300])
        if found.kind != SOFT:
            return found
    kind = _prose_kind(words)
    if kind in (HARD, SOFT, FULL):
        code = status[1] if status else ""
        again = kind == FULL
        return Report(SOFT if again else kind, code, without_addresses(words), again)
    return found if status or reply else NOTHING


def _prose_kind(words: str) -> str:
    return next((kind for pattern, kind in PROSE if re.search(pattern, words)), "")
