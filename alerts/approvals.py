"""Red warnings wait for a person: until one approved, nobody is told "red"; the notice goes as orange.

An approval is an event of its own ("warning"): whoever the notice is red for gets a letter at once, once,
whatever their pace. `TBT_RED_APPROVALS=2` asks for two different persons.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts import index
from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.interest import Subject, subjects
from alerts.ledger import insert_new, key
from alerts.level import SOON, STOPS_GOODS
from config import taxonomy
from config.settings import settings
from database import types
from database.tables import Approval, Event, Notice, Subscription, Tag

log = logging.getLogger(__name__)

WARNING = "warning"
SAMPLED = 5


@dataclass(frozen=True)
class DryRun:
    """Whom a red warning would reach, without anything being sent."""

    notice: Notice
    recipients: int
    sample: list[int]
    approved_by: list[str]
    missing: int


def dry_run(session: Session, notice_id: int) -> DryRun:
    """Count the persons for whom the notice would be red, and name a few. Raises KeyError for no notice."""
    about = subjects(session, [notice_id], red=True)[notice_id]
    people = _reached(session, about)
    by = [one.by for one in _of(session, about.notice) if one.granted]
    return DryRun(about.notice, len(people), people[:SAMPLED], by, max(0, settings().red_approvals - len(by)))


def _reached(session: Session, about: Subject) -> list[int]:
    now = types.now()
    (found,) = index.concerned(session, [about], today(now), now)
    numbers = sorted(found.get("direct", ()))
    people: set[int] = set()
    for start in range(0, len(numbers), 500):
        people.update(
            session.exec(
                select(Subscription.subscriber_id).where(
                    col(Subscription.id).in_(numbers[start : start + 500])
                )
            )
        )
    return sorted(people)


def _of(session: Session, notice: Notice) -> Sequence[Approval]:
    return session.exec(
        select(Approval)
        .where(Approval.notice_id == notice.id, Approval.version == notice.version)
        .order_by(col(Approval.id))
    ).all()


def approve(session: Session, notice_id: int, by: str, *, recipients: int, sample: str = "") -> bool:
    """Let a red warning go, as far as this person is concerned; whether it goes now.

    `recipients` is what the dry run showed: when it is another number now, the person saw something else, and
    InvalidSubscription is raised. Repeating an approval changes nothing.
    """
    seen = dry_run(session, notice_id)
    if seen.recipients != recipients:
        raise InvalidSubscription("recipients", "recipients", value=recipients, now=seen.recipients)
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    row = Approval(
        notice_id=notice_id,
        version=notice.version,
        by=by,
        at=types.now(),
        recipients=recipients,
        sample=sample,
    )
    insert_new(session, [row])
    given = _of(session, notice)
    if any(not one.granted for one in given) or len(given) < settings().red_approvals:
        return False
    event = Event(notice_id=notice_id, version=notice.version, reason=WARNING, at=types.now())
    insert_new(session, [event])
    log.info("red_approved notice=%s recipients=%d", notice_id, recipients)
    return True


def refuse(session: Session, notice_id: int, by: str) -> None:
    """Not red after all: it stays orange, whoever approves it later."""
    notice = session.get_one(Notice, notice_id)
    row = Approval(notice_id=notice_id, version=notice.version, by=by, granted=False, at=types.now())
    insert_new(session, [row])
    log.info("red_refused notice=%s", notice_id)


def waiting(session: Session) -> list[int]:
    """Notices that would be red for somebody and that nobody has judged, the nearest date first."""
    day = today(types.now())
    near = (day, day + dt.timedelta(days=SOON))
    stopping = [code for code, kind in taxonomy.measure_types().items() if kind.severity == STOPS_GOODS]
    found = session.exec(
        select(Notice)
        .join(Tag, col(Tag.notice_id) == col(Notice.id))
        .where(
            Tag.kind == "measure_type",
            col(Tag.code).in_(stopping),
            col(Notice.withdrawn).is_(False),
            col(Notice.comment_deadline).between(*near) | col(Notice.in_force_on).between(*near),
        )
        .distinct()
    ).all()
    judged = set(
        session.exec(
            select(Approval.notice_id, Approval.version).where(
                col(Approval.notice_id).in_([one.id for one in found])
            )
        )
    )
    open_ones = [one for one in found if (key(one), one.version) not in judged]
    open_ones.sort(key=lambda one: (min(d for d in (one.comment_deadline, one.in_force_on) if d), key(one)))
    return [
        key(one) for one in open_ones if _reached(session, subjects(session, [key(one)], red=True)[key(one)])
    ]
