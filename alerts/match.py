"""Stage: hold every event against every subscription, and owe an alert to each person concerned.

An event is pending until it was matched with the tags its notice has now; re-tagging makes it pending again,
and the constraint on Alert sees to it that only those come to be owed who were not before.
"""

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from sqlmodel import Session, col, exists, or_, select

from alerts import index, seeds
from alerts.dates import today
from alerts.interest import Interest, Subject, subjects
from alerts.ledger import insert_new, is_correction, key
from alerts.level import LEVELS, RELEVANCES
from alerts.standing import WARNING
from alerts.subscriptions import due
from database import types
from database.session import reading, unit_of_work
from database.tables import Alert, Event, Matching, Notice, Subscriber, Subscription

log = logging.getLogger(__name__)

BATCH = 50
LATE_AFTER = dt.timedelta(days=2)
AHEAD_DAYS = 180
ARCHIVE_DAYS = 365
CANDIDATES = 500


def pending(session: Session, limit: int) -> list[int]:
    """Events not yet matched with the tags their notice has now."""
    done = exists().where(
        col(Matching.event_id) == col(Event.id), col(Matching.tags_sha256) == col(Notice.tags_sha256)
    )
    return [
        found
        for found in session.exec(
            select(Event.id)
            .join(Notice, col(Notice.id) == col(Event.notice_id))
            .where(Notice.tags_sha256 != "", ~done)
            .order_by(col(Event.id))
            .limit(limit)
        )
        if found is not None
    ]


def is_ahead(notice: Notice, now: dt.datetime) -> bool:
    """Whether something can still be done: open for comment, or in force within 180 days."""
    if notice.withdrawn:
        return False
    if notice.closes_at is not None and notice.closes_at > now:
        return True
    day = today(now)
    if notice.closes_at is None and notice.comment_deadline is not None and notice.comment_deadline >= day:
        return True
    return notice.in_force_on is not None and 0 <= (notice.in_force_on - day).days <= AHEAD_DAYS


def is_archive(notice: Notice, event: Event, now: dt.datetime) -> bool:
    """Whether an old notice was merely collected now, with nothing left to do: news to nobody."""
    if event.reason != "new" or notice.published_on is None or is_ahead(notice, now):
        return False
    return (event.at.date() - notice.published_on).days > ARCHIVE_DAYS


def running() -> tuple[Any, ...]:
    """Conditions: confirmed, not ended, not paused. For a query that joins Subscriber."""
    return (
        col(Subscriber.confirmed_at).is_not(None),
        col(Subscriber.ended_at).is_(None),
        col(Subscription.confirmed_at).is_not(None),
        col(Subscription.ended_at).is_(None),
        or_(col(Subscription.paused_until).is_(None), col(Subscription.paused_until) <= types.now()),
    )


def interested(session: Session, *conditions: Any) -> list[Interest]:
    """All subscriptions that are owed something."""
    return [
        Interest(subscription)
        for subscription in session.exec(
            select(Subscription)
            .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
            .where(*running(), *conditions)
            .order_by(col(Subscription.id))
        )
    ]


def owed(
    about: Subject,
    version: int,
    reason: str,
    interests: Iterable[Interest],
    *,
    late: str = "",
    watching: Set[int] = frozenset(),
) -> list[Alert]:
    """One alert for each person concerned, naming every subscription that matched.

    `watching`: persons to whom a warning goes as to those directly concerned (alerts/seeds.py).
    """
    day = today(types.now())
    persons: dict[int, list[tuple[Subscription, dict[str, Any]]]] = {}
    for interest in interests:
        if (match := interest.wants(about, day)) is None:
            continue
        one = interest.subscription
        relevance = "direct" if one.subscriber_id in watching else match.relevance
        if reason == WARNING and about.level(relevance, day).name != "red":
            continue  # approved as red: said to whom it is red for
        because = {"subscription_id": one.id, "name": one.name, "relevance": relevance}
        persons.setdefault(one.subscriber_id, []).append((one, {**because, "matched": match.matched}))
    alerts = []
    for subscriber_id, found in persons.items():
        reasons = [because for _, because in found]
        reasons.sort(key=lambda b: (-RELEVANCES.index(b["relevance"]), b["subscription_id"]))
        alerts.append(
            Alert(
                subscriber_id=subscriber_id,
                notice_id=key(about.notice),
                version=version,
                reason=reason,
                because=reasons,
                late=late,
                created_at=types.now(),
                due_at=types.now() if late == "lookback" else _due(about, reason, found, day),
            )
        )
    return alerts


