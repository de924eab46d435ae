"""A letter's HTML in a frame of a page: it runs nothing and loads nothing, and only its own styles hold."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from api.guard import policy

STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)


class _Styles(HTMLParser):
    """Collects style attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update(value for name, value in attrs if name == "style" and value)


def framed(html: str) -> tuple[str, str]:
    """The document for `srcdoc`, and the policy of the page around it: the frame inherits it.

    The letter's own styles are allowed by their hashes, nothing else is.
    """
    plain = html.replace("\r\n", "\n")  # as a browser reads it, before it hashes
    styles = _Styles()
    styles.feed(plain)
    found = sorted({*styles.found, *STYLE.findall(plain)})
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found)
    allowed = " ".join(["'self'", "'unsafe-hashes'", *(f"'sha256-{one}'" for one in digests)])
    return '<base target="_top">' + plain, policy(style_src=allowed)
