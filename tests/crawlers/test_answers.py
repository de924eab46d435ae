import pytest
from lxml import etree

from crawlers.answers import children, read_json, read_xml
from crawlers.errors import UnreadableAnswer


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><html>busy</html>", "web page"),
        (b'{"items": [{"id": 1', "cut off"),
        (b"  ", "empty"),
        (b'{"x": NaN}', "no JSON number"),
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
    with pytest.raises(UnreadableAnswer, match="twice"):
        children(etree.fromstring("<a><b/><b/></a>"))
