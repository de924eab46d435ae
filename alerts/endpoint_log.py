"""What became of the letters to an endpoint, as its owner may see it."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from database.tables import Attempt, Endpoint, Letter

SHOWN = 20
FAILED = ("deferred", "refused")


@dataclass(frozen=True)
class Line:
    """One attempt. `code` is what the other side answered with; empty when nothing came back."""

    at: dt.datetime
    kind: str
    number: int
    outcome: str
    code: str
    words: str
    seconds: float | None
    next_at: dt.datetime | None


@dataclass(frozen=True)
class Health:
    """When an endpoint last took a letter and last did not, and how many wait for it."""

    taken_at: dt.datetime | None
    failed_at: dt.datetime | None
    waiting: int


def health(session: Session, one: Endpoint) -> Health:
    """How an endpoint fares."""
    newest = dict(
        session.exec(
            select(Attempt.outcome, func.max(Attempt.started_at))
            .join(Letter, col(Letter.id) == col(Attempt.letter_id))
            .where(Letter.endpoint_id == one.id)
            .group_by(Attempt.outcome)
        ).all()
    )
    waiting = session.exec(
        select(func.count()).select_from(Letter).where(Letter.endpoint_id == one.id, Letter.outcome == "")
    ).one()
    failed = [at for outcome in FAILED if (at := newest.get(outcome)) is not None]
    return Health(newest.get("accepted"), max(failed, default=None), waiting)


def lines(session: Session, one: Endpoint, most: int = SHOWN) -> Sequence[Line]:
    """The last attempts, newest first."""
    rows = session.exec(
        select(Attempt, Letter)
        .join(Letter, col(Letter.id) == col(Attempt.letter_id))
        .where(Letter.endpoint_id == one.id)
        .order_by(col(Attempt.id).desc())
        .limit(most)
    ).all()
    found, seen = [], set()
    for attempt, letter in rows:
        is_last = letter.id not in seen
        seen.add(letter.id)
        code, words = _said(attempt.reply)
        ended = attempt.ended_at
        found.append(
            Line(
                at=attempt.started_at,
                kind=letter.kind,
                number=attempt.number,
                outcome=attempt.outcome,
                code=code,
                words=words,
                seconds=None if ended is None else max(0.0, (ended - attempt.started_at).total_seconds()),
                next_at=letter.due_at if is_last and letter.outcome == "" and ended else None,
            )
        )
    return found


def _said(reply: str) -> tuple[str, str]:
    found = re.match(r"(-?\d{1,6})\b ?", reply)
    return (found[1], reply[found.end() :]) if found else ("", reply)
