"""Documents of one measure find one another by the numbers they share, in whatever order they arrive.

A number (WTO base symbol, docket, RIN, Federal Register document, CELEX, TRIS number, Ares reference) names
one measure: MeasureKey holds that.
A document that names two measures shows them to be one: the younger joins the older.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from sqlmodel import Session, col, select

from crawlers import force
from database.tables import Measure, MeasureKey, MeasureLink, Notice, NoticeVersion
from database.types import now

CRAWLER = "crawler"
# EERE-2026-BT-TP-0009, CPSC-2026-0017, EPA-HQ-OPPT-2023-0496, FDA-2026-N-1234
DOCKET = re.compile(r"\b[A-Z]{2,8}(?:-[A-Z][A-Z0-9]{0,7}){0,3}-(?:19|20)\d{2}(?:-[A-Z]{1,8}){0,3}-\d{3,6}\b")
DASHES = re.compile("[\u2010-\u2014]")
RIN = re.compile(r"\b\d{4}-[A-Z]{2}\d{2}\b")
FR_FILE = re.compile(r"/FR-\d{4}-\d\d-\d\d/(?:pdf|html)/([A-Z]?\d{1,4}-\d{3,6})\.", re.IGNORECASE)
CELEX = re.compile(r"(?:CELEX(?::|%3A)|resource/celex/)([35]\d{4}[A-Z]{1,2}\d{4})(?!\d)", re.IGNORECASE)
TRIS = re.compile(
    r"(?<![\d/])(20\d\d)/(\d{1,4})/"
    r"(AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK|TR|UK"
    r"|XI|A|B|D|E|F|I|L|P|S)\b"
)
ARES = re.compile(r"\bAres ?\((20\d\d)\) ?(\d{4,9})\b", re.IGNORECASE)
# Numbers that many unrelated documents carry: FDA's standing dockets, and RINs for routine actions.
SHARED = re.compile(r"-S-\d+$|^RIN (?:\d{4}-(?:ZA\d\d|AA00)|2120-AA6\d)$")


def dockets(words: Iterable[str]) -> list[str]:
    """Keys for the dockets named in some texts."""
    found = {f"docket {number}" for text in words for number in DOCKET.findall(DASHES.sub("-", text))}
    return sorted(key for key in found if not SHARED.search(key))


def rins(words: Iterable[str]) -> list[str]:
    """Keys for the Regulation Identifier Numbers named in some texts."""
    found = {f"RIN {number}" for text in words for number in RIN.findall(text)}
    return sorted(key for key in found if not SHARED.search(key))


def fr_documents(addresses: Iterable[str]) -> list[str]:
    """Keys for the Federal Register documents that some addresses lead to."""
    return sorted({f"FR {number}" for address in addresses for number in FR_FILE.findall(address)})


def celexes(addresses: Iterable[str]) -> list[str]:
    """Keys for the acts and proposals of the EU that some addresses lead to, by their CELEX number."""
    return sorted({f"CELEX {number.upper()}" for address in addresses for number in CELEX.findall(address)})


def tris(words: Iterable[str]) -> list[str]:
    """Keys for the drafts of EU members named in some texts: 2026/111/DK, the fourth digit or not."""
    found = (match for text in words for match in TRIS.findall(text))
    return sorted({f"TRIS {year}/{int(number):04}/{member}" for year, number, member in found})


def ares(words: Iterable[str]) -> list[str]:
    """Keys for the European Commission's file references named in some texts."""
    return sorted({f"Ares({year}){number}" for text in words for year, number in ARES.findall(text)})


def stated(words: Sequence[str], addresses: Sequence[str] = ()) -> list[str]:
    """Keys for all that is named by a number of its own in some texts and addresses."""
    return [
        *(*dockets(words), *rins(words), *tris(words), *ares(words)),
        *(*fr_documents(addresses), *celexes(addresses)),
    ]


def case(own: str, words: Sequence[str], addresses: Sequence[str] = ()) -> tuple[str, ...]:
    """Keys of an enforcement case: its own, and that of the measure it states.

    A case that names several measures shows nothing of them to be one, so it attaches to none.
    """
    found = stated(words, addresses)
    return (own, *(found if len(found) == 1 else ()))


