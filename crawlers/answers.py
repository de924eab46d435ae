"""An answer's bytes as JSON or XML, or the reason why not."""

import json
from typing import Any, NoReturn

from lxml import etree
from parsel import Selector
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding

from crawlers.errors import UnreadableAnswer

BROKEN = "\ufffd"  # stands for what cannot be decoded
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def read_json(body: bytes) -> Any:
    """The JSON of an answer. Raises UnreadableAnswer that says what came instead."""
    if not body.strip():
        raise UnreadableAnswer("the answer is empty")
    try:
        words = body.decode(json.detect_encoding(body))  # UTF-16 and UTF-32, too
        return json.loads(words.removeprefix("\ufeff"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] == b"<":
            raise UnreadableAnswer("the answer is a web page, not JSON") from error
        raise UnreadableAnswer(f"the answer is cut off or not JSON ({error})") from error


def read_xml(body: bytes) -> etree._Element:
    """The root of an XML answer; never loads a DTD, expands an entity or opens an address."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
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
    named, words = html_to_unicode(None, body, default_encoding="utf-8")
    if words.count(BROKEN) > max(20, len(words) // 50):
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
    if charset in (None, "utf-8") or html_body_declared_encoding(body) or body.lstrip()[:5] == b"<?xml":
        return body
    return body.decode(charset, "replace").encode()


def is_cut_off(body: bytes) -> bool:
    """Whether a web page begins and never ends, as no parser of web pages would tell."""
    return b"<html" in body[:2000].lower() and b"</html" not in body[-5000:].lower()


def children(element: etree._Element) -> dict[str, object]:
    """The child elements by name: text, None if nil or empty, a list of texts for one that has children."""
    found: dict[str, object] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment
        name = etree.QName(child).localname
        if name in found:
            raise UnreadableAnswer(f"<{etree.QName(element).localname}> holds <{name}> twice")
        if len(child):
            found[name] = [text for text in ("".join(map(str, one.itertext())) for one in child) if text]
        else:
            found[name] = None if child.get(NIL) == "true" or not child.text else child.text
    return found
