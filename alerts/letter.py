"""What a letter says, rendered from the ledger at the moment it leaves: nothing personal is stored twice."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlmodel import Session, col, func, select

from alerts import assistance, briefs, links, titles
from alerts.compose import wanted
from alerts.coverage import coverage
from alerts.dates import SHANGHAI
from alerts.facts import Item, describe, item
from alerts.interest import Subject, subjects
from alerts.ledger import key
from alerts.quiet import PERIODS
from alerts.return_path import unsubscribe_address
from alerts.standing import WARNING
from alerts.subscriptions import subscriptions, unconfirmed
from config.texts import text
from database import types
from database.session import reading
from database.tables import Alert, Event, Letter, Notice, Subscriber, Subscription

Kept = list[tuple[Alert, list[Subscription]]]
MOST_ITEMS = 8
LANGUAGE_TAGS = MappingProxyType({"zh": "zh-CN", "zh-Hant": "zh-HK", "en": "en"})
# Text on background of each level's word; the word says it too, so that colour never stands alone.
COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "blue": ("#ffffff", "#1a56b0"),
        "yellow": ("#3d2e00", "#ffe08a"),
        "orange": ("#ffffff", "#b04a00"),
        "red": ("#ffffff", "#b3121d"),
    }
)


@dataclass(frozen=True)
class Mail:
    """A letter ready to leave by any channel."""

    to: str
    message_id: str
    kind: str
    language: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str = ""
    unsubscribe_address: str = ""
    calendar: bytes = b""
    pdf: tuple[str, bytes] | None = None  # its name, which may be Chinese, and content


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=3)
def _saying(language: str) -> Callable[..., str]:
    """The texts of letters in a language; those without values are looked up once."""
    known: dict[str, str] = {}

    def say(name: str, **values: object) -> str:
        if values:
            return text(f"letters.{name}", language, **values)
        if name not in known:
            known[name] = text(f"letters.{name}", language)
        return known[name]

    return say


def _render(template: str, language: str, facts: dict[str, Any]) -> dict[str, Any]:
    every = {**facts, "t": _saying(language), "lang": LANGUAGE_TAGS[language], "colours": COLOURS}
    return {
        part: _templates().get_template(f"{template}.{suffix}").render(every)
        for part, suffix in (("text", "txt"), ("html", "html"))
    }


def render(session: Session, letter: Letter) -> Mail | None:
    """One letter as it reads now; None when nothing in it is owed any more."""
    subscriber = session.get_one(Subscriber, letter.subscriber_id)
    alerts = session.exec(
        select(Alert).where(Alert.letter_id == letter.id, Alert.dropped == "").order_by(col(Alert.id))
    ).all()
    kept = wanted(session, subscriber, alerts)
    return Writer(session, [kept]).write(letter, subscriber, kept)


class Dates(Protocol):
    """The deadlines of notices as files for a reader's calendar."""

    def read(self, session: Session, notices: Set[int]) -> None:
        """Learn the dates of these notices."""

    def file(self, notices: Set[int], language: str) -> bytes:
        """Those of some of them; empty when they have none."""


