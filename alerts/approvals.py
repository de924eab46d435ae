"""Red warnings wait for a person: until one approved, nobody is told "red"; the notice goes as orange.

An approval is an event of its own ("warning"): whoever the notice is red for gets a letter at once, once,
whatever their pace. `TBT_RED_APPROVALS=2` asks for two different persons; an analyst whose word made the
notice red has proposed it, and cannot approve it.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, and_, col, select

from alerts import index
from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.interest import Subject, subjects
from alerts.ledger import insert_new, key
from alerts.level import SOON, STOPS_GOODS
from alerts.standing import WARNING
from config import taxonomy
from config.settings import settings
from database import types
from database.tables import Approval, Event, LevelWord, Notice, Subscription, Tag

log = logging.getLogger(__name__)

SAMPLED = 5


@dataclass(frozen=True)
class DryRun:
    """Whom a red warning would reach, without anything being sent."""

    notice: Notice
    recipients: int
    sample: list[int]
    approved_by: list[str]
    missing: int
    refused_by: list[str]
    proposed_by: str


def dry_run(session: Session, notice_id: int) -> DryRun:
    """Count the persons for whom the notice would be red, and name a few. Raises KeyError for no notice."""
    about = subjects(session, [notice_id], red=True)[notice_id]
    people = _reached(session, about)
    given = _of(session, about.notice)
    by = [one.by for one in given if one.granted]
    refused = [one.by for one in given if not one.granted]
    missing = max(0, settings().red_approvals - len(by))
    return DryRun(about.notice, len(people), people[:SAMPLED], by, missing, refused, _proposer(about))


def _proposer(about: Subject) -> str:
    """The analyst whose word makes the notice red; empty when the rule alone does."""
    return about.standing.by if about.standing.steps > 0 else ""


def _reached(session: Session, about: Subject) -> list[int]:
    now = types.now()
    if about.level("direct", today(now)).name != "red":
        return []  # a person lowered it, or its dates went by
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
    InvalidSubscription is raised, as when the person proposed it. Repeating an approval changes nothing.
    """
    seen = dry_run(session, notice_id)
    if by == seen.proposed_by:
        raise InvalidSubscription("by", "own_word")
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
    notice.level_until = None  # lists show it as red from now on
    session.add(notice)
    log.info("red_approved notice=%s recipients=%d", notice_id, recipients)
    return True


def refuse(session: Session, notice_id: int, by: str) -> None:
    """Not red after all: it stays orange, whoever approves it later."""
    notice = session.get_one(Notice, notice_id)
    row = Approval(notice_id=notice_id, version=notice.version, by=by, granted=False, at=types.now())
    insert_new(session, [row])
    log.info("red_refused notice=%s", notice_id)


def waiting(session: Session) -> list[int]:
    """Notices that would be red for somebody and too few people have judged, the nearest date first."""
    return [number for number, people in unjudged(session) if people]


def unjudged(session: Session) -> list[tuple[int, int]]:
    """Notices that would be red and too few people have judged, each with how many persons it reaches.

    One that reaches nobody is owed to nobody; but pages call it orange until it is approved.
    """
    day = today(types.now())
    near = (day, day + dt.timedelta(days=SOON))
    stopping = [code for code, kind in taxonomy.measure_types().items() if kind.severity == STOPS_GOODS]
    by_rule = (
        col(Notice.id).in_(
            select(Tag.notice_id).where(Tag.kind == "measure_type", col(Tag.code).in_(stopping))
        ),
        col(Notice.comment_deadline).between(*near) | col(Notice.in_force_on).between(*near),
    )
    raised = col(Notice.id).in_(select(LevelWord.notice_id).where(LevelWord.steps > 0))
    found = session.exec(
        select(Notice).where(col(Notice.withdrawn).is_(False), raised | and_(*by_rule))
    ).all()
    given: dict[tuple[int, int], list[bool]] = {}
    for one in session.exec(select(Approval).where(col(Approval.notice_id).in_([n.id for n in found]))):
        given.setdefault((one.notice_id, one.version), []).append(one.granted)
    open_ones = [one for one in found if _is_open(given.get((key(one), one.version), []))]
    open_ones.sort(key=lambda one: (_nearest(one, day), key(one)))
    about = subjects(session, [key(one) for one in open_ones], red=True)
    return [
        (key(one), len(_reached(session, about[key(one)])))
        for one in open_ones
        if about[key(one)].level("direct", day).name == "red"
    ]


def _is_open(given: Sequence[bool]) -> bool:
    return all(given) and len(given) < settings().red_approvals


def _nearest(notice: Notice, day: dt.date) -> dt.date:
    ahead = [date for date in (notice.comment_deadline, notice.in_force_on) if date and date >= day]
    return min(ahead, default=dt.date.max)
