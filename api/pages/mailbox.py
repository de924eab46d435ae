"""`/mailbox`: the letters of the demo. Only there when the application was made with a mailbox."""

import datetime as dt
import email
import email.policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.errors import NotThere
from api.framed import framed
from api.rendering import render

router = APIRouter()

MOST_LETTERS = 500
LONGEST_BODY = 500_000


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
    html = _part(letter, "html")
    frame, allowed = framed(html)
    names = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
    answer = render(
        request,
        "letter.html",
        private=True,
        number=int(number),
        count=len(paths),
        headers=[(name, value) for name in names if (value := _header(letter, name))],
        html=frame if html else "",
        text=_part(letter, "plain"),
    )
    if html:
        answer.headers["Content-Security-Policy"] = allowed
    return answer
