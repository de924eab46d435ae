"""The words of a document (HTML, PDF, DOCX), taken out in a process of its own: python -m crawlers.extract.

Documents come from anywhere. What they cost is bounded: bytes, pages, memory, seconds; a file made to harm
ends its own process only.
"""

import io
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lxml import etree, html
from w3lib.encoding import html_to_unicode

from crawlers.words import plain

ROOT = Path(__file__).parent.parent
LONGEST = 400_000  # characters kept of one text; the snapshot holds the rest
MOST_PAGES = 600
UNPACKED = 200 * 2**20
MEMORY = 2 * 2**30
SECONDS = 90
SCANNED = 25  # characters a page, below which a PDF holds pictures of pages
MOST_FILES = 3


@dataclass(frozen=True)
class Extracted:
    """What came out of a document."""

    status: str  # text, scanned, empty, other or failed
    kind: str = ""
    text: str = ""
    cut: bool = False
    pages: int = 0
    message: str = ""
    files: tuple[tuple[str, str], ...] = ()  # address, words: documents that a page of little text leads to


def kind_of(body: bytes) -> str:
    """html, pdf, docx, text or empty, told from the bytes: publishers name types wrongly."""
    head = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body[:4] == b"PK\x03\x04":
        return "docx" if b"word/" in body else ""
    if head[:1] == b"<" or b"<html" in head.lower():
        return "html"
    return "text" if _is_text(body) else ""


def _is_text(body: bytes) -> bool:
    """Whether the bytes are words in UTF-8, and no data written as text."""
    if not body.strip() or b"\x00" in body or body.lstrip()[:1] in (b"{", b"["):
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def extract(body: bytes) -> Extracted:
    """The words of a document, in a process that may take so much and so long and no more."""
    kind = kind_of(body)
    if not kind:
        return Extracted("other", message="neither HTML nor PDF nor DOCX nor plain text")
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", "crawlers.extract", kind],
            input=body,
            capture_output=True,
            timeout=SECONDS,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
    except subprocess.TimeoutExpired:
        return Extracted("failed", kind, message=f"took longer than {SECONDS} seconds to read")
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        return Extracted("failed", kind, message=f"could not be read ({last[0][:200]})")
    found: dict[str, Any] = json.loads(done.stdout)
    return Extracted(**{**found, "files": tuple(map(tuple, found["files"]))})


def _kept(kind: str, text: str, pages: int = 0, files: tuple[tuple[str, str], ...] = ()) -> Extracted:
    words = plain(text.replace("<", "‹") if kind != "html" else text)
    status = "text" if words else "empty"
    if kind == "pdf" and len(words) < SCANNED * pages:
        status, words = "scanned", ""
    return Extracted(status, kind, words[:LONGEST], len(words) > LONGEST, pages, files=files)


def _pdf(body: bytes) -> Extracted:
    from pypdf import PdfReader  # noqa: PLC0415 - half a second, in this process only

    reader = PdfReader(io.BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        return Extracted("failed", "pdf", message="locked with a password")
    found, size = [], 0
    for page in reader.pages[:MOST_PAGES]:
        found.append(page.extract_text())
        size += len(found[-1])
        if size > LONGEST * 2:
            break
    return _kept("pdf", "\n".join(found), len(found))


def _docx(body: bytes) -> Extracted:
    from docx import Document  # noqa: PLC0415

    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        if sum(one.file_size for one in packed.infolist()) > UNPACKED:
            return Extracted("failed", "docx", message=f"larger than {UNPACKED // 2**20} MiB when unpacked")
    document = Document(io.BytesIO(body))
    found: list[str] = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            found.extend("\t".join(cell.text for cell in row.cells) for row in block.rows)
        else:
            found.append(block.text)
    return _kept("docx", "\n".join(found))


def _html(body: bytes) -> Extracted:
    tree = html.document_fromstring(
        html_to_unicode(None, body, default_encoding="utf-8")[1].replace("\x00", " ")
    )
    for element in tree.xpath(
        "//script|//style|//nav|//header|//footer|//aside|//form|//noscript|//template"
    ):
        element.drop_tree()
    main = tree.xpath("//main|//article|//*[@role='main']") or tree.xpath("//body") or [tree]
    longest = max(main, key=lambda one: len(one.text_content()))
    words = plain(etree.tostring(longest, encoding="unicode"))
    links = [(one.get("href", ""), " ".join(one.text_content().split())[:200]) for one in tree.iter("a")]
    files = tuple(
        dict.fromkeys(
            (to, said)
            for to, said in links
            if re.search(r"\.(?:pdf|docx)(?:$|\?)|/download/docx$", to, re.IGNORECASE)
        )
    )
    return _kept("html", words.replace("<", "‹"), files=files[:MOST_FILES])


def _text(body: bytes) -> Extracted:
    return _kept("text", body.decode("utf-8"))


READERS = {"pdf": _pdf, "docx": _docx, "html": _html, "text": _text}


def main(kind: str) -> int:
    """Read standard input, write what was found as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    found = READERS[kind](sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