class Writer:
    """Writes many letters: what they share is read and worded once."""

    def __init__(self, session: Session, letters: Iterable[Kept], dates: Dates | None = None) -> None:
        self._dates = dates
        self._about: dict[int, Subject] = {}
        self._events: dict[tuple[int, int, str], Event] = {}
        self._known: dict[Any, Any] = {}
        self._coverage = {language: coverage(session, language) for language in LANGUAGE_TAGS}
        self.read(session, letters)

    def read(self, session: Session, letters: Iterable[Kept]) -> None:
        """Learn the facts of more letters; those known already are not read again."""
        notices = {alert.notice_id for kept in letters for alert, _ in kept} - self._about.keys()
        if not notices:
            return
        self._about |= subjects(session, notices)
        for event in session.exec(select(Event).where(col(Event.notice_id).in_(notices))):
            self._events[event.notice_id, event.version, event.reason] = event
        if self._dates is not None:
            self._dates.read(session, notices)

    def write(self, letter: Letter, subscriber: Subscriber, kept: Kept) -> Mail | None:
        """The letter as it reads now; None when there is nothing to say."""
        if letter.kind == "confirmation":
            with reading() as session:
                return _confirmation(session, letter, subscriber)
        if letter.kind == "quiet":
            return self._quiet(letter, subscriber)
        if letter.kind == assistance.KIND:
            return self._answer(letter, subscriber)
        if letter.kind in briefs.KINDS:
            return self._brief(letter, subscriber)
        return self._digest(letter, subscriber, kept) if kept else None

    def _brief(self, letter: Letter, subscriber: Subscriber) -> Mail | None:
        with reading() as session:
            subject, facts = briefs.facts(session, letter, subscriber.language)
            pdf = briefs.file(session, letter, subscriber.language)
        if not facts:
            return None
        return replace(self._mail(letter, subscriber, subject, "brief", {**facts, "has_pdf": pdf}), pdf=pdf)

    def _digest(self, letter: Letter, subscriber: Subscriber, kept: Kept) -> Mail:
        language, now = subscriber.language, types.now()
        items = self._items(kept, subscriber, now)
        subject = _subject(items, [alert for alert, _ in kept], language)
        if letter.kind == WARNING and items:
            subject = text("letters.subject_warning", language, title=items[0].title)
        shown = items[:MOST_ITEMS]
        facts = {
            "items": shown,
            "count": len(items),
            "more": max(0, len(items) - MOST_ITEMS),
            "more_url": links.told_url(subscriber, key(letter)),
            "coverage": self._coverage[language],
        }
        mail = self._mail(letter, subscriber, subject, "digest", facts)
        if self._dates is None:
            return mail
        # Of the lines shown alone: hundreds of dates would be a file that servers refuse.
        return replace(mail, calendar=self._dates.file({one.notice_id for one in shown}, language))

    def _quiet(self, letter: Letter, subscriber: Subscriber) -> Mail:
        with reading() as session:
            mine = subscriptions(session, subscriber)
            since = letter.created_at - max(
                PERIODS[one.pace] for one in mine if one.quiet and one.pace in PERIODS
            )
            checked = session.exec(
                select(func.count()).select_from(Notice).where(Notice.first_seen_at > since)
            ).one()
        language = subscriber.language
        facts = {
            "since": since.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "count": checked,
            "coverage": self._coverage[language],
        }
        return self._mail(letter, subscriber, text("letters.quiet_subject", language), "quiet", facts)

    def _answer(self, letter: Letter, subscriber: Subscriber) -> Mail | None:
        with reading() as session:
            request = assistance.brought_by(session, key(subscriber), letter.slot)
            if request is None:
                return None
            about = subjects(session, [request.notice_id])[request.notice_id]
        language = subscriber.language
        title = titles.title(about.notice, about.tags, language, about.edited).words
        facts = {
            "title": title,
            "question": request.question,
            "answer": request.answer,
            "page_url": links.notice_url(request.notice_id),
            "feedback_url": links.feedback_url(subscriber, request.notice_id),
            "coverage": [],
        }
        subject = text("letters.answer_subject", language, title=title)
        return self._mail(letter, subscriber, subject, "answer", facts)

    def _mail(
        self, letter: Letter, subscriber: Subscriber, subject: str, template: str, facts: dict[str, Any]
    ) -> Mail:
        leave = links.unsubscribe_url(subscriber)
        facts |= {
            "subject": subject,
            "manage_url": links.manage_url(subscriber),
            "unsubscribe_url": leave,
        }
        return Mail(
            subscriber.email,
            letter.message_id,
            letter.kind,
            subscriber.language,
            subject,
            **_render(template, subscriber.language, facts),
            unsubscribe_url=leave,
            unsubscribe_address=unsubscribe_address(subscriber),
        )

    def _items(self, kept: Kept, subscriber: Subscriber, now: dt.datetime) -> list[Item]:
        language = subscriber.language
        warned = {alert.notice_id for alert, _ in kept if alert.reason == WARNING}
        items = [
            item(
                alert,
                self._about[alert.notice_id],
                self._events.get((alert.notice_id, alert.version, alert.reason)),
                {key(one): one for one in asking},
                language,
                now,
                self._known,
                subscriber,
            )
            for alert, asking in kept
            if alert.reason == WARNING or alert.notice_id not in warned
        ]
        return sorted(items, key=lambda one: one.order)


def _confirmation(session: Session, letter: Letter, subscriber: Subscriber) -> Mail | None:
    waiting = unconfirmed(session, subscriber)
    if not waiting:
        return None
    language = subscriber.language
    subject = text("letters.confirm_subject", language)
    facts = {
        "subject": subject,
        "wishes": [describe(one, language, own_words=False) for one in waiting],
        "confirm_url": links.confirm_url(subscriber, [key(one) for one in waiting]),
        "hours": links.CONFIRM_SECONDS // 3600,
    }
    parts = _render("confirmation", language, facts)
    return Mail(subscriber.email, letter.message_id, letter.kind, language, subject, **parts)


def _subject(items: list[Item], alerts: list[Alert], language: str) -> str:
    say = partial(text, language=language)
    what = "mixed"
    if all(alert.reason == "new" for alert in alerts):
        what = "lookback" if all(alert.late == "lookback" for alert in alerts) else "new"
    subject = say("letters.subject", n=len(items), what=say(f"letters.subject_{what}"))
    open_ones = [(one.deadline, one.days_left) for one in items if one.deadline is not None]
    if not open_ones:
        return subject
    date, days = min(open_ones)
    return say("letters.subject_deadline", subject=subject, date=date.isoformat(), days=days)
