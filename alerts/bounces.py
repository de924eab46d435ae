"""What comes back after a letter was taken: bounces, complaints, and people who leave by mail.

hard        the address does not exist: never written to again
soft        counted, and five in a month are a ban; the letter is owed again, ever later, if that may help
complaint   the person leaves at once and is never written to again
"""

import datetime as dt
import hmac
import logging

from sqlmodel import Session, col, select

from alerts.ledger import insert_new, suppress
from alerts.reports import HARD, NOTHING, SOFT, Report, read
from alerts.return_path import COMPLAINTS, bounced_letter, named_letter, split, unsubscribe_proof
from database import types
from database.session import reading, unit_of_work
from database.tables import Attempt, Bounce, Letter, Subscriber

log = logging.getLogger(__name__)

MOST_SOFT = 5
SOFT_WINDOW = dt.timedelta(days=30)
FIRST_WAIT = dt.timedelta(hours=4)


def is_ours(address: str) -> bool:
    """Whether mail to this address is taken: only one that we made, for something that still exists."""
    found = split(address)
    if found is None:
        return False
    purpose, number, proof = found
    if purpose == "unsubscribe":
        with reading() as session:
            return _leaver(session, number, proof) is not None
    return purpose == COMPLAINTS or bounced_letter(address) is not None


def receive(address: str, envelope_sender: str, raw: bytes) -> str:
    """Act on a message to one of our addresses; hard, soft, complaint, unsubscribed, or empty for nothing."""
    found = split(address)
    if found is None:
        return ""
    purpose, number, proof = found
    if purpose == "unsubscribe":
        return leave(number, proof)
    report = read(raw, envelope_sender)
    letter_id = bounced_letter(address) or named_letter(report.original)
    if report == NOTHING or not report.kind or letter_id is None:
        log.info("inbound_ignored purpose=%s code=%s", purpose, report.code)
        return ""
    if purpose == COMPLAINTS and report.kind != "complaint":
        return ""
    with unit_of_work() as session:
        return take(session, letter_id, report)


def leave(number: int, proof: str) -> str:
    """End all mail to the holder of an unsubscribe address; harmless to repeat."""
    with unit_of_work() as session:
        subscriber = _leaver(session, number, proof)
        if subscriber is None:
            return ""
        if subscriber.ended_at is None:
            subscriber.ended_at = types.now()
            session.add(subscriber)
            log.info("unsubscribed subscriber=%s by=mail", number)
    return "unsubscribed"


def _leaver(session: Session, number: int, proof: str) -> Subscriber | None:
    subscriber = session.get(Subscriber, number) if number < 2**31 else None
    if subscriber is None or not hmac.compare_digest(proof, unsubscribe_proof(subscriber)):
        return None
    return subscriber


def take(session: Session, letter_id: int, report: Report) -> str:
    """Act on a report about a letter, once for each attempt; the kind, or empty when it was known already."""
    if letter_id >= 2**31:
        return ""
    letter = session.exec(select(Letter).where(Letter.id == letter_id).with_for_update()).first()
    if letter is None:
        return ""
    attempt = session.exec(
        select(Attempt).where(Attempt.letter_id == letter_id).order_by(col(Attempt.number).desc()).limit(1)
    ).first()
    row = Bounce(
        letter_id=letter_id,
        attempt=attempt.number if attempt else 0,
        kind=report.kind,
        code=report.code,
        at=types.now(),
    )
    if not insert_new(session, [row]):
        return ""
    subscriber = session.get_one(Subscriber, letter.subscriber_id)
    if report.kind == "complaint":
        suppress(session, subscriber.email, "complaint")
        subscriber.ended_at = subscriber.ended_at or types.now()
        session.add(subscriber)
    else:
        _come_back(session, letter, attempt, subscriber, report)
    log.info("bounced letter=%s kind=%s code=%s", letter_id, report.kind, report.code)
    return report.kind


def _come_back(
    session: Session, letter: Letter, attempt: Attempt | None, subscriber: Subscriber, report: Report
) -> None:
    """The letter did not arrive after all: correct the ledger."""
    if attempt is not None and attempt.outcome == "accepted":
        attempt.outcome = "deferred" if report.kind == SOFT and report.again else "refused"
        attempt.reply = report.words
        session.add(attempt)
    if report.kind == HARD:
        suppress(session, subscriber.email, "hard_bounce")
        letter.outcome = "refused"
    elif len(_soft(session, letter.subscriber_id)) >= MOST_SOFT:
        suppress(session, subscriber.email, "soft_bounces")
        letter.outcome = "refused"
    elif not report.again:
        letter.outcome = "refused"
    elif letter.outcome == "sent":
        letter.outcome, letter.due_at = "", held_until(session, letter.subscriber_id) or types.now()
    session.add(letter)


def _soft(session: Session, subscriber_id: int) -> list[dt.datetime]:
    return list(
        session.exec(
            select(Bounce.at)
            .join(Letter, col(Letter.id) == col(Bounce.letter_id))
            .where(
                Letter.subscriber_id == subscriber_id,
                Bounce.kind == SOFT,
                Bounce.at > types.now() - SOFT_WINDOW,
            )
            .order_by(col(Bounce.at))
        )
    )


def held_until(session: Session, subscriber_id: int) -> dt.datetime | None:
    """Until when nothing should be mailed to a person whose letters came back: four hours, then double."""
    times = _soft(session, subscriber_id)
    if not times:
        return None
    until = times[-1] + FIRST_WAIT * 2 ** (len(times) - 1)
    return until if until > types.now() else None
