"""Keys, limits, answers that are not sent twice, other sites."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api import gate, keys
from api.app import create_app
from config.settings import settings
from database.session import unit_of_work

Make = Callable[..., int]

LIST = "/api/v1/notices"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "buckets", gate.Buckets())
    keys._known.clear()


def key(*scopes: str, per_minute: int = 100) -> dict[str, str]:
    with unit_of_work() as session:
        return {"X-API-Key": keys.make(session, "tests", scopes, per_minute)}


def test_a_key_opens_what_its_scopes_say(client: TestClient) -> None:
    reader = key("read")
    assert client.get(LIST, headers=reader).status_code == 200
    for refused in (
        client.get(f"{LIST}?format=csv", headers=reader),
        client.post("/api/v1/subscriptions", json={"email": "a@example.org"}, headers=reader),
    ):
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
    assert client.get(f"{LIST}?format=csv", headers=key("export")).status_code == 200
    bearer = {"Authorization": f"Bearer {reader['X-API-Key']}"}
    assert client.get(LIST, headers=bearer).status_code == 200


def test_a_key_that_was_taken_back_or_never_given_opens_nothing(client: TestClient) -> None:
    mine = key("read")
    with unit_of_work() as session:
        number = keys.every(session)[0].id
        assert number is not None
        assert keys.revoke(session, number)
        assert not keys.revoke(session, number)
    for headers in (mine, {"X-API-Key": "tbt_guess"}, {"Authorization": "Bearer tbt_guess"}):
        answer = client.get(LIST, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_the_key_itself_is_not_stored(client: TestClient) -> None:
    mine = key("read")["X-API-Key"]
    with unit_of_work() as session:
        assert mine not in str([row.model_dump() for row in keys.every(session)])


def test_too_many_requests_are_told_when_to_come_again(client: TestClient) -> None:
    mine = key("read", per_minute=3)
    left = [client.get(LIST, headers=mine).headers["ratelimit-remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = client.get(LIST, headers=mine)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert client.get(LIST, headers=key("read")).status_code == 200
    assert client.get(LIST).status_code == 200


def test_without_a_key_the_limit_is_the_setting(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TBT_REQUESTS_PER_MINUTE", "2")
    settings.cache_clear()
    assert [client.get(LIST).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_what_somebody_has_is_not_sent_again_until_it_changes(client: TestClient, make: Make) -> None:
    number = make()
    for address in (LIST, f"{LIST}/{number}"):
        first = client.get(address)
        assert first.headers["last-modified"].endswith("GMT")
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    for address in ("/api/v1/risk", "/api/v1/sources", "/api/v1/measures/1"):
        tag = client.get(address).headers["etag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    known = client.get(LIST).headers["etag"]
    make()
    assert client.get(LIST, headers={"If-None-Match": known}).status_code == 200


def test_other_sites_may_ask_only_if_the_setting_names_them(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = {"Origin": "https://dash.example.org"}
    assert "access-control-allow-origin" not in client.get(LIST, headers=origin).headers
    monkeypatch.setenv("TBT_CORS_ORIGINS", '["https://dash.example.org"]')
    settings.cache_clear()
    with TestClient(create_app()) as other:
        assert other.get(LIST, headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
        stranger = other.get(LIST, headers={"Origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in stranger.headers


def test_the_openapi_names_every_answer_of_the_gate(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            assert path.startswith("/api/") == ("429" in operation["responses"]), path
