"""What exporters are owed word of: decided from facts, the same in whatever order documents arrive."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from crawlers.record import FOLLOW_UPS, FORM
from database.tables import Event, Matching, Notice, NoticeVersion

NEAR = 50  # documents of a measure that are ordered anew when another joins
AMENDING = ("hs", "ics", "products", "adoption_on", "in_force_on")


@dataclass(frozen=True)
class What:
    """A reason to write, with the old and the new value where there is one."""

    reason: str
    before: str = ""
    after: str = ""


def of_first(facts: Mapping[str, Any], source: str, earlier: Sequence[Notice]) -> What:
    """The event of a document never seen before, given the earlier documents of its measure."""
    follows = facts["kind"] in FOLLOW_UPS
    if facts["withdrawn"]:
        return What("withdrawn")
    deadline = facts["comment_deadline"] or ""
    if follows and facts["kind"] != "revision" and deadline:
        # deadlines of other publishers are their own: the WTO's and the agency's differ from the start
        known = [n.comment_deadline for n in earlier if n.source == source and n.comment_deadline]
        before = known[-1].isoformat() if known else ""
        if before != deadline and (before or facts["says"] == "extended"):
            return What("deadline_moved", before, deadline)
    if facts["says"] == "adopted" and (follows or earlier):
        return What("adopted", after=facts["in_force_on"] or facts["adoption_on"] or "")
    return What("amended" if follows else "new")


def of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> What | None:
    """The event of a known document that now says something else; None where exporters need not know."""
    if after["withdrawn"] and not before["withdrawn"]:
        return What("withdrawn")
    if after["comment_deadline"] != before["comment_deadline"] and after["comment_deadline"]:
        return What("deadline_moved", before["comment_deadline"] or "", after["comment_deadline"])
    if after["comment_deadline"] != before["comment_deadline"]:
        return What("amended")
    if before.get("form") != FORM or before["row"] != after["row"]:
        return None  # read otherwise, or another of its rows speaks: nothing that the publisher changed
    if any(after[name] != before[name] for name in AMENDING):
        return What("amended")
    return None


def write(session: Session, notice: Notice, what: What) -> None:
    """Store the event of the notice's present version."""
    session.add(
        Event(
            notice_id=notice.id or 0,
            version=notice.version,
            reason=what.reason,
            before=what.before,
            after=what.after,
        )
    )


def told(session: Session, notice: Notice, document: str) -> bool:
    """Whether another publisher's copy of the same document stands under the measure already."""
    if not document:
        return False
    copies = (
        select(Notice.id)
        .join(NoticeVersion, col(NoticeVersion.notice_id) == col(Notice.id))
        .where(Notice.measure_id == notice.measure_id, Notice.kind != "alert")
        .where(Notice.source != notice.source, NoticeVersion.version == Notice.version)
        .where(col(NoticeVersion.facts)["document"].as_string() == document)
    )
    return session.exec(copies.limit(1)).first() is not None


def _documents(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    """The document that each of these notices is."""
    rows = session.exec(
        select(NoticeVersion.notice_id, NoticeVersion.facts)
        .join(Notice, col(Notice.id) == col(NoticeVersion.notice_id))
        .where(col(Notice.id).in_(ids), NoticeVersion.version == Notice.version)
    )
    return {notice_id: facts.get("document", "") for notice_id, facts in rows}


def settle(session: Session, measure_id: int) -> None:
    """Decide first events again after a measure gained a document: sources list the newest first.

    An event that was already held against subscriptions stays as it was. Only the documents stored last are
    looked at: a docket kept open for years gathers thousands, and none may cost more than the one before it.
    """
    session.flush()
    # cases under a measure may be thousands, too, and change nothing of what its documents announce
    mine = select(Notice).where(Notice.measure_id == measure_id, Notice.kind != "alert")
    notices = session.exec(mine.order_by(col(Notice.id).desc()).limit(NEAR)).all()
    if len(notices) < 2:
        return
    ordered = sorted(notices, key=_order)
    ids = [n.id for n in ordered]
    # Later events of a version (in force soon, a correction) say something of their own.
    first_ids = select(func.min(Event.id)).where(col(Event.notice_id).in_(ids)).group_by(col(Event.notice_id))
    rows = session.exec(
        select(Event, NoticeVersion)
        .join(NoticeVersion, col(NoticeVersion.notice_id) == col(Event.notice_id))
        .where(col(Event.id).in_(first_ids), Event.version == 1, NoticeVersion.version == 1)
        .where(~select(Matching.id).where(Matching.event_id == col(Event.id)).exists())
    ).all()
    first = {event.notice_id: (event, version.facts) for event, version in rows}
    documents = _documents(session, ids)
    for place, notice in enumerate(ordered):
        if notice.id in first:
            event, facts = first[notice.id]
            document = documents.get(notice.id)
            earlier = [n for n in ordered[:place] if not document or documents.get(n.id or 0) != document]
            what = of_first(facts, notice.source, earlier)
            event.reason, event.before, event.after = what.reason, what.before, what.after


def _order(notice: Notice) -> tuple[dt.date, bool, str, str]:
    return (
        notice.published_on or dt.date.min,
        notice.kind != "regular",
        notice.source,
        notice.source_id,
    )
