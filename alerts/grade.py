"""The stage that grades notices: the level for those directly concerned, and the last day on which it holds.

Lists filter by level, and time alone changes one: a notice is graded anew when its tags were written and on
the first day on which one of its dates has come nearer by a step of the rule.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.level import LATER, SOON, level
from alerts.standing import NONE, Standing, standings
from database import types
from database.index import changes
from database.session import reading, unit_of_work
from database.tables import Notice, Tag

BATCH = 500
FOR_EVER = dt.date.max


def pending(session: Session, limit: int) -> list[int]:
    """Notices never graded since their tags were written, then those whose level has had its time."""
    day = today(types.now())
    due = or_(col(Notice.level_until).is_(None), col(Notice.level_until) < day)
    found = session.exec(select(Notice.id).where(Notice.tags_sha256 != "", due).limit(limit))
    return [one for one in found if one is not None]


def until(notice: Notice, day: dt.date) -> dt.date:
    """The last day on which the level stays what it is on a day, whatever else stays the same."""
    steps = [
        date - dt.timedelta(days=days)
        for date in (notice.comment_deadline, notice.in_force_on)
        if date and not notice.withdrawn
        for days in (LATER + 1, SOON + 1, 0)
        if date.toordinal() > days
    ]
    return min((step for step in steps if step >= day), default=FOR_EVER)


def handle(ids: Sequence[int]) -> None:
    """Grade the notices; one whose tags change meanwhile stays pending."""
    day, types_of = today(types.now()), defaultdict[int, list[str]](list)
    with reading() as session:
        rows = session.exec(select(Notice).where(col(Notice.id).in_(ids)).order_by(col(Notice.id))).all()
        tagged = select(Tag.notice_id, Tag.code).where(
            col(Tag.notice_id).in_(ids), Tag.kind == "measure_type"
        )
        for notice_id, code in session.exec(tagged):
            types_of[notice_id].append(code)
        said = standings(session, ids)
    with unit_of_work() as session:
        for notice in rows:
            _write(session, notice, types_of[notice.id or 0], day, said.get(notice.id or 0, NONE))


def _write(
    session: Session, notice: Notice, measure_types: Iterable[str], day: dt.date, said: Standing
) -> None:
    unchanged = (
        col(Notice.id) == notice.id,
        col(Notice.version) == notice.version,
        col(Notice.tags_sha256) == notice.tags_sha256,
    )
    name = level(notice, measure_types, "direct", day, red=said.red, steps=said.steps).name
    if name != notice.level:
        changes.touch(session, notice.id or 0)
    session.execute(update(Notice).where(*unchanged).values(level=name, level_until=until(notice, day)))
