"""`/mailbox`: the letters of the demo. Only there when the application was made with a mailbox."""

import base64
import datetime as dt
import email
import email.policy
import hashlib
import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.errors import NotThere
from api.guard import policy
from api.rendering import render

router = APIRouter()

MOST_LETTERS = 500
LONGEST_BODY = 500_000
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


def _letters(request: Request) -> list[Path]:
    """Files of the Maildir, oldest first."""
    home: Path | None = request.app.state.mailbox
    if home is None:
        raise NotThere
    if not home.is_dir():
        return []
    kept = [path for folder in ("new", "cur") for path in (home / folder).glob("*") if path.is_file()]
    return sorted(kept, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _read(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def _header(letter: EmailMessage, name: str) -> str:
    try:
        return str(letter.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # headers the parser trips over
        return ""


def _part(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace")[:LONGEST_BODY]
    except LookupError:
        return payload.decode("utf-8", "replace")[:LONGEST_BODY]


class _Styles(HTMLParser):
    """Collects style attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update(value for name, value in attrs if name == "style" and value)


def _hashes(html: str) -> str:
    """The letter's own styles by hash: the frame inherits this page's policy, which allows nothing else."""
    styles = _Styles()
    styles.feed(html)
    found = sorted({*styles.found, *STYLE.findall(html)})
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found)
    return " ".join(["'self'", "'unsafe-hashes'", *(f"'sha256-{one}'" for one in digests)])


def _sent(date: str) -> dt.datetime | None:
    """When a letter was sent; None if it does not say."""
    try:
        return parsedate_to_datetime(date).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


@router.get("/mailbox")
def page(request: Request) -> HTMLResponse:
    """The letters, newest first."""
    paths = _letters(request)
    rows: list[dict[str, Any]] = []
    for number in range(len(paths), max(0, len(paths) - MOST_LETTERS), -1):
        letter = _read(paths[number - 1])
        rows.append(
            {
                "number": number,
                "to": _header(letter, "To"),
                "subject": _header(letter, "Subject"),
                "date": _sent(_header(letter, "Date")),
            }
        )
    return render(request, "mailbox.html", private=True, letters=rows)


@router.get("/mailbox/{number}")
def one(request: Request, number: str) -> HTMLResponse:
    """One letter: its HTML in a frame that runs nothing, its text below."""
    paths = _letters(request)
    if not (number.isascii() and number.isdigit() and len(number) < 8 and 0 < int(number) <= len(paths)):
        raise NotThere
    letter = _read(paths[int(number) - 1])
    html = _part(letter, "html").replace("\r\n", "\n")  # as a browser reads it, before it hashes
    names = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
    answer = render(
        request,
        "letter.html",
        private=True,
        number=int(number),
        count=len(paths),
        headers=[(name, value) for name in names if (value := _header(letter, name))],
        html='<base target="_top">' + html if html else "",
        text=_part(letter, "plain"),
    )
    if html:
        answer.headers["Content-Security-Policy"] = policy(style_src=_hashes(html))
    return answer
