"""A notice as a row of a list, in the reader's language."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from alerts import titles
from alerts.dates import closes_at, days_to_comment, days_to_force, today
from api import editorial, tags
from api.levels import graded
from api.notices import identity
from api.reader import Reader
from api.tags import Tags
from database.tables import Notice

PRESSING, SOON = 7, 30
ALERT = "alert"


@dataclass(frozen=True)
class Due:
    """How long is left, in words; `state` chooses the colour, which never speaks alone."""

    state: str
    head: str
    foot: str


@dataclass(frozen=True)
class Card:
    """One row."""

    notice: Notice
    title: str
    original: str
    who: str
    tags: Tags
    level: str
    awaits: bool
    due: Due


def due(reader: Reader, notice: Notice, now: dt.datetime) -> Due:
    """The comment deadline; else the day of entry into force; else that neither is stated."""
    if notice.withdrawn:
        return Due("gone", reader.say("withdrawn"), "")
    days = days_to_comment(notice, now)
    if days is not None:
        state = "pressing" if days <= PRESSING else "soon" if days <= SOON else "later"
        head = reader.count("days_left", days) if days else reader.say("last_day")
        return Due(state, head, reader.say("comments_until", day=reader.day(notice.comment_deadline)))
    until_force = days_to_force(notice, now)
    if until_force is not None and notice.in_force_on:
        state = "pressing" if until_force <= PRESSING else "soon" if until_force <= SOON else "later"
        head = reader.count("days_to_force", until_force) if until_force else reader.say("in_force_today")
        return Due(state, head, reader.say("in_force_on", day=reader.day(notice.in_force_on)))
    if closes_at(notice) is not None:
        return Due("past", reader.say("comments_closed"), reader.day(notice.comment_deadline))
    if notice.kind == ALERT:
        return Due("none", "", "")
    return Due("none", reader.say("deadline_unstated"), "")


def spoken(
    reader: Reader, notice: Notice, codes: Tags, edited: Mapping[str, Any] = editorial.NOTHING
) -> tuple[str, str]:
    """Title and, where that is not the publisher's own, the original below it.

    `edited`: what analysts published of the notice.
    """
    found = titles.title(notice, codes, reader.language, edited)
    if not found.edited and notice.language == reader.language.partition("-")[0] and notice.title:
        return notice.title, ""
    told = found.edited or titles.is_told(codes)
    return (found.words, notice.title) if told else (notice.title or notice.source_id, "")


def cards(session: Session, reader: Reader, notices: Sequence[Notice], now: dt.datetime) -> list[Card]:
    """The rows of a list."""
    numbers = [identity(one) for one in notices]
    codes, published = tags.of(session, numbers), editorial.published(session, numbers)
    levels = graded(session, notices, codes, today(now))
    found = []
    for notice in notices:
        number = identity(notice)
        mine, grade = codes[number], levels[number]
        title, original = spoken(reader, notice, mine, published.get(number, editorial.NOTHING))
        who = reader.names("country", notice.members) or notice.agency or notice.source
        waits = due(reader, notice, now)
        found.append(Card(notice, title, original, who, mine, grade.name, grade.awaits, waits))
    return found
