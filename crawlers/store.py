"""From answers to stored notices: each answer in one unit of work, each record in its own savepoint."""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, text
from sqlmodel import Session, col, select

from crawlers import citations, corrections, events, force, likeness, measures, refusals, snapshots
from crawlers.errors import UnreadableRecord
from crawlers.form import Form
from crawlers.record import Facts, RawNotice, normalise, of_json
from crawlers.source import Answer
from crawlers.words import storable
from database import search
from database.session import unit_of_work
from database.tables import Fault, Notice, NoticeCode, NoticeVersion, Run
from database.types import now

log = logging.getLogger(__name__)

STORING = 7_270_001  # PostgreSQL's number for "one page at a time", as SQLite does by itself
CONFLICT = "another record under the same number"
MOST_NAMES = 200  # different names counted as unread in one run


def lock(session: Session) -> None:
    """Store one page at a time, whoever else does: until this unit of work ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": STORING})


def keep(run_id: int, form: Form, answer: Answer, met: dict[str, str] | None = None) -> None:
    """Store an answer, its notices and its faults, and count them in the run.

    `met` is what the run has stored, by number: of records that say different things under one number the
    first stands, or each would make a change of the other in every run.
    """
    met = {} if met is None else met
    with unit_of_work() as session:
        lock(session)
        snapshot_id = _snapshot(session, form, answer)
        run = session.get_one(Run, run_id)
        faults, remarks = _notices(session, run, form, answer, snapshot_id, met)
        session.add_all(
            Fault(
                run_id=run_id,
                snapshot_id=snapshot_id,
                record=storable(record)[:200],
                message=storable(message)[:1000],
            )
            for record, message in faults
        )
        run.pages += answer.came
        run.faults += len(faults)
        run.unread = _counted(run.unread, answer.unread + remarks)
        run.refused = _counted(run.refused, answer.refused)
        barred = ((one.record, one.title, one.rule, one.digest) for one in answer.barred)
        refusals.note(session, form.name, barred, answer.let_in, snapshot_id)


def _snapshot(session: Session, form: Form, answer: Answer) -> int | None:
    if not answer.came:
        return None
    return snapshots.keep(
        session,
        form.name,
        answer.address,
        answer.body,
        content_type=answer.content_type,
        etag=answer.etag,
        last_modified=answer.last_modified,
    ).id


def _notices(
    session: Session, run: Run, form: Form, answer: Answer, snapshot_id: int | None, met: dict[str, str]
) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Store an answer's records, each for itself; its faults, those met here too, and what to remark."""
    faults, remarks = list(answer.faults), Counter[str]()
    # joint notifications come in several rows, of which the first speaks; sources list the newest first
    for raw in sorted(answer.notices, key=lambda raw: (raw.published, raw.source_id, raw.row or 0)):
        said = hashlib.sha256(repr(raw).encode("utf-8", "replace")).hexdigest()
        if raw.row is None and raw.source_id in met:
            remarks[CONFLICT] += met[raw.source_id] != said
            run.read += 1
            continue
        try:
            with session.begin_nested():
                outcome, facts = put(session, raw, form, snapshot_id)
        except Exception as error:
            known = isinstance(error, UnreadableRecord)
            kind = type(error).__name__
            log.warning("record_fault source=%s error=%s", form.name, kind, exc_info=not known)
            faults.append((raw.source_id, str(error) if known else f"{kind}: {error}"))
            continue
        if raw.row is None:
            met[raw.source_id] = said
        remarks.update(facts.remarks)
        run.read += 1
        run.new += outcome == "new"
        run.changed += outcome == "changed"
    return faults, remarks


def _counted(known: dict[str, int], more: Counter[str]) -> dict[str, int]:
    together = Counter(known) + Counter({storable(name)[:200]: n for name, n in more.items()})
    return dict(together.most_common(MOST_NAMES))


