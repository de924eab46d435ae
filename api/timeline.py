"""One measure through time: its documents, what happened to them, and what is still to come."""

import datetime as dt

from sqlmodel import Session, col, select

from alerts.dates import SHANGHAI
from alerts.ledger import kind_of
from api import cases, notices, shapes
from api.errors import NotThere
from api.values import LARGEST_ID
from database.tables import Event, Measure, MeasureKey, Notice

MOST_DOCUMENTS = 200
TOLD_BY_PUBLICATION = "new"
BY_DOCUMENT = ("deadline_moved", "adopted", "withdrawn", "amended")


def documents(session: Session, measure_id: int) -> list[Notice]:
    """The documents of a measure, oldest first."""
    query = select(Notice).where(Notice.measure_id == measure_id)
    return list(
        session.exec(query.order_by(col(Notice.published_on), col(Notice.id)).limit(MOST_DOCUMENTS)).all()
    )


def names(found: list[Notice]) -> dict[int, str]:
    """What to call documents that have no symbol: by the publisher's own number."""
    return {notices.identity(one): one.source_id for one in found if not one.symbols and one.source_id}


def entries(
    session: Session, found: list[Notice], now: dt.datetime, enforced: list[shapes.Enforcement] | None = None
) -> list[shapes.Entry]:
    """What happened, by day; with the newest of the cases under the measure."""
    by_id = {notices.identity(one): one for one in found}
    entries = []
    for number, one in by_id.items():
        about = {"notice_id": number, "symbols": one.symbols}
        day = one.published_on or one.first_seen_at.astimezone(SHANGHAI).date()
        entries.append(shapes.Entry(day=day, what="published", after=one.kind, **about))
        if one.comment_deadline:
            entries.append(shapes.Entry(day=one.comment_deadline, what="comment_deadline", **about))
        if one.in_force_on:
            entries.append(shapes.Entry(day=one.in_force_on, what="in_force", **about))
    events = session.exec(
        select(Event).where(col(Event.notice_id).in_(list(by_id)), Event.reason != TOLD_BY_PUBLICATION)
    )
    for event in events:
        one = by_id[event.notice_id]
        # What a document said when it appeared happened that day; what it says anew, when we saw it.
        seen = event.at.astimezone(SHANGHAI).date()
        entries.append(
            shapes.Entry(
                day=(one.published_on or seen)
                if event.version == 1 and event.reason in BY_DOCUMENT
                else seen,
                what=kind_of(event.reason),
                notice_id=event.notice_id,
                symbols=one.symbols,
                before=event.before,
                after=event.after,
            )
        )
    entries += cases.entries(enforced or [])
    unique = {(one.day, one.what, tuple(one.symbols), one.after): one for one in entries}
    return sorted(unique.values(), key=lambda one: (one.day, one.notice_id, one.what != "published"))


def measure(session: Session, measure_id: int, now: dt.datetime) -> shapes.MeasureShape:
    """A measure with its documents and timeline. Raises NotThere."""
    if not 0 < measure_id <= LARGEST_ID or session.get(Measure, measure_id) is None:
        raise NotThere(f"there is no measure {measure_id}")
    found = documents(session, measure_id)
    keys = session.exec(
        select(MeasureKey.key).where(MeasureKey.measure_id == measure_id).order_by(MeasureKey.key)
    ).all()
    enforced = cases.under(session, found, now)
    return shapes.MeasureShape(
        id=measure_id,
        keys=list(keys),
        items=notices.items(session, found, now),
        timeline=entries(session, found, now, enforced),
        enforcement=enforced,
    )
