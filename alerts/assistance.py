"""A reader needs help with a notice: asked once, owned by an analyst, due on a day, answered by mail."""

import datetime as dt
import logging
from collections.abc import Sequence

from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.facts import internal_deadline
from alerts.ledger import insert_new, key, new_letter
from database import types
from database.tables import HelpRequest, Notice, Subscriber

log = logging.getLogger(__name__)

KIND = "answer"  # of the letter that brings one
WORKING_DAYS = 3
LONGEST_QUESTION, LONGEST_ANSWER = 1_000, 5_000
OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"


def due_day(notice: Notice, day: dt.date) -> dt.date:
    """Three working days on; sooner, but not before the next day, where comments are gathered before that."""
    due, left = day, WORKING_DAYS
    while left:
        due += dt.timedelta(days=1)
        left -= due.weekday() < 5
    gathered = internal_deadline(notice)
    return max(day + dt.timedelta(days=1), min(due, gathered)) if gathered and gathered >= day else due


def ask(session: Session, subscriber: Subscriber, notice: Notice, question: str = "") -> HelpRequest:
    """Open a request, or open it again; asking twice is one request. `question`: in the reader's words."""
    now = types.now()
    due = due_day(notice, today(now))
    mine = (HelpRequest.subscriber_id == subscriber.id, HelpRequest.notice_id == notice.id)
    fresh = HelpRequest(subscriber_id=key(subscriber), notice_id=key(notice), due_on=due, asked_at=now)
    insert_new(session, [fresh])
    found = session.exec(select(HelpRequest).where(*mine).with_for_update()).one()
    words = question.strip()[:LONGEST_QUESTION]
    if found.state != OPEN:
        found.state, found.asked_at, found.due_on = OPEN, now, due
    found.question = words or found.question
    session.add(found)
    session.flush()
    log.info("help_asked request=%s notice=%s", found.id, found.notice_id)
    return found


def of(session: Session, subscriber: Subscriber, notice: Notice) -> HelpRequest | None:
    """What a reader asked of a notice."""
    return session.exec(
        select(HelpRequest).where(
            HelpRequest.subscriber_id == subscriber.id, HelpRequest.notice_id == notice.id
        )
    ).first()


def withdraw(session: Session, subscriber: Subscriber, notice: Notice) -> None:
    """The reader needs no answer any more."""
    one = of(session, subscriber, notice)
    if one is not None and one.state == OPEN:
        one.state = WITHDRAWN
        session.add(one)
        session.flush()


def requests(
    session: Session, state: str, limit: int = 100
) -> Sequence[tuple[HelpRequest, Notice, Subscriber]]:
    """Requests in a state: those that wait by their due day, the others newest first."""
    order = [col(HelpRequest.due_on), col(HelpRequest.id)] if state == OPEN else [col(HelpRequest.id).desc()]
    return session.exec(
        select(HelpRequest, Notice, Subscriber)
        .join(Notice, col(Notice.id) == col(HelpRequest.notice_id))
        .join(Subscriber, col(Subscriber.id) == col(HelpRequest.subscriber_id))
        .where(HelpRequest.state == state)
        .order_by(*order)
        .limit(limit)
    ).all()


def _locked(session: Session, number: int) -> HelpRequest:
    found = session.exec(select(HelpRequest).where(HelpRequest.id == number).with_for_update()).first()
    if found is None:
        raise InvalidSubscription("request", "unknown_request", value=number)
    return found


def assign(session: Session, number: int, owner: str, due_on: dt.date | None = None) -> HelpRequest:
    """Who answers, and until when. Raises InvalidSubscription for an unknown request."""
    one = _locked(session, number)
    one.owner, one.due_on = owner, due_on or one.due_on
    session.add(one)
    session.flush()
    return one


def answer(session: Session, number: int, by: str, words: str) -> HelpRequest:
    """Answer a request: a letter brings it at once. Raises InvalidSubscription for an empty answer."""
    one = _locked(session, number)
    said = words.replace("\r\n", "\n").strip()[:LONGEST_ANSWER]
    if not said:
        raise InvalidSubscription("answer", "answer_empty")
    one.state, one.answer, one.answered_at, one.answered_by = ANSWERED, said, types.now(), by
    one.owner = one.owner or by
    session.add(one)
    letter = new_letter(session, one.subscriber_id, KIND)
    letter.slot = one.answered_at
    session.add(letter)
    session.flush()
    log.info("help_answered request=%s", one.id)
    return one


def brought_by(session: Session, subscriber_id: int, slot: dt.datetime | None) -> HelpRequest | None:
    """The request whose answer a letter brings: the one answered at the letter's moment."""
    return session.exec(
        select(HelpRequest).where(
            HelpRequest.subscriber_id == subscriber_id,
            HelpRequest.state == ANSWERED,
            HelpRequest.answered_at == slot,
        )
    ).first()
