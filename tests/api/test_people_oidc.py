"""Log-in by an identity provider: a small one on this machine, and what may be wrong with its answers."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlmodel import select

from api.login import oidc
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Audit, User

ONE = pytest.mark.backends("sqlite")
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))


class Provider:
    """What a provider knows, and how it is made to lie."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.key, self.header, self.issuer = KEY, {"alg": "RS256", "kid": "one"}, ""
        self.exchanges = 0

    def authorize(self, address: str) -> str:
        """The browser arrives with a try; the person says yes; the code to go back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return "code-1"

    def token(self, form: dict[str, list[str]]) -> dict[str, Any] | None:
        self.exchanges += 1
        verifier = form["code_verifier"][0].encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        right = form["code"] == ["code-1"] and form["client_secret"] == ["s3cret"]
        if not right or challenge != self.asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "tbt", "sub": "u-7", "iat": now, "exp": now + 300,
            "nonce": self.asked["nonce"], "email": "Wang@gd.example", "email_verified": True,
            "realm_access": {"roles": ["staff", "tbt-analysts"]}, **self.claims,
        }  # fmt: skip
        return {"id_token": jwt.encode(self.header, claims, self.key), "token_type": "Bearer"}


@pytest.fixture
def provider(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A running provider, named by the settings."""
    one = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _say(self, found: Any) -> None:
            body = json.dumps(found).encode()
            self.send_response(200 if found else 400)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                names = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys"}
                self._say({"issuer": one.issuer} | {name: address + path for name, path in names.items()})
            else:
                self._say({"keys": [KEY.as_dict(private=False)]})

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            self._say(one.token(parse_qs(self.rfile.read(length).decode())))

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = one.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    values = {
        "ISSUER": address, "CLIENT_ID": "tbt", "CLIENT_SECRET": "s3cret", "CLAIM": "realm_access.roles",
        "ROLES": '{"tbt-analysts": "analyst", "tbt-admins": "admin"}',
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"TBT_OIDC_{name}", value)
    settings.cache_clear()
    yield one
    server.shutdown()
    thread.join()
    server.server_close()
    settings.cache_clear()


def _go(client: TestClient, provider: Provider, to: str = "", **back: str) -> Any:
    away = client.get("/login/oidc", params={"to": to})
    assert away.status_code == 303
    code = provider.authorize(away.headers["location"])
    return client.get("/login/oidc/back", params={"code": code, "state": provider.asked["state"], **back})


def test_a_person_comes_in_by_the_provider_with_the_role_its_claim_says(
    client: TestClient, provider: Provider
) -> None:
    assert "/login/oidc" in client.get("/login").text
    answer = _go(client, provider, "/review?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?x=1")
    assert provider.asked["code_challenge_method"] == "S256"
    assert provider.asked["redirect_uri"] == "http://127.0.0.1:8000/login/oidc/back"
    assert client.get("/review").status_code == 200
    assert client.get("/admin").status_code == 403
    with reading() as session:
        user = session.exec(select(User)).one()
        assert (user.email, user.role, user.password_hash) == ("wang@gd.example", "analyst", "")
        assert user.oidc_subject == f"{provider.issuer} u-7"
        assert [one.what for one in session.exec(select(Audit))] == ["user.vouched"]


def test_the_role_follows_the_claim_and_the_person_their_subject(
    client: TestClient, provider: Provider, add_user: Any
) -> None:
    number = add_user("official", "wang@gd.example")
    assert _go(client, provider).status_code == 303
    provider.claims = {"email": "new@gd.example", "realm_access": {"roles": ["tbt-admins", "tbt-analysts"]}}
    assert _go(client, provider).headers["location"] == "/admin"
    with reading() as session:
        user = session.exec(select(User)).one()
        assert (user.id, user.role, user.email) == (number, "admin", "wang@gd.example")
    provider.claims = {"sub": "somebody-else"}
    assert _go(client, provider).status_code == 403  # the address is taken by another subject
    with unit_of_work() as session:
        session.get_one(User, number).disabled_at = types.now()
    provider.claims = {}
    assert _go(client, provider).status_code == 403


@ONE
@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["tbt", "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"email_verified": False},
        {"email": ""},
        {"realm_access": {"roles": ["staff"]}},
        {"realm_access": "tbt-admins"},
        {"sub": None},
    ],
)
def test_a_claim_that_is_not_right_lets_nobody_in(
    client: TestClient, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    answer = _go(client, provider)
    assert answer.status_code == 403
    assert "tbt_session" not in client.cookies
    with reading() as session:
        assert session.exec(select(User)).all() == []


@ONE
def test_a_signature_of_another_key_or_a_shared_secret_is_worth_nothing(
    client: TestClient, provider: Provider
) -> None:
    provider.key = OTHER
    assert _go(client, provider).status_code == 403
    with pytest.raises(oidc.ProviderFailed):
        oidc._claims("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", {"keys": [KEY.as_dict(private=False)]}, "x")


@ONE
def test_an_answer_is_good_only_in_the_browser_that_asked(client: TestClient, provider: Provider) -> None:
    assert _go(client, provider, state="forged").status_code == 403
    assert client.get("/login/oidc/back?code=code-1&state=x").status_code == 403
    client.cookies.clear()
    state = provider.asked["state"]
    assert client.get("/login/oidc/back", params={"code": "code-1", "state": state}).status_code == 403
    assert provider.exchanges == 0
    assert _go(client, provider, "//evil.example").headers["location"] == "/review"


@ONE
def test_a_provider_that_is_away_or_names_another_issuer_is_said_so(
    client: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.issuer = "http://127.0.0.1:1"
    assert client.get("/login/oidc").status_code == 403
    monkeypatch.setenv("TBT_OIDC_ISSUER", "http://127.0.0.1:1")
    settings.cache_clear()
    assert client.get("/login/oidc").status_code == 403
    monkeypatch.setenv("TBT_OIDC_ISSUER", "http://elsewhere.example")
    settings.cache_clear()
    assert client.get("/login/oidc").status_code == 403  # not https


@ONE
def test_without_a_provider_there_is_no_such_page(client: TestClient) -> None:
    assert client.get("/login/oidc").status_code == 404
    assert client.get("/login/oidc/back?code=a&state=b").status_code == 404
    assert "/login/oidc" not in client.get("/login").text
