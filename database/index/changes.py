"""Which notices changed in something that is searched, since the index of bitmaps was made."""

import datetime as dt

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from database import types
from database.tables import Change


def touch(session: Session, notice_id: int) -> None:
    """Say that a notice's words, tags, codes, dates or level changed. The caller commits."""
    session.execute(insert(Change).values(notice_id=notice_id, at=types.now()))


def stamp(session: Session) -> tuple[int, int]:
    """Differs after every change that has become visible."""
    newest, n = session.execute(select(func.max(col(Change.id)), func.count())).one()
    return newest or 0, n


def numbers(session: Session) -> list[int]:
    """The notices that changed."""
    return list(session.execute(select(col(Change.notice_id)).distinct()).scalars())


def forget(session: Session, before: dt.datetime) -> None:
    """Drop what an index made later already knows."""
    session.execute(delete(Change).where(col(Change.at) < before))
