import pytest
from lxml import etree

from crawlers.answers import children, named_inside, read_html, read_json, read_xml
from crawlers.errors import UnreadableAnswer, UnreadableRecord


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><html>busy</html>", "web page"),
        (b'{"items": [{"id": 1', "cut off"),
        (b"  ", "empty"),
        (b"[" * 100_000, "not JSON"),
        (b'{"x": "\xff"}', "not JSON"),
    ],
)
def test_what_is_not_json_says_what_it_is(body: bytes, why: str):
    with pytest.raises(UnreadableAnswer, match=why):
        read_json(body)


def test_json_with_a_byte_order_mark_is_read():
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<Safety-Gate><a>", "cut off"),
        (b"<html><body>busy<br></body></html>", "web page"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "entities"),
        (b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><x>&c;</x>', "entities"),
    ],
)
def test_what_is_not_plain_xml_is_refused(body: bytes, why: str):
    with pytest.raises(UnreadableAnswer, match=why):
        read_xml(body)


def test_children_are_texts_nothing_or_lists():
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    root = etree.fromstring(f'<a {xsi}><!-- c --><b>x</b><c xsi:nil="true"/><d/><e><f>1</f><f>2</f></e></a>')
    assert children(root) == {"b": "x", "c": None, "d": None, "e": ["1", "2"]}
    with pytest.raises(UnreadableRecord, match="twice"):
        children(etree.fromstring("<a><b/><b/></a>"))


def test_one_byte_that_is_no_character_costs_no_page_in_its_charset():
    assert read_json('{"a": "é…"}'.encode() + b"") == {"a": "é…"}
    assert read_json('{"a": "é…'.encode() + b'\xff"}') == {"a": "é…\ufffd"}
    assert read_json(b'{"a": "one\nline\ttwo"}') == {"a": "one\nline\ttwo"}
    root = read_xml("<rss><a>é…".encode() + b"\xff\x03</a></rss>")
    assert root.findtext("a") == "é…\ufffd "


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Pots & pans", "Pots & pans"),
        ("1&nbsp;kg &euro; &lt;5", "1\u00a0kg € <5"),
        ("Q&A &amp; more &#8211;", "Q&A & more –"),
    ],
)
def test_signs_that_xml_does_not_know_are_read_as_they_are_meant(written: str, read: str):
    assert read_xml(f"<rss><t>{written}</t></rss>".encode()).findtext("t") == read


def test_an_address_that_calls_utf8_another_charset_is_read_as_what_it_is():
    words = "<html><body><p>Технический регламент</p></body></html>"
    page = words.replace("<body>", '<meta charset="iso-8859-1"><body>').encode()
    assert read_html(page, "p").css("p::text").get() == "Технический регламент"
    assert named_inside(words.encode(), "text/html; charset=iso-8859-1") == words.encode()
    feed = '<?xml version="1.0" encoding="windows-1251"?><rss>Регламент</rss>'.encode()
    assert read_xml(feed).text == "Регламент"
    header_only = '<?xml version="1.0"?><rss>Регламент</rss>'.encode("windows-1251")
    assert read_xml(named_inside(header_only, "text/xml; charset=windows-1251")).text == "Регламент"


def test_a_page_in_another_charset_is_told_however_little_it_holds():
    page = "<html><body><p>Ürün güvenliği</p></body></html>".encode("windows-1254")
    with pytest.raises(UnreadableAnswer, match="not in the charset"):
        read_html(page, "p")
    cut = "<html><body><p>Ürün güvenliği…".encode() + b"\xc4</p></body></html>"
    assert read_html(cut, "p").css("p::text").get() == "Ürün güvenliği…\ufffd"