def join(session: Session, notice: Notice, keys: Collection[str]) -> bool:
    """Put a notice under the measure its numbers name, or under a new one; whether others stand there.

    The caller holds the write lock.
    """
    rows = session.exec(select(MeasureKey).where(col(MeasureKey.key).in_(keys))).all()
    parted = _parted(session, notice)
    known = {row.key: row.measure_id for row in rows if row.measure_id not in parted}
    met = set(known.values()) | ({notice.measure_id} if notice.measure_id else set())
    if not met:
        session.add(measure := Measure())
        session.flush()
    target = min(met) if met else measure.id or 0
    taken = {row.key for row in rows}
    session.add_all(MeasureKey(key=key, measure_id=target) for key in keys if key not in taken)
    if notice.measure_id is None:
        shared = sorted(key for key, at in known.items() if at == target)
        _link(session, notice, target, f"shared {shared[0]}" if shared else "its own numbers")
    for other in sorted(met - {target}):
        named = sorted(key for key, at in known.items() if at == other)
        _merge(session, other, target, f"{notice.source} {notice.source_id} names both ({', '.join(named)})")
    session.flush()
    return bool(met)


def _parted(session: Session, notice: Notice) -> set[int]:
    """Measures that people took this notice out of."""
    if notice.measure_id is None:
        return set()
    undone = select(MeasureLink.measure_id).where(
        MeasureLink.notice_id == notice.id, col(MeasureLink.undone_at).is_not(None)
    )
    return set(session.exec(undone).all())


def _link(session: Session, notice: Notice, target: int, reason: str, by: str = CRAWLER) -> None:
    session.add(
        MeasureLink(
            notice_id=notice.id or 0,
            measure_id=target,
            before_id=notice.measure_id,
            reason=reason[:500],
            by=by,
        )
    )
    notice.measure_id = target


def merge(session: Session, one: int, other: int, reason: str, by: str) -> int:
    """Join two measures because a person says so; the younger joins the older. Gives the one that stays.

    Each notice gets a link in the person's name, which `undo` takes back.
    """
    target, leaving = sorted((one, other))
    if target == leaving:
        raise ValueError(f"measure {one} is one already")
    _merge(session, leaving, target, reason, by)
    session.flush()
    force.settle(session, target)
    return target


def _merge(session: Session, other: int, target: int, reason: str, by: str = CRAWLER) -> None:
    for notice in session.exec(select(Notice).where(Notice.measure_id == other)).all():
        _link(session, notice, target, reason, by)
    for key in session.exec(select(MeasureKey).where(MeasureKey.measure_id == other)).all():
        key.measure_id = target


def undo(session: Session, link_id: int) -> int:
    """Take a notice out of a measure again, back to where it stood before. Gives the measure it is under now.

    The numbers that no other notice of the measure has go with it; the crawlers do not join the two again.
    """
    link = session.get(MeasureLink, link_id)
    if link is None or link.undone_at is not None:
        raise ValueError(f"there is no link {link_id} to undo")
    notice = session.get_one(Notice, link.notice_id)
    if notice.measure_id != link.measure_id:
        raise ValueError(f"notice {notice.id} no longer stands under measure {link.measure_id}")
    back = link.before_id
    if back is None:
        measure = Measure()
        session.add(measure)
        session.flush()
        back = measure.id or 0
    link.undone_at = now()
    notice.measure_id = back
    session.flush()
    others = session.exec(select(Notice.id).where(Notice.measure_id == link.measure_id)).all()
    staying = {key for other in others for key in _keys(session, other or 0)}
    for key in session.exec(
        select(MeasureKey).where(col(MeasureKey.key).in_(_keys(session, notice.id or 0) - staying))
    ).all():
        key.measure_id = back
    session.flush()
    for measure_id in (back, link.measure_id):
        force.settle(session, measure_id)
    return back


def _keys(session: Session, notice_id: int) -> set[str]:
    newest = session.exec(
        select(NoticeVersion.facts)
        .where(NoticeVersion.notice_id == notice_id)
        .order_by(col(NoticeVersion.version).desc())
        .limit(1)
    ).first()
    return set((newest or {}).get("keys", []))
