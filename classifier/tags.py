"""The tags of a notice: the machine's labels as corrected by people's decisions."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import delete
from sqlmodel import Session, col, select

from database.index import changes
from database.tables import Decision, Label, Notice, Reading, Tag

KINDS = ("sector", "market", "country", "measure_type")
BULK = "bulk"
"""Note of a decision that was taken for many notices at once: it says little of each."""


def hold(session: Session, notice_id: int, labels: Iterable[Label] | None = None) -> set[tuple[str, str]]:
    """(kind, code) of what holds now: every label and, over it, the newest decision.

    `labels`: other labels than the machine's present ones, to see what would hold.
    """
    if labels is None:
        labels = session.exec(select(Label).where(Label.notice_id == notice_id)).all()
    held = {(one.kind, one.code) for one in labels}
    decisions = session.exec(
        select(Decision).where(Decision.notice_id == notice_id).order_by(col(Decision.id))
    )
    for decision in decisions:
        key = (decision.kind, decision.code)
        if decision.concerned:
            held.add(key)
        else:
            held.discard(key)
    return held


def refresh(session: Session, notice_id: int) -> bool:
    """Write the tags that hold and their hash; True if they changed. The caller commits."""
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    wanted = hold(session, notice_id)
    present = set(session.exec(select(Tag.kind, Tag.code).where(Tag.notice_id == notice_id)).all())
    for kind, code in sorted(present - wanted):
        session.exec(
            delete(Tag).where(col(Tag.notice_id) == notice_id, col(Tag.kind) == kind, col(Tag.code) == code)
        )
    session.add_all(Tag(notice_id=notice_id, kind=kind, code=code) for kind, code in sorted(wanted - present))
    digest = hashlib.sha256("\n".join(" ".join(tag) for tag in sorted(wanted)).encode()).hexdigest()
    if wanted != present:
        changes.touch(session, notice_id)
    changed = notice.tags_sha256 != digest
    notice.tags_sha256 = digest
    notice.level_until = None  # the level rests on the tags: to be graded anew
    session.add(notice)
    session.flush()
    return changed


def _said(session: Session, notice_id: int, kind: str, code: str) -> tuple[bool | None, str]:
    """Whether the machine says a tag now, and with what it read the notice; None: it has not read it."""
    label = select(Label.fingerprint).where(
        Label.notice_id == notice_id, Label.kind == kind, Label.code == code
    )
    if (found := session.exec(label).first()) is not None:
        return True, found
    newest = (
        select(Reading.fingerprint).where(Reading.notice_id == notice_id).order_by(col(Reading.id).desc())
    )
    read = session.exec(newest).first()
    return (None if read is None else False), read or ""


def decide(
    session: Session, notice_id: int, kind: str, code: str, *, concerned: bool, by: str, note: str = ""
) -> Decision:
    """Append what a person says of one tag, and let it hold at once. The caller commits.

    Raises ValueError for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of tag; kinds are {', '.join(KINDS)}")
    session.exec(select(Notice.id).where(Notice.id == notice_id).with_for_update()).one()
    machine, fingerprint = _said(session, notice_id, kind, code)
    decision = Decision(
        notice_id=notice_id, kind=kind, code=code, concerned=concerned, by=by, note=note,
        machine=machine, fingerprint=fingerprint,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    refresh(session, notice_id)
    return decision
