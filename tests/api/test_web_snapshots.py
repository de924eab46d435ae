"""The stored answer behind a notice, as bytes that do nothing."""

import hashlib
import zlib

import pytest
from fastapi.testclient import TestClient

from database.session import unit_of_work
from database.tables import Body


def keep(content: bytes) -> str:
    number = hashlib.sha256(content).hexdigest()
    with unit_of_work() as session:
        session.add(Body(sha256=number, compressed=zlib.compress(content)))
    return number


def test_a_notice_leads_to_the_answer_it_was_read_from(client: TestClient, make) -> None:
    number = make()
    stored = client.get(f"/api/v1/notices/{number}").json()["snapshot"]["sha256"]
    assert f'href="/snapshots/{stored}"' in client.get(f"/notices/{number}").text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ('{"title": "玩具"}'.encode(), "text/plain; charset=utf-8"),
        (b"%PDF-1.7 \xff\xfe", "application/octet-stream"),
    ],
)
def test_the_bytes_are_those_of_the_hash_and_nothing_in_them_acts(
    client: TestClient, content: bytes, kind: str
) -> None:
    number = keep(content)
    answer = client.get(f"/snapshots/{number}")
    assert hashlib.sha256(answer.content).hexdigest() == number
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("attachment" in answer.headers.get("content-disposition", "")) == (
        kind != "text/plain; charset=utf-8"
    )
    again = client.get(f"/snapshots/{number}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("number", ["0" * 64, "x", "..%2fsecret", "A" * 64, "0" * 65])
def test_there_is_no_such_snapshot(client: TestClient, number: str) -> None:
    assert client.get(f"/snapshots/{number}").status_code in (404, 422)