def _due(
    about: Subject, reason: str, found: Sequence[tuple[Subscription, dict[str, Any]]], day: dt.date
) -> dt.datetime | None:
    relevance = max((because["relevance"] for _, because in found), key=RELEVANCES.index)
    pressing = about.level(relevance, day).rank >= LEVELS.index("orange")
    return due((one for one, _ in found), pressing=pressing, at_once=reason == WARNING)


def handle(ids: Sequence[int]) -> None:
    """Match events and record that it was done, also when nobody was concerned."""
    now = types.now()
    with reading() as session:
        events = session.exec(select(Event).where(col(Event.id).in_(ids)).order_by(col(Event.id))).all()
        about = subjects(session, {event.notice_id for event in events})
        found = _candidates(session, about, now)
        before = {
            (event_id, tags)
            for event_id, tags in session.exec(
                select(Matching.event_id, Matching.tags_sha256).where(col(Matching.event_id).in_(ids))
            )
        }
        for event in events:
            subject = about[event.notice_id]
            tags = subject.notice.tags_sha256
            again = any(event_id == event.id and other != tags for event_id, other in before)
            _record(event, tags, _told(session, event, subject, found[event.notice_id], now, again=again))


def _candidates(session: Session, about: Mapping[int, Subject], now: dt.datetime) -> dict[int, list[int]]:
    """Numbers of the subscriptions that may be concerned by each notice."""
    found = index.concerned(session, about.values(), today(now), now)
    return {
        notice_id: sorted(number for bits in each.values() for number in bits)
        for notice_id, each in zip(about, found, strict=True)
    }


def _told(
    session: Session,
    event: Event,
    subject: Subject,
    candidates: Sequence[int],
    now: dt.datetime,
    *,
    again: bool,
) -> list[Alert]:
    """What an event comes to; `again`: it was matched before, with other tags."""
    if is_archive(subject.notice, event, now):
        return []
    late = "late" if again or is_correction(event.reason) or now - event.at > LATE_AFTER else ""
    # Re-tagging reaches those who should have had it then, not those who came since.
    since = event.at if again and not is_ahead(subject.notice, now) else now
    watching = seeds.people(session) if event.reason == WARNING else set()
    asking = _asking(session, candidates, since)
    return owed(subject, event.version, event.reason, asking, late=late, watching=watching)


def would_tell(session: Session, instead: Mapping[int, Collection[tuple[str, str]]]) -> list[Alert]:
    """The alerts newly owed if these notices had these tags (kind, code); nothing is written."""
    now = types.now()
    events = session.exec(
        select(Event).where(col(Event.notice_id).in_(instead)).order_by(col(Event.id))
    ).all()
    about = subjects(session, {event.notice_id for event in events}, instead=instead)
    found = _candidates(session, about, now)
    matched = set(
        session.exec(
            select(Matching.event_id).where(col(Matching.event_id).in_([event.id for event in events]))
        )
    )
    columns = (Alert.subscriber_id, Alert.notice_id, Alert.version, Alert.reason)
    told = {tuple(row) for row in session.exec(select(*columns).where(col(Alert.notice_id).in_(instead)))}
    alerts: list[Alert] = []
    for event in events:
        subject = about[event.notice_id]
        again = event.id in matched
        for one in _told(session, event, subject, found[event.notice_id], now, again=again):
            name = (one.subscriber_id, one.notice_id, one.version, one.reason)
            if name not in told:
                told.add(name)
                alerts.append(one)
    return alerts


def _asking(session: Session, numbers: Sequence[int], since: dt.datetime) -> Iterator[Interest]:
    """The candidates' rows as they stand now; by what the index remembers nothing is owed."""
    for start in range(0, len(numbers), CANDIDATES):
        some = col(Subscription.id).in_(numbers[start : start + CANDIDATES])
        yield from interested(session, some, Subscription.confirmed_at <= since)  # type: ignore[operator]
        session.expunge_all()


def _record(event: Event, tags: str, alerts: Sequence[Alert]) -> None:
    with unit_of_work() as session:
        claim = Matching(event_id=key(event), tags_sha256=tags, at=types.now())
        if not (made := insert_new(session, [claim])):
            return  # another worker matched it meanwhile
        found = len(insert_new(session, alerts))
        matching = session.get_one(Matching, made[0])
        matching.found = found
        session.add(matching)
    log.info("matched event=%s reason=%s alerts=%d", event.id, event.reason, found)
