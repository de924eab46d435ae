"""The dates of whole measures: what holds now over all their documents, and how often it changed."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, or_, select

from alerts.ledger import key
from database.tables import DateFix, Event, MeasureLink, Notice, NoticeVersion

FIELDS = ("comment_deadline", "in_force_on")
MOVED = {"comment_deadline": ("deadline_moved", "withdrawn"), "in_force_on": ("withdrawn",)}


@dataclass(frozen=True)
class Dated:
    """One date of a measure (`field`), with the documents that state it, by publisher."""

    group: str
    field: str
    day: dt.date
    changes: int
    withdrawn: bool
    changed_at: dt.datetime
    lead: Notice
    stated: Mapping[str, Notice]

    @property
    def uid(self) -> str:
        """The same for ever, whatever becomes of the date."""
        return f"{self.group}-{self.field.replace('_', '-')}"


def group(notice: Notice) -> str:
    """What shares its dates: a measure, or a notice that stands alone."""
    return f"notice-{notice.id}" if notice.measure_id is None else f"measure-{notice.measure_id}"


def dated(session: Session, notice_ids: Iterable[int]) -> list[Dated]:
    """The comment deadline and the entry into force of each measure these notices belong to.

    Each publisher's newest document that states a date holds for it; of several publishers the earliest.
    """
    named = session.exec(select(Notice).where(col(Notice.id).in_(list(notice_ids)))).all()
    measures = {n.measure_id for n in named if n.measure_id is not None}
    kin = session.exec(select(Notice).where(col(Notice.measure_id).in_(measures))).all() if measures else []
    groups: dict[str, list[Notice]] = {}
    for notice in {n.id: n for n in (*named, *kin)}.values():
        groups.setdefault(group(notice), []).append(notice)
    history = _History(session, measures, [key(n) for n in (*named, *kin)])
    found = []
    for name, notices in sorted(groups.items()):
        for field in FIELDS:
            one = _dated(name, field, sorted(notices, key=_age), history)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda one: (one.day, one.uid))


def _age(notice: Notice) -> tuple[dt.date, int]:
    return notice.published_on or notice.first_seen_at.date(), key(notice)


def _dated(name: str, field: str, notices: Sequence[Notice], history: "_History") -> Dated | None:
    stated = {n.source: n for n in notices if getattr(n, field) is not None}
    if not stated:
        return None
    lead = next((n for n in notices if n.kind == "regular"), notices[0])
    revisions = [place for place, n in enumerate(notices) if n.kind == "revision"]
    # A revision takes the place of what was notified before, also of what was withdrawn.
    in_play = notices[revisions[-1] :] if revisions else notices
    return Dated(
        group=name,
        field=field,
        day=min(getattr(n, field) for n in stated.values()),
        changes=history.changes(notices, field),
        withdrawn=any(n.withdrawn for n in in_play),
        changed_at=max(n.changed_at for n in notices),
        lead=lead,
        stated=stated,
    )


class _History:
    """How often dates of a measure changed: a number that never falls, though documents come and go."""

    def __init__(self, session: Session, measures: Collection[int], notice_ids: Collection[int]) -> None:
        links = session.exec(select(MeasureLink).where(col(MeasureLink.measure_id).in_(measures))).all()
        self._gone: dict[int, set[int]] = {}
        self._undone: dict[int, int] = {}
        for link in links:
            self._gone.setdefault(link.measure_id, set()).add(link.notice_id)
            if link.undone_at is not None:
                self._undone[link.measure_id] = self._undone.get(link.measure_id, 0) + 1
        ever = {*notice_ids, *(link.notice_id for link in links)}
        self._versions: dict[int, list[dict[str, Any]]] = {}
        for version in session.exec(
            select(NoticeVersion)
            .where(col(NoticeVersion.notice_id).in_(ever))
            .order_by(col(NoticeVersion.version))
        ):
            self._versions.setdefault(version.notice_id, []).append(version.facts)
        self._events: dict[int, list[str]] = {}
        reasons = or_(*(Event.reason == reason for reason in MOVED["comment_deadline"]))
        for event in session.exec(select(Event).where(col(Event.notice_id).in_(ever), reasons)):
            self._events.setdefault(event.notice_id, []).append(event.reason)
        self._fixes: dict[tuple[int, str], int] = {}
        for fix in session.exec(select(DateFix).where(col(DateFix.notice_id).in_(ever))):
            place = fix.notice_id, fix.role
            self._fixes[place] = self._fixes.get(place, 0) + 1 + (fix.undone_at is not None)

    def changes(self, notices: Sequence[Notice], field: str) -> int:
        """Statements after the first, withdrawals and corrections, of all documents that ever belonged."""
        measure = notices[0].measure_id
        ever = {key(n) for n in notices} | self._gone.get(measure or 0, set())
        by_events = sum(reason in MOVED[field] for one in ever for reason in self._events.get(one, ()))
        by_versions = sum(self._statements(one, field) for one in ever) - 1
        fixes = sum(self._fixes.get((one, field), 0) for one in ever)
        return max(by_events, by_versions, 0) + fixes + self._undone.get(measure or 0, 0)

    def _statements(self, notice_id: int, field: str) -> int:
        before: tuple[Any, bool] = (None, False)
        count = 0
        for facts in self._versions.get(notice_id, ()):
            now = (facts.get(field) or None, bool(facts.get("withdrawn")))
            count += now != before
            before = now
        return count
