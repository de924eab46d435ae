"""Every source against its recorded pages with one field of one record spoilt, in every way we know.

The record may be lost, and then it is counted; those beside it never are; and what is said is said in words.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lxml import etree, html
from test_source_faults import Ran, run, whole

from crawlers import recorded
from crawlers.sources import names

pytestmark = pytest.mark.usefixtures("sqlite")
INTERNAL = re.compile(r"Traceback|(?:Key|Type|Attribute|Index|Value|Unicode\w*|Overflow|Recursion)Error")
GONE = object()
SPOILT: dict[str, Any] = {
    "missing": GONE,
    "null": None,
    "blank": "  \n ",
    "a number": 7,
    "no number": float("nan"),
    "a list": [1, None, {"a": []}],
    "an object": {"x": {"y": None}},
    "yes": True,
    "odd signs": "\u0000\ud83d ßx <b>&#0;&nbsp;",
    "very long": "x" * 20_000,
    "no date": "31/02/2026",
}
ROWS = (
    *(("items",), ("results", "bindings"), ("results",), ("data",), ("value",)),
    *(("initiativeResultDtoPage", "content"), ("response", "docs")),
)


def rows_of(page: Any) -> list[Any] | None:
    """The records of a page in JSON; None: it has none, as what is asked beside a list."""
    if isinstance(page, list):
        return page
    for way in ROWS:
        found: Any = page
        for step in way:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, list):
            return found
    return None


def pages(ending: str) -> list[Any]:
    return [
        pytest.param(name, path, id=f"{name}-{path.name}")
        for name in names()
        for path, _ in recorded.pages(name)
        if path.name.endswith(ending)
    ]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a record; of lists, in the first of them."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for key, one in inner:
        yield (*way, key)
        yield from places(one, (*way, key))


def spoil(rows: list[Any], place: tuple[Any, ...], value: Any) -> None:
    at: Any = rows[0]
    for step in place[:-1]:
        at = at[step]
    if value is GONE:
        del at[place[-1]]
    else:
        at[place[-1]] = value


def served(name: str, page: bytes, instead: bytes) -> Callable[[str], tuple[int, bytes]]:
    def answer(address: str) -> tuple[int, bytes]:
        status, body = whole(name)(address)
        return status, instead if body == page else body

    return answer


def check(name: str, good: Ran, ran: Ran, how: str) -> None:
    said = f"{ran.message} {ran.faults}"
    assert not INTERNAL.search(said), (how, said[:600])
    lost = set(good.good) - set(ran.good)
    assert len(lost) <= 1, (how, lost, ran.message)
    if lost and not set(ran.good) - set(good.good):  # not under another number
        assert ran.faults or ran.refused > good.refused, (how, lost)


JSON = [one for one in pages(".json") if rows_of(json.loads(one.values[1].read_bytes()))]


@pytest.mark.parametrize(("name", "path"), JSON)
def test_a_spoilt_field_costs_no_record_beside_its_own(name: str, path: Any):
    page = path.read_bytes()
    good = run(name, whole(name))
    first = rows_of(json.loads(page))
    assert first
    for place in places(first[0]):
        for how, value in SPOILT.items():
            changed = json.loads(page)
            spoil(rows_of(changed) or [], place, value)
            ran = run(name, served(name, page, json.dumps(changed).encode()))
            check(name, good, ran, f"{place} {how}")
    for junk in (None, "x", 7, [], {}, [[]]):
        changed = json.loads(page)
        (rows_of(changed) or []).insert(0, junk)
        ran = run(name, served(name, page, json.dumps(changed).encode()))
        check(name, good, ran, f"a record that is {junk!r}")
        assert set(good.good) <= set(ran.good), junk
        assert ran.faults or not ran.message, (junk, ran.message)


def emptied(element: Any) -> None:
    element.text = None


def doubled(element: Any) -> None:
    element.addnext(copy.deepcopy(element))


def removed(element: Any) -> None:
    element.getparent().remove(element)


def garbled(element: Any) -> None:
    element.text = "31/02/2026 \u0627 <&> x"


def bare(element: Any) -> None:
    element.attrib.clear()


MARKED = [*pages(".html"), *pages(".xml"), *pages(".rss")]


@pytest.mark.parametrize(("name", "path"), MARKED)
@pytest.mark.parametrize("change", [emptied, doubled, removed, garbled, bare])
def test_a_spoilt_element_costs_its_record_at_most_or_the_page_says_what_is_missing(
    name: str, path: Any, change: Callable[[Any], None]
):
    page = path.read_bytes()
    is_html = path.suffix == ".html"
    good = run(name, whole(name))
    count = sum(1 for _ in (html if is_html else etree).fromstring(page).iter())
    for number in range(1, count):
        tree = (html if is_html else etree).fromstring(page)
        element = list(tree.iter())[number]
        if not isinstance(element.tag, str) or len(element):
            continue
        change(element)
        spoilt = (html if is_html else etree).tostring(tree, encoding="utf-8")
        ran = run(name, served(name, page, spoilt))
        how = f"<{element.tag}> {number} {change.__name__}"
        said = f"{ran.message} {ran.faults}"
        assert not INTERNAL.search(said), (how, said[:600])
        lost = set(good.good) - set(ran.good)
        if len(lost) > 1:
            assert ran.status == "failed", (how, lost, ran.message)
            assert ran.message, how
        elif lost and not set(ran.good) - set(good.good):
            counted = ran.faults or ran.refused > good.refused or ran.status != "ok"
            assert counted, (how, lost)
