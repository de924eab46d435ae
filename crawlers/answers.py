"""An answer's bytes as JSON, XML or a web page, or the reason why not.

What is wrong in one place of an answer is mended or left to its record, as the others must not be lost by it:
a byte that is no character, a sign that JSON or XML must not hold.
"""

import html
import json
import re
from typing import Any

from lxml import etree
from parsel import Selector
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding

from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.words import BROKEN

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
NO_SIGN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # forbidden in XML
BARE = re.compile(rb"&(?![A-Za-z][A-Za-z0-9]*;|#\d+;|#x[0-9A-Fa-f]+;)")  # an ampersand that stands for itself
# what XML does not know unless a DTD says so, which no feed's answer may
NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);")


def is_foreign(words: str) -> bool:
    """Whether most of what is beyond ASCII could not be decoded: the words are in another charset."""
    broken = words.count(BROKEN)
    return broken > sum(character > "\x7f" for character in words) - broken


def read_json(body: bytes) -> Any:
    """The JSON of an answer. Raises UnreadableAnswer that says what came instead."""
    if not body.strip():
        raise UnreadableAnswer("the answer is empty")
    charset = json.detect_encoding(body)  # UTF-16 and UTF-32, too
    try:
        words = body.decode(charset, "replace")
        if is_foreign(words):
            body.decode(charset)
        # within texts, line ends and tabs are taken as they are
        return json.loads(words.removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] == b"<":
            raise UnreadableAnswer("the answer is a web page, not JSON") from error
        raise UnreadableAnswer(f"the answer is cut off or not JSON ({error})") from error


def read_xml(body: bytes) -> etree._Element:
    """The root of an XML answer; never loads a DTD, expands an entity or opens an address."""
    parser = etree.XMLParser(
        encoding="utf-8" if _is_utf8(body) else None,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        try:
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError:
            if (mended := _mended(body)) == body:
                raise
            root = etree.fromstring(mended, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<html" in body[:2000].lower():
            raise UnreadableAnswer("the answer is a web page, not XML") from error
        raise UnreadableAnswer(f"the answer is cut off or not XML ({error})") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(dtd.iterentities(), None) is not None:
        raise UnreadableAnswer("the answer declares entities of its own, which is refused")
    return root


def read_html(body: bytes, holds: str) -> Selector:
    """A web page, in the charset it names; it must hold what a CSS selector tells, as the known form does."""
    if not body.strip():
        raise UnreadableAnswer("the answer is empty")
    named, words = ("utf-8", body.decode()) if _is_utf8(body) else html_to_unicode(None, body)
    if is_foreign(words):
        raise UnreadableAnswer(f"the page is not in the charset it names or is taken for ({named})")
    try:
        page = Selector(words.replace("\x00", " "), type="html")
        known = page.css(holds)
    except (ValueError, etree.LxmlError) as error:
        raise UnreadableAnswer(f"the answer is no web page ({error})") from error
    if not known:
        words = " ".join(page.css("title::text, h1::text").getall()[:2]).strip()
        said = f", but says {words[:80]!r}" if words else ""
        raise UnreadableAnswer(f"not the known form: the page holds no {holds}{said}")
    return page


def named_inside(body: bytes, content_type: str) -> bytes:
    """The answer as its parsers will decode it: in UTF-8, where only its header names another charset."""
    charset = http_content_type_encoding(content_type)
    if charset in (None, "utf-8") or html_body_declared_encoding(body):
        return body
    return body if _is_utf8(body) else body.decode(charset, "replace").encode()


def _is_utf8(body: bytes) -> bool:
    """Whether the bytes are plainly UTF-8, whatever server and page call them: no other charset looks so."""
    try:
        return not body.decode().isascii()
    except UnicodeDecodeError:
        return False


def _mended(body: bytes) -> bytes:
    """The XML with what it must not hold replaced; an answer that declares entities stays as it is."""
    if b"<!ENTITY" in body:
        return body
    if not _is_utf8(body) and not re.match(
        rb"\s*<\?xml[^>]*encoding=[\"'](?!utf-8)", body[:200], re.IGNORECASE
    ):
        words = body.decode("utf-8", "replace")
        body = body if is_foreign(words) else words.encode()
    named = NAMED.sub(lambda name: html.unescape(name[0].decode()).encode(), BARE.sub(b"&amp;", body))
    return NO_SIGN.sub(b" ", named)


def is_cut_off(body: bytes) -> bool:
    """Whether a web page begins and never ends, as no parser of web pages would tell."""
    return b"<html" in body[:2000].lower() and b"</html" not in body[-5000:].lower()


def children(element: etree._Element) -> dict[str, object]:
    """The child elements by name: text, None if nil or empty, a list of texts for one that has children.

    Raises UnreadableRecord for an element that holds another twice.
    """
    found: dict[str, object] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment
        name = etree.QName(child).localname
        if name in found:
            raise UnreadableRecord(f"<{etree.QName(element).localname}> holds <{name}> twice")
        if len(child):
            found[name] = [text for text in ("".join(map(str, one.itertext())) for one in child) if text]
        else:
            found[name] = None if child.get(NIL) == "true" or not child.text else child.text
    return found
