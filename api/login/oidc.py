"""Log-in by an identity provider of one's own: OpenID Connect, authorization code with PKCE.

What is at stake is checked where the standard asks for it: `state` ties the answer to this browser, `nonce`
to this try, the code verifier to who began it; the signature, issuer, audience and times of the ID token say
who it is. The role comes from a claim, at every log-in anew.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.login.errors import LoginError
from config.settings import settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")  # no shared secrets, never none
ROLES = ("admin", "analyst", "official")  # of several the first
SCOPES = "openid email profile"
MOST_BYTES, SECONDS, KEPT, LEEWAY = 256 * 1024, 10, 3600, 60
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ProviderFailed(LoginError):
    """The identity provider cannot be reached, or what it says cannot be trusted."""


class NoRole(LoginError):
    """The person is known there, but nothing says what they may do here."""


@dataclass(frozen=True)
class Identity:
    """Who a provider says somebody is."""

    subject: str
    email: str
    role: str


@dataclass(frozen=True)
class Try:
    """What one try to log in is known by; kept by the browser, signed."""

    state: str
    nonce: str
    verifier: str
    to: str


_discovered: dict[str, tuple[float, dict[str, Any]]] = {}


def on() -> bool:
    """Whether there is a provider."""
    return bool(settings().oidc_issuer and settings().oidc_client_id)


def callback() -> str:
    """The address the provider sends people back to; to be registered there."""
    return settings().public_url.rstrip("/") + "/login/oidc/back"


def fresh(to: str) -> Try:
    """A new try."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Try(state, nonce, verifier, to)


async def address(one: Try) -> str:
    """Where to send the browser. Raises ProviderFailed."""
    about = await _about()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(one.verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": settings().oidc_client_id, "redirect_uri": callback(),
        "scope": SCOPES, "state": one.state, "nonce": one.nonce, "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    target = str(about["authorization_endpoint"])
    return target + ("&" if "?" in target else "?") + urlencode(asked)


async def identity(one: Try, code: str) -> Identity:
    """Who came back with a code. Raises ProviderFailed or NoRole."""
    about = await _about()
    given = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": callback(),
        "client_id": settings().oidc_client_id, "code_verifier": one.verifier,
    }  # fmt: skip
    if settings().oidc_client_secret:
        given["client_secret"] = settings().oidc_client_secret
    answer = await _json(str(about["token_endpoint"]), given)
    keys = await _json(str(about["jwks_uri"]))
    claims = _claims(str(answer.get("id_token", "")), keys, one.nonce)
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") is not True:
        raise ProviderFailed("no verified address")
    return Identity(f"{settings().oidc_issuer} {claims['sub']}", email.strip().lower()[:254], role_of(claims))


def _claims(token: str, keys: Mapping[str, Any], nonce: str) -> dict[str, Any]:
    must = {
        "iss": settings().oidc_issuer,
        "aud": settings().oidc_client_id,
        "nonce": nonce,
    }
    wanted: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in must.items()}
    wanted |= {name: {"essential": True} for name in ("exp", "iat", "sub")}
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(leeway=LEEWAY, **wanted).validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderFailed(f"ID token: {type(error).__name__}") from error
    claims: dict[str, Any] = decoded.claims
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != settings().oidc_client_id:
        raise ProviderFailed("ID token: made for another")
    return claims


def role_of(claims: Mapping[str, Any]) -> str:
    """The role that the claim of the settings stands for. Raises NoRole."""
    said: Any = claims
    for part in settings().oidc_claim.split("."):  # realm_access.roles
        said = said.get(part) if isinstance(said, Mapping) else None
    values = said if isinstance(said, list) else [said]
    known = {settings().oidc_roles.get(one) for one in values if isinstance(one, str)}
    for role in ROLES:
        if role in known:
            return role
    raise NoRole


async def _about() -> dict[str, Any]:
    """What the provider says of itself, asked once an hour."""
    issuer = settings().oidc_issuer
    until, known = _discovered.get(issuer, (0.0, {}))
    if time.monotonic() < until:
        return known
    found = await _json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ProviderFailed("names another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _check(str(found.get(name, "")))
    _discovered[issuer] = (time.monotonic() + KEPT, found)
    return found


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ProviderFailed("an address is not https")


async def _json(url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The object at an address. Raises ProviderFailed; never says what was sent."""
    _check(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as http,
            http.request("POST" if form else "GET", url, data=form, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(MOST_BYTES)
            found = json.loads(body) if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise ProviderFailed(f"{urlsplit(url).netloc}: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise ProviderFailed(f"{urlsplit(url).netloc}: no answer that can be used")
    return found
