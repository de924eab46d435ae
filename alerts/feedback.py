"""What a reader says of a notice by a button in a letter: handled, not for us, need help.

The button's link is signed and opens a page; only the POST of that page answers, as gateways open links.
"""

from sqlmodel import Session, select

from alerts import assistance, links
from alerts.errors import BadLink, InvalidSubscription
from alerts.facts import ANSWERS
from alerts.ledger import insert_new
from alerts.subscriptions import holder
from database import types
from database.tables import Feedback, Notice, Subscriber

LONGEST_NOTE = 1_000


def asked(session: Session, token: str) -> tuple[Subscriber, Notice, str]:
    """Whose link it is, the notice, and what was answered before ("" for nothing). Raises BadLink."""
    subscriber = holder(session, "feedback", token)
    notice = session.get(Notice, links.read("feedback", token)[1])
    if notice is None:
        raise BadLink
    said = session.exec(
        select(Feedback.answer).where(
            Feedback.subscriber_id == subscriber.id, Feedback.notice_id == notice.id
        )
    ).first()
    return subscriber, notice, said or ""


def answer(session: Session, token: str, said: str, note: str = "") -> Feedback:
    """Store an answer; the last one holds, and "need help" opens a request with the note as its question.

    Raises BadLink, or InvalidSubscription for another word.
    """
    if said not in ANSWERS:
        raise InvalidSubscription("answer", "choice", value=said[:40], known=", ".join(ANSWERS))
    subscriber, notice, _ = asked(session, token)
    mine = (Feedback.subscriber_id == subscriber.id, Feedback.notice_id == notice.id)
    fresh = Feedback(
        subscriber_id=subscriber.id or 0, notice_id=notice.id or 0, answer=said, note="", at=types.now()
    )
    insert_new(session, [fresh])
    found = session.exec(select(Feedback).where(*mine).with_for_update()).one()
    found.answer, found.note, found.at = said, " ".join(note.split())[:LONGEST_NOTE], types.now()
    session.add(found)
    session.flush()
    if said == "need_help":
        assistance.ask(session, subscriber, notice, note)
    else:
        assistance.withdraw(session, subscriber, notice)
    return found
