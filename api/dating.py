"""The dates of a notice as an analyst puts them right, each from a place in the publisher's words."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from api import audit
from api.errors import InvalidParameter, NotThere
from api.evidence import FIELDS
from api.login.sessions import Person
from api.reader import address
from crawlers import corrections, dates
from crawlers.form import forms
from database.tables import DateFix, Notice

ROLES = corrections.ROLES
MOST = 200
NOTHING: Mapping[str, Any] = {"day": None, "field": "", "start": -1, "end": -1, "moved": False}


class Moved(Exception):
    """The date is not the one the form was made from: somebody, or the publisher, changed it."""


@dataclass(frozen=True)
class Place:
    """A date that stands in a field of a notice."""

    day: dt.date
    field: str
    start: int
    end: int
    text: str
    around: str

    def href(self, notice_id: int) -> str:
        """The page on which its role is chosen."""
        return address(
            f"/review/{notice_id}/date",
            {"day": self.day.isoformat(), "field": self.field, "start": self.start, "end": self.end},
        )


def places(notice: Notice) -> list[Place]:
    """Every date in a notice's running texts, in order."""
    form = forms().get(notice.source)
    found = []
    for field in FIELDS:
        words = getattr(notice, field)
        for one in dates.find(words, form.date_order if form else "dmy"):
            around = words[max(0, one.start - 60) : one.end + 60]
            found.append(Place(one.day, field, one.start, one.end, words[one.start : one.end], around))
    return found[:MOST]


def _locked(session: Session, notice_id: int) -> Notice:
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).first()
    if notice is None:
        raise NotThere(f"there is no notice {notice_id}")
    return notice


def _written(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def fix(
    session: Session,
    person: Person,
    notice_id: int,
    role: str,
    was: str,
    day: dt.date | None,
    place: Mapping[str, Any],
) -> None:
    """Let a day hold. `was`: what the form showed. Raises Moved, InvalidParameter or NotThere."""
    notice = _locked(session, notice_id)
    if role not in ROLES:
        raise InvalidParameter("role", "is no date of a notice", ROLES)
    before = _written(getattr(notice, role))
    if was != before:
        raise Moved
    if before == _written(day):
        return
    field, start, end = place.get("field"), place.get("start", -1), place.get("end", -1)
    evidence = {}
    if field in FIELDS and 0 <= start < end <= len(getattr(notice, field)):
        evidence = {"field": field, "start": start, "end": end, "text": getattr(notice, field)[start:end]}
    corrections.correct(session, notice, role, day, evidence, person.email)
    about = {"role": role, "day": before}
    audit.write(
        session,
        person,
        "date.corrected",
        f"notice {notice_id}",
        about,
        {"role": role, "day": _written(day), **evidence},
    )


def undo(session: Session, person: Person, notice_id: int, number: int) -> None:
    """Take a correction back. Raises NotThere."""
    notice, row = _locked(session, notice_id), session.get(DateFix, number)
    if row is None or row.notice_id != notice_id or row.undone_at is not None:
        raise NotThere("there is no such correction")
    before = {"role": row.role, "day": _written(row.day)}
    corrections.undo(session, notice, row)
    after = {"role": row.role, "day": _written(row.said)}
    audit.write(session, person, "date.restored", f"notice {notice_id}", before, after)
