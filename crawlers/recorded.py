"""Recorded pages: what a source answered once, and what a person found right to read from it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers.errors import CrawlError
from crawlers.form import form
from crawlers.record import normalise
from crawlers.source import Follow, Refused, Source
from crawlers.sources import source

HOME = Path(__file__).parent.parent / "tests" / "sources"
EXPECTED, ADDRESSES = "notices.json", "addresses.json"
UNSEEN = "not yet compared with the page by a person: remove this line when it has been"
ANYWHERE = "https://recorded/?page=1"


class NotRecorded(CrawlError):
    """There is nothing recorded, or nowhere to put it."""


def pages(name: str) -> list[tuple[Path, str]]:
    """The pages of a source and where each came from, where that matters, in the order of asking."""
    known = _addresses(name)
    found = [path for path in sorted((HOME / name).glob("*")) if path.name not in (EXPECTED, ADDRESSES)]
    return [(path, known.get(path.name, ANYWHERE)) for path in found]


def _addresses(name: str) -> dict[str, str]:
    path = HOME / name / ADDRESSES
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def read(name: str) -> Iterator[dict[str, Any]]:
    """What the recorded pages hold, in the service's terms."""
    reader: Source = source(name)()
    for path, address in pages(name):
        for row in reader.page(address, path.read_bytes()).rows:
            found = reader.read(row)
            if isinstance(found, Refused):
                yield {"refused": found.rule, "record": reader.label(row)}
            elif isinstance(found, Follow):
                yield {"read from its own page": found.address}
            else:
                facts = normalise(found, form(name)).as_json()
                yield {"source_id": found.source_id, **facts, "unread": list(found.unread)}


def expect(name: str) -> int:
    """Write what is read now as what is expected, marked as not yet looked at; how many records."""
    found = list(read(name))
    words = json.dumps([UNSEEN, *found], ensure_ascii=False, indent=1)
    (HOME / name / EXPECTED).write_text(words + "\n", encoding="utf-8")
    return len(found)


def keep(name: str, address: str, body: bytes) -> Path:
    """Store a page among the recorded ones; where."""
    if not HOME.parent.is_dir():
        raise NotRecorded(f"{HOME.parent} is not there: pages are recorded in a checkout of the project")
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    known = _addresses(name)
    file = next((file for file, there in known.items() if there == address), None)
    if file is None:
        stem = re.sub(r"\W+", "-", Path(urlsplit(address).path).stem).strip("-")[:40] or "page"
        file = f"{len(pages(name)) + 1}-{stem}.{_ending(body)}"
        (folder / ADDRESSES).write_text(
            json.dumps({**known, file: address}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    (folder / file).write_bytes(body)
    return folder / file


def _ending(body: bytes) -> str:
    head = body[:500].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        return "json"
    return "html" if b"<html" in body[:2000].lower() else "xml" if head[:1] == b"<" else "txt"
