import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import stream


def run(data, **options):
    target = io.BytesIO()
    done = stream.run(io.BytesIO(data), target, **options)
    return done, [json.loads(line) for line in target.getvalue().splitlines()]


def line(**row):
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def test_lines_come_out_in_the_order_they_went_in():
    done, rows = run(b"".join(line(id=n, title="Toys") for n in range(100)))
    assert [row["id"] for row in rows] == list(range(100))
    assert (done.records, done.errors) == (100, 0)


@pytest.mark.parametrize(
    ("data", "id", "says"),
    [
        (b"{not json\n", None, "not JSON"),
        (b"[1]\n", None, "not a JSON object"),
        (b'"text"\n', None, "not a JSON object"),
        (b'{"title": "x"}\n', None, "id is missing"),
        (b'{"id": null}\n', None, "id is missing"),
        (b'{"id": true}\n', None, "id is missing"),
        (b'{"id": 1.5}\n', None, "id is missing"),
        (b'{"id": "a", "title": 5}\n', "a", "title must be a text"),
        (b'{"id": "a", "hs": "8516"}\n', "a", "hs must be a list of texts"),
        (b'{"id": "a", "ics": [1]}\n', "a", "ics must be a list of texts"),
        (b'{"id": 7, "member": 840}\n', 7, "members must be a list of texts"),
        (b"\xff\xfe\x00\n", None, "not UTF-8"),
        (b"\x00" * 50 + b"\n", None, "not JSON"),
        (b"[" * 100_000 + b"\n", None, "not JSON"),
    ],
)
def test_a_broken_line_is_answered_in_its_place_and_the_run_goes_on(data, id, says):
    done, rows = run(line(id="before") + data + line(id="after"))
    assert [row.get("id") for row in rows] == ["before", id, "after"]
    assert says in rows[1]["error"]
    assert ("id" in rows[1]) is (id is not None)
    assert (done.records, done.errors) == (2, 1)


def test_byte_order_mark_empty_lines_and_a_missing_last_line_end_are_no_matter():
    _, rows = run(b"\xef\xbb\xbf" + line(id="1") + b"\n  \r\n" + b'{"id": "2"}\r\n' + b'{"id": "3"}')
    assert [row["id"] for row in rows] == ["1", "2", "3"]


def test_an_empty_input_gives_an_empty_output():
    assert run(b"") == (stream.Run(0, 0), [])


def test_absent_and_null_fields_are_empty():
    _, (row,) = run(line(id="1", title=None, text=None, products=None, hs=None, ics=None, member=None))
    assert (row["sectors"], row["markets"]) == ([], [])


def test_half_a_character_is_answered_in_valid_utf8():
    _, (row,) = run(b'{"id": "\\ud83e", "title": "\\ud83e toys"}\n')
    assert row["id"] == "\ud83e"
    assert row["sectors"][0]["code"] == "toys-children"


def test_a_text_of_two_megabytes_is_read():
    _, (row,) = run(line(id="1", title="Toys", text="电动玩具的安全 electric toys. " * 60_000))
    assert row["sectors"][0]["code"] == "toys-children"


def test_a_line_without_end_is_refused_and_never_held(monkeypatch):
    monkeypatch.setattr(stream, "LONGEST", 100)
    _, rows = run(line(id="1") + b'{"id": "' + b"x" * 1000 + b'"}\n' + line(id="2"))
    assert [row.get("id") for row in rows] == ["1", None, "2"]
    assert "longer than 100 bytes" in rows[1]["error"]


def test_input_is_taken_a_batch_at_a_time():
    source = io.BytesIO(line(id="1", title="Toys") * 1000)
    seen = []
    stream.run(source, io.BytesIO(), progress=lambda done: seen.append((done, source.tell())))
    assert len(seen) > 10
    assert seen[0][1] < len(source.getvalue()) / 10
    assert seen[-1][0] == 1000


def test_codes_can_be_left_out():
    data = line(id="1", hs=["9503"])
    assert run(data)[1][0]["sectors"][0]["code"] == "toys-children"
    assert run(data, use_codes=False)[1][0]["sectors"] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b and b.strip()), max_size=5))
def test_any_junk_gives_one_answer_a_line(lines):
    done, rows = run(b"\n".join(lines).removeprefix(b"\xef\xbb\xbf"))
    assert done.records + done.errors == len(rows)
    assert all("error" in row or "ranking" in row for row in rows)
