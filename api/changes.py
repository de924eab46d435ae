"""What a publisher changed, field by field: between versions of a document, and from document to document."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from sqlmodel import Session, col, select

from api.notices import identity
from api.reader import Reader
from database.tables import Notice, NoticeVersion

# In the order in which they are told; by what the page calls them.
FIELDS = {
    "withdrawn": "withdrawn", "comment_deadline": "fact_deadline", "adoption_on": "fact_adoption",
    "in_force_on": "fact_in_force", "in_force_rule": "fact_in_force", "title": "exporters.field_title",
    "products": "fact_products", "hs": "exporters.field_hs", "ics": "exporters.field_ics",
    "standards": "exporters.field_standards", "objective": "fact_objective", "objectives": "fact_objective",
    "members": "fact_member", "agency": "exporters.field_agency", "origin": "fact_origin",
    "kind": "exporters.field_kind", "text": "exporters.field_text", "links": "documents",
}  # fmt: skip
RAW = {
    "comment_deadline": "comment_deadline_raw",
    "adoption_on": "adoption_raw",
    "in_force_on": "in_force_raw",
}
LABELS = FIELDS | {raw: FIELDS[name] for name, raw in RAW.items()}
CARRIED = ("comment_deadline", "adoption_on", "in_force_on", "products", "hs")
LONG = 240  # characters from which only what changed is shown, with some words around it
AROUND = 60
MOST_PIECES = 4_000
MOST_SHOWN = 40
WORD = re.compile(r"[^\W\d_]+|\d+|\s+|.", re.DOTALL)
UNSPACED = re.compile(r"[\u2e80-\u9fff]+")

Piece = tuple[str, str]  # same, gone, new or cut; and the words


@dataclass(frozen=True)
class Change:
    """One field: what it said and says, or the pieces of a longer text."""

    label: str
    before: str = ""
    after: str = ""
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True)
class Step:
    """What changed when a version was seen, or with a document against the one before it."""

    at: dt.datetime | None
    number: int
    changes: Sequence[Change]
    since: str = ""
    reread: bool = field(default=False)
    longer: Sequence[str] = ()  # labels of long fields whose changes were not spelt out


def _shown(reader: Reader, name: str, value: Any) -> str:
    if value in (None, "", []):
        return reader.say("unstated")
    if name == "withdrawn":
        return reader.say("people.yes" if value else "exporters.no")
    if name == "kind":
        return reader.label("kind", str(value))
    if name in ("members", "origin"):
        return reader.names("country", [value] if isinstance(value, str) else list(value))
    if name == "links":
        return "; ".join(one.get("title") or one.get("url", "") for one in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name.endswith("_on") or name == "comment_deadline":
        return reader.day(dt.date.fromisoformat(value) if isinstance(value, str) else value)
    return str(value)


def _words(text: str) -> list[str]:
    """Words, and each character of a script without spaces; of a very long text its lines."""
    found = [part for word in WORD.findall(text) for part in (word if UNSPACED.fullmatch(word) else [word])]
    return found if len(found) <= MOST_PIECES else re.findall(r"[^.\n。]*[.\n。]?", text)


def compared(before: str, after: str) -> list[Piece]:
    """A text with what went and what came; what stayed is cut to some words around that."""
    one, two = _words(before), _words(after)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, one, two).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(one[a:b])))
            continue
        pieces += [("gone", "".join(one[a:b]))] if b > a else []
        pieces += [("new", "".join(two[c:d]))] if d > c else []
    shown = list(_cut(pieces))
    return shown if len(shown) <= MOST_SHOWN else [*shown[:MOST_SHOWN], ("cut", "…")]


def _cut(pieces: Sequence[Piece]) -> Iterable[Piece]:
    for place, (kind, words) in enumerate(pieces):
        if kind != "same" or len(words) <= 2 * AROUND:
            yield kind, words
            continue
        if place:
            yield "same", words[:AROUND]
        yield "cut", " … "
        if place + 1 < len(pieces):
            yield "same", words[-AROUND:]


def _is_long(reader: Reader, name: str, before: Any, after: Any) -> bool:
    return max(len(_shown(reader, name, before)), len(_shown(reader, name, after))) > LONG


def _change(reader: Reader, name: str, before: Any, after: Any) -> Change:
    label = reader.say(LABELS[name])
    one, two = _shown(reader, name, before), _shown(reader, name, after)
    if before and after and max(len(one), len(two)) > LONG:
        return Change(label, pieces=compared(one, two))
    return Change(label, _short(one), _short(two))


def _short(words: str) -> str:
    return words if len(words) <= 2 * LONG else words[: 2 * LONG] + " …"


def between(
    reader: Reader, before: Mapping[str, Any], after: Mapping[str, Any], *, spelt_out: bool = True
) -> tuple[list[Change], list[str]]:
    """The fields that differ; a date that could be read of neither as the publisher wrote it.

    Besides, the labels of long ones that are not `spelt_out`.
    """
    found, longer = list[Change](), list[str]()
    for name in FIELDS:
        if name not in before or name not in after:
            continue
        if before[name] != after[name]:
            if spelt_out or not _is_long(reader, name, before[name], after[name]):
                found.append(_change(reader, name, before[name], after[name]))
            else:
                longer.append(reader.say(LABELS[name]))
        elif (raw := RAW.get(name)) and before[name] is None and before.get(raw) != after.get(raw):
            found.append(_change(reader, raw, before.get(raw), after.get(raw)))
    return found, longer


def of_versions(
    session: Session, reader: Reader, notice_ids: Sequence[int], *, spelt_out: bool = True
) -> dict[int, list[Step]]:
    """For each document what changed with each version of it, the newest first.

    Not `spelt_out`: of long texts only that they changed, which takes no comparing.
    """
    rows = session.exec(
        select(NoticeVersion)
        .where(col(NoticeVersion.notice_id).in_(notice_ids))
        .order_by(col(NoticeVersion.notice_id), col(NoticeVersion.version))
    )
    found: dict[int, list[Step]] = {}
    earlier: NoticeVersion | None = None
    for row in rows:
        if earlier is not None and earlier.notice_id == row.notice_id:
            changes, longer = between(reader, earlier.facts, row.facts, spelt_out=spelt_out)
            reread = earlier.facts.get("form") != row.facts.get("form")
            if changes or longer:
                step = Step(row.seen_at, row.version, changes, reread=reread, longer=longer)
                found.setdefault(row.notice_id, []).insert(0, step)
        earlier = row
    return found


def of_documents(reader: Reader, documents: Sequence[Notice]) -> dict[int, Step]:
    """For each document what it says otherwise than the same publisher's documents before it."""
    standing: dict[tuple[str, str], tuple[Any, Notice]] = {}
    found = {}
    for one in documents:
        changes, since = [], None
        for name in CARRIED:
            value = getattr(one, name)
            if not value:
                continue
            known = standing.get((one.source, name))
            if known and known[0] != value:
                changes.append(_change(reader, name, known[0], value))
                since = known[1]
            standing[one.source, name] = (value, one)
        if changes and since is not None:
            name = " ".join(since.symbols) or since.source_id
            found[identity(one)] = Step(None, 0, changes, since=name)
    return found
