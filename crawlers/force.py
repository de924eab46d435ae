"""Days of entry into force that a rule tells ("6 months after publication"), once they can be computed.

The day it counts from may come from another document: a draft is notified with a rule, and the act is printed
in the official journal a year later. What was computed is a new version of the notice, and an event; when the
act is taken out of the measure again, the day goes with it.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from crawlers import dates, events
from crawlers.form import forms
from crawlers.record import Facts, of_json
from database.index import changes
from database.tables import Notice, NoticeVersion
from database.types import now

Known = tuple[Notice, Mapping[str, Any]]


def carry(facts: Facts, notice: Notice) -> None:
    """Let a record that is read again keep the day that was computed by the rule it still states."""
    same = facts.in_force_rule and facts.in_force_rule == notice.in_force_rule
    if same and notice.in_force_computed and facts.in_force_on is None:
        facts.in_force_on, facts.in_force_computed = notice.in_force_on, True


def settle(session: Session, measure_id: int, fresh: Notice | None = None) -> None:
    """Compute what can be computed now in a measure, and take back what cannot any more.

    `fresh` is a notice that was stored just now: its own event tells the day.
    """
    ruled = Notice.measure_id == measure_id, Notice.in_force_rule != "", Notice.kind != "alert"
    waiting = session.exec(select(Notice).where(*ruled)).all()
    if not waiting:
        return
    known: Sequence[Known] = session.exec(
        select(Notice, NoticeVersion.facts)
        .join(NoticeVersion, col(NoticeVersion.notice_id) == col(Notice.id))
        .where(Notice.measure_id == measure_id, Notice.kind != "alert")
        .where(NoticeVersion.version == Notice.version)
    ).all()
    for notice, facts in known:
        told = dates.Rule.of(notice.in_force_rule)
        if told is None or (notice.in_force_on is not None and not notice.in_force_computed):
            continue
        start = _start(notice, told.after, known)
        day = told.on(start) if start else None
        if day != notice.in_force_on:
            _date(session, notice, facts, day, told_already=notice is fresh)


def _start(notice: Notice, after: str, known: Sequence[Known]) -> dt.date | None:
    """The day a rule counts from: the notice's own, else that of the act which came of it."""
    gazettes = {name for name, form in forms().items() if form.gazette}
    own = notice.adoption_on if after == "adoption" else notice.published_on
    if own and (after == "adoption" or notice.source in gazettes):
        return own
    since = notice.published_on or dt.date.min
    days = [
        day
        for one, facts in known
        if one is not notice and facts.get("says") == "adopted"
        and (after == "adoption" or one.source in gazettes)
        and (day := one.adoption_on if after == "adoption" else one.published_on) is not None
        and day >= since
    ]  # fmt: skip
    return min(days, default=None)


def _date(
    session: Session, notice: Notice, said: Mapping[str, Any], day: dt.date | None, *, told_already: bool
) -> None:
    """Write the day down, as a version of its own unless the notice is as new as the day."""
    facts = dataclasses.replace(of_json(said), in_force_on=day, in_force_computed=day is not None)
    notice.in_force_on, notice.in_force_computed = day, day is not None
    notice.content_sha256 = facts.sha256()
    changes.touch(session, notice.id or 0)
    if told_already:
        row = session.exec(
            select(NoticeVersion).where(
                NoticeVersion.notice_id == notice.id, NoticeVersion.version == notice.version
            )
        ).one()
        row.facts = facts.as_json()
        return
    notice.version, notice.changed_at = notice.version + 1, now()
    session.add(
        NoticeVersion(
            notice_id=notice.id or 0,
            version=notice.version,
            snapshot_id=notice.snapshot_id,
            facts=facts.as_json(),
        )
    )
    session.flush()
    form = forms().get(notice.source)
    if day is not None and (form is None or form.tells):
        events.write(session, notice, events.What("amended", after=day.isoformat()))
