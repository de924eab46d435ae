"""A letter as bytes on the wire: headers, MIME parts, signature.

Written out directly: the standard library's EmailMessage costs three times what all else does. Tests read
what is written with its strict parser.
"""

import binascii
import hashlib
import re
from collections.abc import Iterator
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from urllib.parse import quote

from alerts import dkim
from alerts.ledger import sender_domain
from alerts.letter import LANGUAGE_TAGS, Mail
from config.settings import settings
from database import types

LIST_NAME = "tbt-alerts"
LINE = 76
WORD = 42  # bytes of a word in a header, so that the line stays under 76


def _one_line(value: str) -> str:
    """The value, unless it would end its header. Raises ValueError."""
    if not value.isprintable():
        raise ValueError("a line break or control character in a header")
    return value


@lru_cache(maxsize=8)
def _sender(mail_from: str) -> str:
    name, address = parseaddr(_one_line(mail_from))
    return formataddr((name, address))


def _phrase(words: str) -> str:
    """A header's text: as it is, or in encoded words (RFC 2047) of whole characters."""
    plain = " ".join(words.split())
    if plain.isascii() and len(plain) < 60 and "=?" not in plain:
        return plain
    if plain.isascii():
        return Header(plain, "us-ascii", maxlinelen=75, header_name="Subject").encode(linesep="\r\n")
    parts: list[str] = []
    part: list[str] = []
    size = 0
    for character in plain:
        length = len(character.encode())
        if size + length > WORD:
            parts.append("".join(part))
            part, size = [], 0
        part.append(character)
        size += length
    parts.append("".join(part))
    encoded = (binascii.b2a_base64(one.encode(), newline=False).decode() for one in parts)
    return "\r\n ".join(f"=?utf-8?b?{one}?=" for one in encoded)


def _base64(raw: bytes) -> bytes:
    whole = binascii.b2a_base64(raw, newline=False)
    return b"\r\n".join([whole[at : at + LINE] for at in range(0, len(whole), LINE)])


def _part(content_type: str, words: str, readable: bool) -> bytes:
    """A part: English stays readable, Chinese in base64, as quoted-printable would triple it."""
    raw = words.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    if readable:
        # b2a_qp ends its soft breaks like the first line of the text, and with a bare LF if there is only one
        soft = binascii.b2a_qp(raw, istext=True).replace(b"\r\n", b"\n")
        encoding, body = b"quoted-printable", soft.replace(b"\n", b"\r\n")
    else:
        encoding, body = b"base64", _base64(raw)
    head = b"Content-Type: " + content_type.encode() + b"\r\nContent-Transfer-Encoding: " + encoding
    return head + b"\r\n\r\n" + body


def _joined(kind: str, boundary: str, parts: list[bytes]) -> tuple[str, bytes]:
    """Content-Type and body of a multipart."""
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return f'multipart/{kind};\r\n boundary="{boundary}"', body


def _named(name: str) -> str:
    """The name of a file as a parameter: as it is, or in parts of percent-encoded UTF-8 (RFC 2231)."""
    if re.fullmatch(r"[\w.-]{1,60}", name, re.ASCII):
        return f'; filename="{name}"'
    encoded = "utf-8''" + quote(name, safe="")
    # A part ends anywhere but inside of %XX.
    parts = re.findall(r"(?:%..|[^%]){1,18}", encoded)
    return "".join(f";\r\n filename*{place}*={part}" for place, part in enumerate(parts))


def _file(content_type: str, name: str, content: bytes) -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Disposition: attachment{_named(name)}\r\n"
    return head.encode("ascii") + b"Content-Transfer-Encoding: base64\r\n\r\n" + _base64(content)


def _attached(mail: Mail) -> Iterator[bytes]:
    if mail.calendar:
        yield _file("text/calendar; charset=utf-8; method=PUBLISH", "dates.ics", mail.calendar)
    if mail.pdf:
        yield _file('application/pdf;\r\n name="brief.pdf"', *mail.pdf)  # for readers without RFC 2231


def build(mail: Mail) -> bytes:
    """The message, signed when a DKIM key is configured."""
    boundary = hashlib.sha256(mail.message_id.encode()).hexdigest()[:24]
    readable = mail.language == "en"
    content_type, body = _joined(
        "alternative",
        f"=_{boundary}",
        [
            _part("text/plain; charset=utf-8", mail.text, readable),
            _part("text/html; charset=utf-8", mail.html, readable),
        ],
    )
    if attached := list(_attached(mail)):
        inner = f"Content-Type: {content_type}\r\n\r\n".encode() + body
        content_type, body = _joined("mixed", f"=_m{boundary}", [inner, *attached])
    headers = [
        ("From", _sender(settings().mail_from)),
        ("To", _one_line(mail.to)),
        ("Subject", _phrase(mail.subject)),
        ("Date", format_datetime(types.now())),
        ("Message-ID", _one_line(mail.message_id)),
        ("Auto-Submitted", "auto-generated"),
        ("X-Entity-Ref-ID", mail.message_id.strip("<>").partition("@")[0]),
    ]
    if mail.unsubscribe_url:
        url = _one_line(mail.unsubscribe_url)
        mailto = f"mailto:{mail.unsubscribe_address}?subject=unsubscribe"
        headers += [
            ("Precedence", "bulk"),
            ("List-Id", f"<{LIST_NAME}.{sender_domain()}>"),
            # Links are never broken or encoded, however long.
            ("List-Unsubscribe", f"<{url}>,\r\n <{mailto}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    headers += [
        ("MIME-Version", "1.0"),
        ("Content-Language", LANGUAGE_TAGS[mail.language]),
        ("Content-Type", content_type),
    ]
    return dkim.signed(headers, body)
