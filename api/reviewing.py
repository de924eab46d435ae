"""What waits for an analyst, in the order in which looking is worth most; and what the analyst says."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from alerts.dates import days_to_comment, days_to_force, today
from alerts.level import LATER, LEVELS, SOON
from api import audit, tags
from api.levels import level
from api.login.sessions import Person
from api.notices import identity
from classifier.tags import BULK, decide, hold
from database import types
from database.tables import Decision, Label, Notice, Reading, Review

MOST = 300
DOUBTS = {"no_sector": 1.0, "weak_sector": 0.8}
SUREST = 0.02  # even a certain notice is worth a look when it is pressing
CONFIRMED = ("sector", "market", "measure_type")
CERTAINTIES = (0.95, 0.9, 0.8, 0.7)

Key = tuple[str, str]


@dataclass(frozen=True)
class Waiting:
    """A notice to be looked at: priority is uncertainty × level × haste, each of them shown."""

    notice: Notice
    codes: tags.Tags
    why: str
    uncertainty: float
    level: str
    days: int | None

    @property
    def haste(self) -> int:
        """3 within 14 days, 2 within 60, else 1."""
        return 1 if self.days is None else 3 if self.days <= SOON else 2 if self.days <= LATER else 1

    @property
    def priority(self) -> float:
        """What the queue is ordered by."""
        return self.uncertainty * (LEVELS.index(self.level) + 1) * self.haste

    @property
    def certainty(self) -> float:
        """How sure the machine is of its least sure sector; 0 where it asked for a person."""
        return 0.0 if self.why else 1.0 - self.uncertainty


class Stale(Exception):
    """Somebody else decided on the notice, or it changed, since the form was shown."""


def _unseen() -> ColumnElement[bool]:
    seen = exists().where(
        col(Review.notice_id) == col(Notice.id), col(Review.notice_version) >= col(Notice.version)
    )
    return ~seen


def _newest() -> ColumnElement[bool]:
    last = (
        select(func.max(Reading.id))
        .where(col(Reading.notice_id) == col(Notice.id), col(Reading.version) == col(Notice.version))
        .correlate(Notice)
        .scalar_subquery()
    )
    return col(Reading.id) == last


def counted(session: Session) -> int:
    """How many notices the machine wants looked at and nobody has."""
    query = select(func.count()).select_from(Notice).join(Reading, col(Reading.notice_id) == col(Notice.id))
    return session.exec(query.where(_newest(), _unseen(), Reading.review != "")).one()


def queue(session: Session, now: dt.datetime) -> list[Waiting]:
    """The newest notices that wait, those first that the machine doubts, by priority."""
    rows: list[tuple[Notice, str]] = []
    for doubtful in (Reading.review != "", Reading.review == ""):
        query = select(Notice, Reading.review).join(Reading, col(Reading.notice_id) == col(Notice.id))
        query = query.where(_newest(), _unseen(), doubtful).order_by(col(Reading.id).desc())
        query = query.limit(MOST - len(rows)).options(defer(col(Notice.text)))  # type: ignore[arg-type]
        rows.extend(session.exec(query).all())
    found = _weighed(session, rows, now)
    return sorted(found, key=lambda one: (-one.priority, -identity(one.notice)))


def _weighed(session: Session, rows: Sequence[tuple[Notice, str]], now: dt.datetime) -> list[Waiting]:
    numbers = [identity(notice) for notice, _ in rows]
    codes = tags.of(session, numbers)
    least: Mapping[int, float] = dict(
        session.exec(
            select(Label.notice_id, func.min(Label.score))
            .where(col(Label.notice_id).in_(numbers), Label.kind == "sector")
            .group_by(col(Label.notice_id))
        ).all()
    )
    found = []
    for notice, why in rows:
        mine = codes[identity(notice)]
        doubt = DOUBTS.get(why, max(SUREST, 1.0 - least.get(identity(notice), 0.5)))
        days = [one for one in (days_to_comment(notice, now), days_to_force(notice, now)) if one is not None]
        grade = level(notice, mine["measure_type"], today(now))
        found.append(Waiting(notice, mine, why, doubt, grade, min(days, default=None)))
    return found


def held(session: Session) -> list[Review]:
    """What was put aside, the oldest first."""
    return list(
        session.exec(select(Review).where(Review.state == "held").order_by(col(Review.at)).limit(100))
    )


def stamp(session: Session, notice: Notice) -> str:
    """Changes when anybody decides, or the notice or its tags change: a form shown before is then stale."""
    last = session.exec(select(func.max(Decision.id)).where(Decision.notice_id == notice.id)).one()
    return f"{notice.version}-{last or 0}-{notice.tags_sha256[:12]}"


def settle(
    session: Session, person: Person, notice_id: int, seen: str, wanted: Collection[Key], note: str = ""
) -> None:
    """Let exactly `wanted` hold, and take the notice out of the queue. Raises Stale."""
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    if stamp(session, notice) != seen:
        raise Stale
    before = hold(session, notice_id)
    sure = {(one.kind, one.code) for one in _decisions(session, notice_id) if one.concerned}
    for kind, code in sorted(before - set(wanted)):
        decide(session, notice_id, kind, code, concerned=False, by=person.email, note=note)
    for kind, code in sorted(set(wanted) - sure):
        if (kind, code) not in before or kind in CONFIRMED:
            decide(session, notice_id, kind, code, concerned=True, by=person.email, note=note)
    _mark(session, person, notice, "done")
    audit.write(
        session,
        person,
        "tags.decided",
        f"notice {notice_id}",
        {"tags": _listed(before)},
        {"tags": _listed(wanted)},
    )


def _decisions(session: Session, notice_id: int) -> list[Decision]:
    """The newest decision on each tag."""
    rows = session.exec(select(Decision).where(Decision.notice_id == notice_id).order_by(col(Decision.id)))
    return list({(one.kind, one.code): one for one in rows}.values())


def _listed(some: Collection[Key]) -> list[str]:
    return sorted(":".join(one) for one in some)


def _mark(session: Session, person: Person, notice: Notice, state: str) -> None:
    row = session.get(Review, notice.id) or Review(
        notice_id=identity(notice), notice_version=0, state=state, by=""
    )
    row.notice_version, row.state, row.by, row.at = notice.version, state, person.email, types.now()
    session.add(row)


def put_aside(session: Session, person: Person, notice_id: int) -> None:
    """Hold a notice: out of the queue, in the list of what is held."""
    notice = session.get_one(Notice, notice_id)
    _mark(session, person, notice, "held")
    audit.write(session, person, "review.held", f"notice {notice_id}")


def accept_all(
    session: Session, person: Person, shown: Collection[int], least: float, now: dt.datetime
) -> int:
    """Accept what the machine is at least so sure of, among the notices the person was shown."""
    sure = [one for one in queue(session, now) if one.certainty >= least and identity(one.notice) in shown]
    for one in sure:
        notice_id = identity(one.notice)
        settle(session, person, notice_id, stamp(session, one.notice), hold(session, notice_id), BULK)
    return len(sure)
