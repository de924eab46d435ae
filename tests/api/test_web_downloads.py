import csv
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from api import exports, shapes

Make = Callable[..., int]

LIST = "/api/v1/notices"


def sheet(content: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        tree = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    name = tree.tag.partition("}")[0] + "}"
    assert not list(tree.iter(f"{name}f")), "the sheet holds a formula"
    return [["".join(cell.itertext()) for cell in row.iter(f"{name}c")] for row in tree.iter(f"{name}row")]


def test_all_three_downloads_hold_all_that_the_list_holds(
    client: TestClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    for number in range(5):
        make(f"Toys number {number}", tags={"sectors": ["toys-children", "food"]})
    make("Else", tags={"sectors": ["food"]})
    listed = client.get(f"{LIST}?sector=toys-children").json()["items"]
    lines = client.get(f"{LIST}?sector=toys-children&format=jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == listed
    table = client.get(f"{LIST}?sector=toys-children&format=csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [int(row["id"]) for row in rows] == [one["id"] for one in listed]
    assert rows[0]["sectors"] == "food; toys-children"
    book = client.get(f"{LIST}?sector=toys-children&format=xlsx")
    assert [row[0] for row in sheet(book.content)[1:]] == [str(one["id"]) for one in listed]
    for answer, ending in ((lines, "jsonl"), (table, "csv"), (book, "xlsx")):
        assert re.search(
            rf'^attachment; filename="notices-\d+\.{ending}"$', answer.headers["content-disposition"]
        )
    assert len(client.get(f"{LIST}?format=jsonl&limit=3").text.splitlines()) == 3


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =cmd|'/c calc'!A0", "\r=1"])
def test_no_cell_begins_as_a_formula(client: TestClient, make: Make, title: str) -> None:
    make(title)
    row = next(
        csv.DictReader(io.StringIO(client.get(f"{LIST}?format=csv").content.decode("utf-8-sig"), newline=""))
    )
    assert row["title"].startswith("'")
    assert any(cell.startswith("'") for cell in sheet(client.get(f"{LIST}?format=xlsx").content)[1])


@pytest.mark.parametrize("name", ["csv", "jsonl", "xlsx"])
def test_a_download_holds_one_batch_at_a_time(name: str) -> None:
    item = shapes.Item(
        id=1, source="s", symbols=["G/TBT/N/USA/1"], kind="regular", area="TBT", language="en",
        title="", title_zh=None, members=["USA"], sectors=["food"], markets=["US"], measure_types=[],
        level="blue", published_on=None, comment_deadline=None, days_left=None, open_for_comment=False,
        in_force_on=None, url="", page="",
    )  # fmt: skip

    def many() -> Iterator[shapes.Item]:
        for number in range(4_000):
            yield item.model_copy(update={"id": number, "title": f"{number} " * 100})

    tracemalloc.start()
    size = sum(len(part) for part in exports.WRITERS[name][1](many()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 100_000
    assert peak < 1_500_000
