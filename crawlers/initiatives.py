"""An initiative's own page at "Have your say": its summary, its publications, and the files to comment on.

Only clients of it are known, no recorded answer: what is missing is left out, what is more is not counted.
"""

import re
from typing import Any

from crawlers.fields import Fields

HOME = "https://ec.europa.eu/info/law/better-regulation"
DETAIL = f"{HOME}/brpapi/groupInitiatives"
FILE = f"{HOME}/api/download"
COM = re.compile(r"\bCOM ?\((20\d\d)\) ?(\d{1,4})\b")
MOST_FILES = 4


def address(number: int) -> str:
    """Where an initiative tells more than the list does."""
    return f"{DETAIL}/{number}?language=EN"


def told(detail: Any) -> dict[str, Any]:
    """What the page adds to the initiative's row; its publications each with their numbers and files."""
    fields = Fields(detail, "the initiative")
    publications = [_publication(one) for one in fields.maybe("publications", list) or []]
    return {"dossierSummary": fields.maybe("dossierSummary"), "publications": publications}


def _publication(row: Any) -> dict[str, Any]:
    fields = Fields(row, "publications")
    files = [
        Fields(one, "attachments").maybe("documentId") for one in fields.maybe("attachments", list) or []
    ]
    return {
        "type": fields.maybe("type") or "",
        "reference": fields.maybe("reference") or "",
        "endDate": fields.maybe("endDate") or "",
        "files": [one for one in files if one],
    }


def keys(publications: list[dict[str, Any]]) -> list[str]:
    """CELEX keys of the proposals that came of an initiative."""
    proposals = [one["reference"] for one in publications if one["type"].startswith("PROP_")]
    return [f"CELEX 5{year}PC{int(number):04}" for one in proposals for year, number in COM.findall(one)]


def links(publications: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The files of the newest publication that has any: the draft on which feedback is asked."""
    for one in sorted(publications, key=lambda one: str(one["endDate"]), reverse=True):
        if one["files"]:
            return [("draft", f"{FILE}/{file}") for file in one["files"][:MOST_FILES]]
    return []
