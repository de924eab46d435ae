"""Stage: a new subscription hears once of what is still open for comment or enters into force soon."""

import datetime as dt
import logging
from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from alerts.dates import today
from alerts.interest import subjects
from alerts.ledger import insert_new
from alerts.match import AHEAD_DAYS, interested, is_ahead, owed, running
from database import types
from database.session import reading, unit_of_work
from database.tables import Alert, Event, Notice, Subscriber, Subscription

log = logging.getLogger(__name__)

BATCH = 20
NOTICES = 500


def pending(session: Session, limit: int) -> list[int]:
    """Confirmed subscriptions that have not looked back."""
    found = session.exec(
        select(Subscription.id)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(col(Subscription.looked_back_at).is_(None), *running())
        .order_by(col(Subscription.id))
        .limit(limit)
    )
    return [number for number in found if number is not None]


def handle(ids: Sequence[int]) -> None:
    """Owe each subscription what it would have heard of, in one alert a notice, labelled so."""
    with reading() as session:
        interests = interested(session, col(Subscription.id).in_(ids))
        alerts: list[Alert] = []
        notices = _ahead(session)
        first = _first_events(session, notices)
        for start in range(0, len(notices), NOTICES):
            for number, about in subjects(session, notices[start : start + NOTICES]).items():
                if not is_ahead(about.notice, types.now()):
                    continue
                version = first.get(number, about.notice.version)
                alerts += owed(about, version, "new", interests, late="lookback")
    with unit_of_work() as session:
        made = len(insert_new(session, alerts))
        for one in interests:
            subscription = session.get_one(Subscription, one.subscription.id)
            subscription.looked_back_at = types.now()
            session.add(subscription)
    log.info("looked_back subscriptions=%d alerts=%d", len(interests), made)


def _ahead(session: Session) -> list[int]:
    now = types.now()
    day = today(now)
    found = session.exec(
        select(Notice.id)
        .where(
            Notice.tags_sha256 != "",
            col(Notice.withdrawn).is_(False),
            or_(
                col(Notice.comment_deadline) >= day - dt.timedelta(days=1),
                col(Notice.in_force_on).between(day, day + dt.timedelta(days=AHEAD_DAYS)),
            ),
        )
        .order_by(col(Notice.id))
    )
    return [number for number in found if number is not None]


def _first_events(session: Session, notices: Sequence[int]) -> dict[int, int]:
    """Version of each notice's "new" event: the alert is the same one the event would owe."""
    found: dict[int, int] = {}
    for start in range(0, len(notices), NOTICES):
        some = notices[start : start + NOTICES]
        rows = session.exec(
            select(Event.notice_id, Event.version).where(
                Event.reason == "new", col(Event.notice_id).in_(some)
            )
        )
        found.update(dict(rows.all()))
    return found
