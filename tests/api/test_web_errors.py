from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text as sql

from api import guard
from api.app import create_app
from config.settings import settings
from database.session import unit_of_work

Make = Callable[..., int]

ODD = ["", "x", "-1", "0", "99999999999999999999", "%00", "%F0%9F%98%80", "..%2F..", "a" * 300, "'\"<>"]


def get_routes() -> list[str]:
    paths = [path for path, methods in create_app().openapi()["paths"].items() if "get" in methods]
    pages = (
        "/", "/notices/{id}", "/sources", "/risk", "/subscribe", "/subscribe/sent", "/confirm/{token}",
        "/me/{token}", "/u/{token}", "/mailbox", "/mailbox/{number}", "/api/docs",
    )  # fmt: skip
    return [*paths, *pages]


@pytest.mark.parametrize("path", get_routes())
def test_no_route_fails_on_odd_parameters(client: TestClient, make: Make, path: str) -> None:
    make(tags={"sectors": ["food"]})
    head, brace, rest = path.partition("{")
    for odd in ODD:
        address = head + odd + rest.partition("}")[2] if brace else path
        answer = client.get(address)
        assert answer.status_code < 500, address
        for name in (
            "q",
            "sector",
            "cursor",
            "limit",
            "days",
            "lang",
            "sort",
            "done",
            "hs",
            "published_from",
        ):
            answer = client.get(f"{address}?{name}={odd}&{name}={odd}")
            assert answer.status_code < 500, f"{address}?{name}={odd}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/nothing", 404), ("/api/v1/notices/1", 404), ("/api/v1/measures/1", 404),
        ("/api/v1/notices/0", 422), ("/api/v1/notices/99999999999", 422), ("/feeds/x.atom", 404),
        ("/calendars/x.ics", 404),
    ],
)  # fmt: skip
def test_programs_get_problem_details(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["title"]


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    answer = client.delete("/api/v1/notices")
    assert answer.status_code == 405
    assert answer.json()["status"] == 405
    assert answer.headers["allow"] == "GET"


def test_people_get_a_page_when_something_is_missing(client: TestClient) -> None:
    for path in ("/nothing", "/notices/1", "/notices/x", "/mailbox"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "找不到这个页面" in answer.text


def test_a_fault_shows_neither_trace_nor_detail_and_keeps_its_headers(client: TestClient) -> None:
    with unit_of_work() as session:
        session.execute(sql("ALTER TABLE tag RENAME TO vanished"))
    for path in ("/", "/api/v1/risk"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert "vanished" not in answer.text
        assert "sqlalchemy" not in answer.text.lower()
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.get("/api/v1/risk").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/notices", "/nothing", "/api/nothing", "/static/style.css", "/healthz", "/u/x"]
)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_https_is_kept_once_the_public_address_has_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_PUBLIC_URL", "https://tbt.example.org")
    settings.cache_clear()
    assert client.get("/").headers["strict-transport-security"].startswith("max-age=")
    assert "secure" in client.get("/?lang=en").headers["set-cookie"].lower()


def test_head_answers_as_get_without_a_body(client: TestClient) -> None:
    for path in ("/", "/api/v1/notices", "/nothing"):
        head, get = client.head(path), client.get(path)
        assert head.status_code == get.status_code
        assert head.content == b""


def test_a_body_beyond_every_form_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/subscriptions", content=b"x" * (guard.MOST_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    assert client.post("/subscribe", data={"hs": "1" * (guard.MOST_BYTES + 1)}).status_code == 413
