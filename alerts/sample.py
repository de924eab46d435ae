"""The letter of a red warning as its readers would get it, made without sending or keeping anything."""

from sqlmodel import Session

from alerts.interest import subjects
from alerts.ledger import insert_new
from alerts.letter import Mail, Writer
from alerts.standing import WARNING
from config.texts import text
from database import types
from database.tables import Alert, Event, Letter, Notice, Subscriber, Subscription

NOBODY = "sample"  # nobody's: the links of a sample lead nowhere


def sample(session: Session, notice_id: int, language: str = "zh") -> Mail:
    """What somebody directly concerned would read, red. Raises KeyError for no such notice."""
    about = subjects(session, [notice_id])[notice_id]
    notice = about.notice
    reader = Subscriber(id=0, email="sample@example.invalid", language=language, token=NOBODY)
    name = text("letters.sample_name", language)
    codes = list(dict.fromkeys(about.hs))[:1]
    subscription = Subscription(id=0, subscriber_id=0, token=NOBODY, name=name, hs=codes)
    stated = [{"what": "hs", "value": code, "asked": code} for code in subscription.hs]
    because = {"subscription_id": 0, "name": name, "relevance": "direct", "matched": stated}
    alert = _alert(notice, because)
    letter = Letter(id=0, subscriber_id=0, kind=WARNING, message_id="<sample@localhost>")
    # As if it were approved: written, read by the writer, and taken back.
    with session.begin_nested() as point:
        event = Event(notice_id=notice_id, version=notice.version, reason=WARNING, at=types.now())
        insert_new(session, [event])
        kept = [(alert, [subscription])]
        mail = Writer(session, [kept]).write(letter, reader, kept)
        point.rollback()
    if mail is None:
        raise ValueError(f"notice {notice_id} makes no letter")
    return mail


def _alert(notice: Notice, because: dict[str, object]) -> Alert:
    return Alert(
        id=0,
        subscriber_id=0,
        notice_id=notice.id or 0,
        version=notice.version,
        reason=WARNING,
        because=[because],
        created_at=types.now(),
    )
