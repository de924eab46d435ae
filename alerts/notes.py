"""A letter as an endpoint gets it: the same lines, and the facts behind them for programs."""

import datetime as dt
import re
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from alerts.compose import wanted
from alerts.facts import Item, item
from alerts.interest import Subject, subjects
from alerts.ledger import key, kind_of
from alerts.letter import Mail
from config.texts import text
from database import types
from database.tables import Alert, Endpoint, Event, Letter, Subscriber, Subscription

TEST = "test"
ROLLING = dt.timedelta(days=1)
# What robots read as markup or as a call to people, each with the full-width character that looks alike.
MARKUP = str.maketrans("[]<>*_`#@~|!\\", "［］＜＞＊＿｀＃＠～｜！＼")


@dataclass(frozen=True)
class Note(Mail):
    """A letter with its destination, its lines and their facts."""

    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    old_secret: str = field(default="", repr=False)
    lines: tuple[Item, ...] = ()
    facts: tuple[dict[str, Any], ...] = ()

    @property
    def identity(self) -> str:
        """The same at every attempt, so that a receiver can tell a repetition."""
        return self.message_id.strip("<>").partition("@")[0]


def note(session: Session, letter: Letter) -> Note | None:
    """What an endpoint is owed by this letter; None when nothing in it is owed any more."""
    endpoint = session.get_one(Endpoint, letter.endpoint_id)
    subscriber = session.get_one(Subscriber, letter.subscriber_id)
    language = subscriber.language
    if letter.kind == TEST:
        title, body = (text(f"channels.test_{part}", language) for part in ("title", "body"))
        return _note(letter, endpoint, language, title, body, [])
    kept = kept_alerts(session, letter)
    if not kept:
        return None
    about = subjects(session, {alert.notice_id for alert, _ in kept})
    pairs = [
        (_line(session, alert, about[alert.notice_id], asking, language), alert) for alert, asking in kept
    ]
    pairs.sort(key=lambda pair: pair[0].order)
    asked = {alert.id: {one.id for one in asking} for alert, asking in kept}
    rows = [(line, _facts(alert, about[alert.notice_id], line, asked[alert.id])) for line, alert in pairs]
    return _note(letter, endpoint, language, text("channels.robot_title", language, n=len(rows)), "", rows)


def kept_alerts(session: Session, letter: Letter) -> list[tuple[Alert, list[Subscription]]]:
    """The alerts of the mail this letter copies that the person still asks for, and asks for there."""
    alerts = session.exec(
        select(Alert).where(Alert.letter_id == letter.copy_of, Alert.dropped == "").order_by(col(Alert.id))
    ).all()
    chosen = session.get_one(Endpoint, letter.endpoint_id).subscriptions
    kept = wanted(session, session.get(Subscriber, letter.subscriber_id), alerts)
    here = [(alert, [one for one in asking if not chosen or one.id in chosen]) for alert, asking in kept]
    return [(alert, asking) for alert, asking in here if asking]


def is_rolling(endpoint: Endpoint) -> bool:
    """Whether the secret was replaced so lately that the old one still signs."""
    return endpoint.rolled_at is not None and endpoint.rolled_at > types.now() - ROLLING


def _note(
    letter: Letter,
    endpoint: Endpoint,
    language: str,
    title: str,
    body: str,
    rows: list[tuple[Item, dict[str, Any]]],
) -> Note:
    return Note(
        to=endpoint.url,
        message_id=letter.message_id,
        kind=letter.kind,
        language=language,
        subject=title,
        text=body,
        html="",
        url=endpoint.url,
        secret=endpoint.secret,
        old_secret=endpoint.old_secret if is_rolling(endpoint) else "",
        lines=tuple(line for line, _ in rows),
        facts=tuple(facts for _, facts in rows),
    )


def _line(session: Session, alert: Alert, about: Subject, asking: list[Subscription], language: str) -> Item:
    event = session.exec(
        select(Event).where(
            Event.notice_id == alert.notice_id, Event.version == alert.version, Event.reason == alert.reason
        )
    ).first()
    return item(alert, about, event, {key(one): one for one in asking}, language, types.now())


def _facts(alert: Alert, about: Subject, line: Item, asking: Set[int | None]) -> dict[str, Any]:
    notice = about.notice
    return {
        "id": notice.id,
        "version": alert.version,
        "reason": kind_of(alert.reason),
        "late": alert.late,
        "url": line.page_url,
        "source": notice.source,
        "source_url": line.source_url,
        "symbols": notice.symbols,
        "kind": notice.kind,
        "members": notice.members,
        "title": line.title,
        "original_title": notice.title,
        "language": notice.language,
        "products": notice.products,
        "sectors": sorted(about.tags.get("sector", ())),
        "markets": sorted(about.tags.get("market", ())),
        "countries": sorted(about.tags.get("country", ())),
        "measure_types": sorted(about.measure_types),
        "hs": notice.hs,
        "ics": notice.ics,
        "published_on": notice.published_on and notice.published_on.isoformat(),
        "comment_deadline": notice.comment_deadline and notice.comment_deadline.isoformat(),
        "in_force_on": notice.in_force_on and notice.in_force_on.isoformat(),
        "withdrawn": notice.withdrawn,
        "level": line.level.name,
        "level_parts": line.level.parts,
        "relevance": line.level.relevance,
        "because": [one for one in alert.because if one["subscription_id"] in asking],
    }


def plain(words: str) -> str:
    """A publisher's words without anything a robot would read as markup or a call to people."""
    return " ".join(re.sub(r"(?<!\d)[-+](?=\s)", "－", words.translate(MARKUP)).split())


def markdown(one: Note, most_bytes: int) -> str:
    """The lines in the markdown group robots know, cut at a whole line, within so many bytes of UTF-8."""
    head = f"**{plain(one.subject)}**"
    if one.text:
        return f"{head}\n\n{plain(one.text)}"
    parts = [_part(line, one.language) for line in one.lines]
    kept = len(parts)
    while True:
        left = len(parts) - kept
        more = [text("channels.robot_more", one.language, n=left)] if left else []
        whole = "\n\n".join([head, *parts[:kept], *more])
        if not kept or len(whole.encode()) <= most_bytes:
            return whole
        kept -= 1


def _part(line: Item, language: str) -> str:
    made_by = "letters.edited" if line.title_edited else "letters.machine"
    say = [
        f"**{text(f'letters.level_{line.level.name}', language)}** [{plain(line.title)}]({line.page_url})",
        f"> {plain(line.news)} · {text(made_by, language)}",
        f"> {text('letters.label_by_when', language)} {plain(line.by_when)}",
        f"> {text('letters.label_in_force', language)} {plain(line.in_force)}",
        *(f"> {plain(reason)}" for reason in line.reasons),
    ]
    return "\n\n".join(say)
