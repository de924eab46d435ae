"""What analysts write of a notice: Chinese title and gist, response card; drafts, and what readers see."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from alerts.ledger import key
from api import audit
from api.figures import unverified
from api.login.sessions import Person
from database import types
from database.tables import Editorial, Notice

CARD = ("changes", "who", "when", "tests", "standards", "contact")
LONGEST = {"title_zh": 300, "gist_zh": 3_000, "note": 3_000, "owner": 254}
LONGEST_CARD = 1_500
MOST_IN_WORK = 100
NOTHING: Mapping[str, Any] = {"title_zh": "", "gist_zh": "", "card": {}}


@dataclass(frozen=True)
class Text:
    """What a form holds."""

    title_zh: str
    gist_zh: str
    card: Mapping[str, str]
    note: str
    owner: str
    due_on: dt.date | None

    @property
    def public(self) -> dict[str, Any]:
        """The part readers see once it is approved."""
        return {"title_zh": self.title_zh, "gist_zh": self.gist_zh, "card": dict(self.card)}


class Conflict(Exception):
    """Somebody saved another text since the form was shown."""


class Unverified(ValueError):
    """A number or a date of the text does not stand in the source."""

    def __init__(self, figures: list[str]) -> None:
        super().__init__(", ".join(figures))
        self.figures = figures


def fetch(session: Session, notice_id: int) -> Editorial:
    """The stored text, or an empty one of version 0 that is not stored."""
    return session.get(Editorial, notice_id) or Editorial(notice_id=notice_id, version=0)


def text_of(row: Editorial) -> Text:
    """The text a form begins with."""
    card = {name: row.card.get(name, "") for name in CARD}
    return Text(row.title_zh, row.gist_zh, card, row.note, row.owner, row.due_on)


def missing(notice: Notice, text: Text) -> list[str]:
    """Numbers and dates of title and gist that the source does not have."""
    return unverified(f"{text.title_zh}\n{text.gist_zh}", notice)


def save(session: Session, person: Person, notice: Notice, text: Text, version: int) -> Editorial:
    """Store a text over the version the form was made from. Raises Conflict."""
    session.exec(select(Notice.id).where(Notice.id == notice.id).with_for_update()).one()
    row = fetch(session, key(notice))
    if row.version != version:
        raise Conflict
    before = _plain(text_of(row))
    row.title_zh, row.gist_zh, row.card = text.title_zh, text.gist_zh, dict(text.card)
    row.note, row.owner, row.due_on = text.note, text.owner, text.due_on
    row.version, row.by, row.at = version + 1, person.email, types.now()
    row.state = "approved" if row.published and _same(row.published, text) else "draft"
    session.add(row)
    audit.write(session, person, "text.saved", f"notice {notice.id}", before, _plain(text))
    return row


def approve(session: Session, person: Person, notice: Notice, version: int) -> Editorial:
    """Show readers the stored text. Raises Conflict, or Unverified while a figure has no source."""
    session.exec(select(Notice.id).where(Notice.id == notice.id).with_for_update()).one()
    row = fetch(session, key(notice))
    if row.version != version or version == 0:
        raise Conflict
    text = text_of(row)
    if figures := missing(notice, text):
        raise Unverified(figures)
    before = dict(row.published)
    row.published = {**text.public, "by": person.email, "at": types.now().isoformat()}
    row.state, row.version = "approved", version + 1
    session.add(row)
    audit.write(session, person, "text.approved", f"notice {notice.id}", before, row.published)
    return row


def _same(published: Mapping[str, Any], text: Text) -> bool:
    return {name: published.get(name) for name in text.public} == text.public


def _plain(text: Text) -> dict[str, Any]:
    due = text.due_on.isoformat() if text.due_on else ""
    return {**text.public, "note": text.note, "owner": text.owner, "due_on": due}


def published(session: Session, notice_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What readers may see, by notice."""
    rows = session.exec(
        select(Editorial.notice_id, Editorial.published).where(col(Editorial.notice_id).in_(notice_ids))
    )
    return {notice_id: dict(shown) for notice_id, shown in rows if shown}


def in_work(session: Session, owner: str = "") -> list[Editorial]:
    """Texts that readers do not see as written, those due first before those without a day."""
    query = select(Editorial).where(Editorial.state == "draft")
    if owner:
        query = query.where(Editorial.owner == owner)
    soonest = (col(Editorial.due_on).is_(None), col(Editorial.due_on), col(Editorial.at))
    return list(session.exec(query.order_by(*soonest).limit(MOST_IN_WORK)))
