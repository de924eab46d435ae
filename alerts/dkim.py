"""DKIM signatures (RFC 6376, rsa-sha256, relaxed/simple) by `cryptography`.

The pure Python signer costs ten times the rest of a letter. List headers are signed, as RFC 8058 asks.
Bodies are base64 or quoted-printable, in which nobody on the way finds blanks to change: simple will do.
"""

import base64
import hashlib
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from alerts.ledger import sender_domain
from config.errors import ConfigError
from config.settings import settings

SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-language",
    "auto-submitted", "precedence", "list-id", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip


@lru_cache(maxsize=2)
def _key(path: Path) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"TBT_DKIM_KEY: {path} holds no private key in PEM form: {error}") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigError(f"TBT_DKIM_KEY: {path} must hold an RSA key")
    return key


def _relaxed(name: str, value: str) -> str:
    return f"{name.lower()}:{' '.join(value.split())}"


def signed(headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """The message with its signature before it; unsigned when no key is configured.

    Header values may be folded; they are ASCII, but for an address that is not (RFC 6532). The body ends in
    one line break.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    path = settings().dkim_key
    if path is None:
        return head.encode() + b"\r\n" + body
    present = [(name, value) for name, value in headers if name.lower() in SIGNED]
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    domain = settings().dkim_domain or sender_domain()
    names = ":".join(name.lower() for name, _ in present)
    tag = (
        f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={settings().dkim_selector};\r\n"
        f" t={int(time.time())}; h={names};\r\n bh={digest};\r\n b="
    )
    covered = [_relaxed(name, value) for name, value in (*present, ("dkim-signature", tag))]
    signature = _key(path).sign("\r\n".join(covered).encode(), padding.PKCS1v15(), hashes.SHA256())
    encoded = base64.b64encode(signature).decode()
    lines = "\r\n ".join(encoded[i : i + 72] for i in range(0, len(encoded), 72))
    return f"DKIM-Signature: {tag}{lines}\r\n{head}\r\n".encode() + body