def put(session: Session, raw: RawNotice, form: Form, snapshot_id: int | None) -> tuple[str, Facts]:
    """Store one record: "new", "changed" or "same". The caller holds the write lock."""
    facts = normalise(raw, form)
    notice = session.exec(
        select(Notice).where(Notice.source == form.name, Notice.source_id == raw.source_id)
    ).first()
    if facts.published_on is None:  # the source gives no date: the day it was first seen stands for it
        facts.published_on = notice.published_on if notice else now().date()
    if facts.row is not None:
        facts.links = _links([], facts.links)
    if notice is None:
        return _first(session, raw.source_id, facts, form, snapshot_id), facts
    newest = session.exec(
        select(NoticeVersion).where(
            NoticeVersion.notice_id == notice.id, NoticeVersion.version == notice.version
        )
    ).one()
    if facts.row is not None:
        facts = _together(facts, newest.facts)
    force.carry(facts, notice)
    if facts.sha256() == notice.content_sha256:
        return "same", facts
    what = events.of_change(newest.facts, facts.as_json())
    notice.version += 1
    _fill(session, notice, facts, snapshot_id)
    if what is not None and form.tells:
        events.write(session, notice, what)
    if measures.join(session, notice, facts.keys) and notice.measure_id:
        force.settle(session, notice.measure_id)
    if facts.title != newest.facts["title"]:
        likeness.propose(session, notice, again=True)
    return "changed", facts


def _first(session: Session, source_id: str, facts: Facts, form: Form, snapshot_id: int | None) -> str:
    notice = Notice(source=form.name, source_id=source_id)
    _fill(session, notice, facts, snapshot_id)
    others = measures.join(session, notice, facts.keys)
    repeated = others and not facts.withdrawn and events.told(session, notice, facts.document)
    if form.tells and not repeated:
        events.write(session, notice, events.of_first(facts.as_json(), form.name, []))
    if others and facts.kind != "alert":
        events.settle(session, notice.measure_id or 0)
        force.settle(session, notice.measure_id or 0, fresh=notice)
    likeness.propose(session, notice)
    return "new"


def _fill(session: Session, notice: Notice, facts: Facts, snapshot_id: int | None) -> None:
    """Bring the notice, its version row, its codes and the search index to these facts."""
    for name, value in facts.columns().items():
        setattr(notice, name, value)
    if notice.id is not None:
        corrections.hold(session, notice)
    notice.content_sha256, notice.snapshot_id, notice.changed_at = facts.sha256(), snapshot_id, now()
    session.add(notice)
    session.flush()
    session.add(
        NoticeVersion(
            notice_id=notice.id or 0, version=notice.version, snapshot_id=snapshot_id, facts=facts.as_json()
        )
    )
    if notice.version > 1:
        session.execute(delete(NoticeCode).where(col(NoticeCode.notice_id) == notice.id))
    words = "\n".join((facts.title, facts.products, facts.text, facts.objective))
    # cases stand apart, so that those of a measure are found among nothing else
    case = "case-" if facts.kind == "alert" else ""
    stated = {
        "hs": facts.hs,
        "ics": facts.ics,
        f"{case}standard": citations.undated(facts.standards),
        f"{case}act": citations.acts(words),
    }
    rows = [
        {"notice_id": notice.id, "scheme": scheme, "code": code}
        for scheme, codes in stated.items()
        for code in codes
    ]
    if rows:
        session.execute(insert(NoticeCode), rows)
    search.index(session, notice)


def _together(facts: Facts, known: dict[str, Any]) -> Facts:
    """A row of a notification with what its others said: members and links of all, words of the lowest.

    What is known from a record that is complete by itself stands as it is.
    """
    before = of_json(known)
    if before.row is None:
        return before
    spoken = before if before.row < (facts.row or 0) else facts
    spoken.members = sorted({*facts.members, *known["members"]})
    spoken.links = _links(known["links"], facts.links)
    spoken.keys = sorted({*facts.keys, *known["keys"]})
    return spoken


def _links(known: Sequence[dict[str, str]], more: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    by_address = {link["url"]: link for link in (*known, *more)}
    return [by_address[url] for url in sorted(by_address)]
