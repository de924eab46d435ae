"""Dates as iCalendar (RFC 5545): a subscription's calendar, and the attachment of a letter.

Each measure has at most two events, its comment deadline and its entry into force, under identifiers that
never change. When a date moves the same event moves (SEQUENCE is raised); when the measure is withdrawn it is
cancelled, so that a copy in a reader's calendar follows.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from urllib.parse import urlsplit

import icalendar
from sqlmodel import Session, col, select

from alerts import links
from alerts.facts import describe, item, unasked
from alerts.feed import comment_until
from alerts.followed import followed
from alerts.interest import Subject, subjects
from alerts.ledger import key
from alerts.measures import Dated, dated, group
from alerts.names import clean, name_of
from config.settings import settings
from config.texts import text
from database import types
from database.tables import Notice

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = dt.timedelta(hours=6)
REMIND = dt.timedelta(days=7)
KEPT = dt.timedelta(days=180)
END = b"END:VCALENDAR\r\n"


def calendar(session: Session, token: str) -> bytes | None:
    """The dates of the subscription with this token; None when no running one has it.

    Dates half a year past are left out. The bytes change only when their content does.
    """
    found = followed(session, token)
    if found is None:
        return None
    language = found.subscriber.language
    name = text("channels.calendar_name", language, name=describe(found.subscription, language))
    out = _followed(name, language)
    since = types.now().date() - KEPT
    _fill(out, session, {alert.notice_id for alert in found.alerts}, language, since)
    return bytes(out.to_ical())


def listed(session: Session, notice_ids: Iterable[int], name: str, language: str) -> bytes:
    """The dates to come of a list of notices, as a calendar to follow."""
    out = _followed(text("channels.calendar_name", language, name=name), language)
    _fill(out, session, notice_ids, language, types.now().date())
    return bytes(out.to_ical())


def _followed(name: str, language: str) -> icalendar.Calendar:
    """An empty calendar that programs fetch again by themselves."""
    out = _calendar(language)
    out.add("name", name)
    out.add("x-wr-calname", name)
    out.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    out.add("x-published-ttl", "PT6H")
    return out


def attachment(session: Session, notice_ids: Iterable[int], language: str) -> bytes | None:
    """The dates of these notices, as one letter carries them. None: no dates."""
    dates, notices = Dates(), set(notice_ids)
    dates.read(session, notices)
    return dates.file(notices, language) or None


class Dates:
    """The dates of many letters, sent as text/calendar; method=PUBLISH: each event is written once."""

    def __init__(self) -> None:
        self._groups: dict[int, str] = {}
        self._dated: dict[str, list[Dated]] = {}
        self._about: dict[int, Subject] = {}
        self._written: dict[tuple[str, str], bytes] = {}

    def read(self, session: Session, notices: Set[int]) -> None:
        """Learn the dates of the measures these notices belong to, unless they are past."""
        named = session.exec(select(Notice).where(col(Notice.id).in_(notices)))
        self._groups |= {key(notice): group(notice) for notice in named}
        today = types.now().date()
        found = [one for one in dated(session, notices) if one.day >= today and one.group not in self._dated]
        self._about |= subjects(session, {key(one.lead) for one in found})
        for one in found:
            self._dated.setdefault(one.group, []).append(one)

    def file(self, notices: Set[int], language: str) -> bytes:
        """Those of some of these notices; empty when they have none."""
        groups = {self._groups[number] for number in notices if number in self._groups}
        dates = sorted(
            (one for name in groups for one in self._dated.get(name, ())), key=lambda one: (one.day, one.uid)
        )
        if not dates:
            return b""
        return _published(language) + b"".join(self._event(one, language) for one in dates) + END

    def _event(self, one: Dated, language: str) -> bytes:
        if (one.uid, language) not in self._written:
            about = self._about[key(one.lead)]
            self._written[one.uid, language] = bytes(_event(one, about, language).to_ical())
        return self._written[one.uid, language]


@lru_cache(maxsize=4)
def _published(language: str) -> bytes:
    """The beginning of a calendar whose events follow."""
    empty = _calendar(language)
    empty.add("method", "PUBLISH")
    return bytes(empty.to_ical().removesuffix(END))


def _calendar(language: str) -> icalendar.Calendar:
    out = icalendar.Calendar()
    out.add("version", "2.0")
    out.add("prodid", f"-//TBT Early Warning//Calendar//{'EN' if language == 'en' else 'ZH'}")
    out.add("calscale", "GREGORIAN")
    return out


def _fill(
    out: icalendar.Calendar, session: Session, notice_ids: Iterable[int], language: str, since: dt.date
) -> None:
    dates = [one for one in dated(session, notice_ids) if one.day >= since]
    about = subjects(session, {key(one.lead) for one in dates})
    for one in dates:
        out.add_component(_event(one, about[key(one.lead)], language))


def _event(one: Dated, about: Subject, language: str) -> icalendar.Event:
    host = urlsplit(settings().public_url).hostname or "localhost"
    line = item(unasked(one.lead), about, None, {}, language, types.now())
    what = "comments_close" if one.field == "comment_deadline" else "enters_into_force"
    summary = text(f"channels.{what}", language, title=line.title)
    if one.withdrawn:
        summary = text("channels.cancelled", language, title=line.title)
    event = icalendar.Event()
    event.add("uid", f"{one.uid}@{host}")
    event.add("sequence", one.changes)
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("dtstart", one.day)
    event.add("dtend", one.day + dt.timedelta(days=1))
    event.add("summary", summary)
    event.add("description", _description(one, line.who, language))
    event.add("url", links.notice_url(key(one.lead)))
    event.add("status", "CANCELLED" if one.withdrawn else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if not one.withdrawn:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary)
        alarm.add("trigger", -REMIND)
        event.add_component(alarm)
    return event


def _description(one: Dated, who: str, language: str) -> str:
    label = "label_by_when" if one.field == "comment_deadline" else "label_in_force"
    rows: Mapping[str, str] = {
        "label_who": who,
        label: text("letters.join", language).join(_stated(one, language)),
        "label_original": clean(one.lead.title, 240),
        "label_what": clean(one.lead.products, 200),
        "label_page": links.notice_url(key(one.lead)),
    }
    lines = [
        text("channels.line", language, label=text(f"letters.{name}", language), value=value)
        for name, value in rows.items()
        if value
    ]
    return "\n".join([*lines, text("letters.legal", language)])


def _stated(one: Dated, language: str) -> list[str]:
    """The date as each publisher states it; several are told apart by name."""
    found = []
    for notice in one.stated.values():
        day = getattr(notice, one.field)
        said = comment_until(notice, language) if one.field == "comment_deadline" else day.isoformat()
        if len(one.stated) > 1:
            who = clean(notice.agency, 80) or ", ".join(
                name_of("country", code, language) for code in notice.members[:2]
            )
            said = text("channels.by_publisher", language, date=said, who=f"{who} · {notice.source}")
        found.append(said)
    return found
