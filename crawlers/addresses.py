"""Addresses as publishers write them: joined, told from what is none, and named the same at every visit."""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

# parameters that differ from visit to visit, or tell where a visitor came from
PASSING = ("utm_", "jsessionid", "phpsessid", "sessionid", "_ga", "fbclid", "timestamp")


def is_address(written: str) -> bool:
    """Whether this is a whole address of the web."""
    try:
        parts = urlsplit(written)
    except ValueError:  # http://[x
        return False
    return parts.scheme.lower() in ("http", "https") and bool(re.match(r"[^\s/]", parts.netloc))


def joined(base: str, link: str) -> str:
    """The whole address of a link on a page; empty for what is no link to a web page."""
    try:
        found = urljoin(base, link.strip())
    except ValueError:
        return ""
    return found if is_address(found) else ""


def lasting(written: str) -> str:
    """An address as the name of a record: without fragment and what differs from visit to visit."""
    parts = urlsplit(written.strip())
    path = parts.path.split(";jsessionid", 1)[0]
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not (key.casefold() in PASSING or key.casefold().startswith("utm_"))
    ]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, urlencode(kept), ""))
