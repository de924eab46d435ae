"""Templates into pages. Everything is escaped; nothing from another host is referred to."""

import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.reader import COOKIE, Reader, address, language_of
from config.settings import settings
from config.texts import LANGUAGES

HOME = Path(__file__).parent
STATIC = HOME / "static"
YEAR_SECONDS = 365 * 86_400


def outside(url: str) -> str:
    """An address a publisher wrote, if it is safe to follow; empty otherwise."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


@lru_cache(maxsize=64)
def _stamp(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def static(name: str) -> str:
    """The address of a file of ours; changes with its content, so that it may be kept for ever."""
    path = STATIC / name
    return f"/static/{name}?v={_stamp(path, path.stat().st_mtime_ns)}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HOME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["outside"] = outside
    environment.globals.update(static=static, address=address)
    return environment


def _switches(request: Request) -> dict[str, str]:
    """The page in each language. A form's answer has no address of its own to go back to."""
    path = request.url.path if request.method in ("GET", "HEAD") else "/"
    query = request.query_params.multi_items() if path != "/" or request.method in ("GET", "HEAD") else []
    kept: dict[str, list[str]] = {}
    for name, value in query:
        if name != "lang":
            kept.setdefault(name, []).append(value)
    return {language: address(path, {**kept, "lang": language}) for language in LANGUAGES}


def render(
    request: Request, template: str, *, status: int = 200, private: bool = False, **values: object
) -> HTMLResponse:
    """A page in the reader's language. `private`: holds a token, so that nobody keeps a copy."""
    reader = Reader(language_of(request))
    body = (
        _environment()
        .get_template(template)
        .render(
            reader=reader,
            t=reader.say,
            path=request.url.path,
            switches=_switches(request),
            demo=getattr(request.app.state, "mailbox", None) is not None if "app" in request.scope else False,
            private=private,
            person=request.scope.get("person"),
            **values,
        )
    )
    answer = HTMLResponse(body, status)
    answer.headers["Content-Language"] = reader.language
    answer.headers["Vary"] = "Accept-Language, Cookie"
    if private:
        answer.headers["Cache-Control"] = "no-store"
    elif request.scope.get("person"):
        answer.headers["Cache-Control"] = "private, no-cache"
    if request.query_params.get("lang") == reader.language != request.cookies.get(COOKIE):
        answer.set_cookie(
            COOKIE,
            reader.language,
            max_age=YEAR_SECONDS,
            httponly=True,
            samesite="lax",
            secure=settings().public_url.startswith("https://"),
        )
    return answer
