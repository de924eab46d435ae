"""What ePing tells of a notification beside the search: the notifications related to it, and its files.

Both are asked of the public site, and only by those who have a key: it is the WTO's leave to ask more. They
are asked for where the search says least: the related ones of a follow-up, the files where no notified text
is named.
"""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from crawlers import symbols
from crawlers.errors import UnreadableAnswer
from crawlers.fields import Fields

SITE = "https://epingalert.org/api/v1"
RELATED = f"{SITE}/notifications/getRelatedNotifications"
FILES = f"{SITE}/azureSearch/getDownloadLinks"


def wanted(row: Any) -> str:
    """What to ask first about a row of the search; empty where it says enough by itself."""
    listed = symbols.split(str(row.get("documentSymbol") or ""))
    if len(listed) != 1 or not isinstance(row.get("id"), int):
        return ""  # a joint notification is put together from the rows of its members
    if symbols.kind(listed[0]) != "regular":
        asked = {"documentSymbol": symbols.base(listed[0]), "includeOriginal": "true", "of": row["id"]}
        return f"{RELATED}?{urlencode(asked)}"
    return "" if row.get("notifiedDocumentLink") else files(row["id"])


def files(number: int) -> str:
    """Where the files of a notification are listed."""
    return f"{FILES}?{urlencode({'notificationId': number})}"


def about(address: str) -> int:
    """The number of the notification that an address asks about; 0: it is the search."""
    if not address.startswith((RELATED, FILES)):
        return 0
    asked = parse_qs(urlsplit(address).query)
    return int((asked.get("of") or asked.get("notificationId") or ["0"])[0])


def told(address: str, answer: Any) -> dict[str, list[Any]]:
    """What an answer adds to the row: `related` symbols, or `files` with their names."""
    if not isinstance(answer, list):
        raise UnreadableAnswer("not the known form: the answer is no list")
    if address.startswith(RELATED):
        words = " ".join(one if isinstance(one, str) else str(one) for one in answer)
        return {"related": list(symbols.find(words))}
    rows = [Fields(one, "a file") for one in answer]
    return {"files": [[one.maybe("displayName") or "file", one.take("urlLink")] for one in rows]}
