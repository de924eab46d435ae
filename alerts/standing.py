"""What people said of a notice's level: a red that was approved, and an analyst's word that moves it."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from alerts.errors import InvalidSubscription
from database.tables import Event, LevelWord, Notice

log = logging.getLogger(__name__)

WARNING = "warning"
STEPS = (-1, 0, 1)
LONGEST_WHY = 500


@dataclass(frozen=True)
class Standing:
    """`red`: approved for this version; `steps`: the newest word of an analyst, who said it, and why."""

    red: bool = False
    steps: int = 0
    why: str = ""
    by: str = ""


NONE = Standing()


def standings(session: Session, notice_ids: Collection[int]) -> dict[int, Standing]:
    """What people said of these notices; those nobody spoke of are left out."""
    ids = list(notice_ids)
    approved = set(
        session.exec(
            select(Event.notice_id)
            .join(Notice, col(Notice.id) == col(Event.notice_id))
            .where(
                col(Event.notice_id).in_(ids),
                Event.reason == WARNING,
                col(Event.version) == col(Notice.version),
            )
        )
    )
    newest = select(func.max(LevelWord.id)).where(col(LevelWord.notice_id).in_(ids))
    words = {
        one.notice_id: one
        for one in session.exec(
            select(LevelWord).where(col(LevelWord.id).in_(newest.group_by(col(LevelWord.notice_id))))
        )
    }
    return {
        number: Standing(
            number in approved,
            *((said.steps, said.why, said.by) if (said := words.get(number)) else (0, "", "")),
        )
        for number in approved | set(words)
    }


def say(session: Session, notice_id: int, steps: int, why: str, by: str) -> LevelWord:
    """Move a notice's level a step up (1) or down (-1), or back to the rule (0); the reason is shown.

    The notice is graded and matched anew: who asked for its new level and has not heard of it now does,
    marked late. A raise to red still needs the approval of another person. Raises InvalidSubscription.
    """
    if steps not in STEPS:
        raise InvalidSubscription("steps", "choice", value=steps, known="-1, 0, 1")
    reason = " ".join(why.split())[:LONGEST_WHY]
    if not reason:
        raise InvalidSubscription("why", "why")
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    word = LevelWord(notice_id=notice_id, steps=steps, why=reason, by=by)
    session.add(word)
    session.flush()
    if notice.tags_sha256:
        # What was matched under another level is matched again, as after a change of tags.
        said = f"{notice.tags_sha256} level {word.id} {steps}"
        notice.tags_sha256 = hashlib.sha256(said.encode()).hexdigest()
    notice.level_until = None
    session.add(notice)
    session.flush()
    log.info("level_said notice=%s steps=%d", notice_id, steps)
    return word
