"""Records that a source's rules kept out: written down as they are met, looked at, let in by a person.

Importable without Scrapy: the web shows them.
"""

import datetime as dt
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from crawlers.errors import CrawlError
from database.session import unit_of_work
from database.tables import Refusal, Snapshot
from database.types import now

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent


class UnknownRefusal(CrawlError):
    """No such record was refused."""


def note(
    session: Session,
    source: str,
    barred: Iterable[tuple[str, str, str, str]],
    let_in: Iterable[str],
    snapshot_id: int | None,
) -> None:
    """Write down what an answer held for nothing (record, title, rule, digest), and forget what it let in.

    What a person let in stays, or the next reading would refuse it again.
    """
    met = {record: (title, rule, digest) for record, title, rule, digest in barred}
    known = {
        row.record: row
        for row in session.exec(select(Refusal).where(Refusal.source == source, col(Refusal.record).in_(met)))
    }
    for record, (title, rule, digest) in met.items():
        row = known.get(record) or Refusal(source=source, record=record, rule=rule, digest=digest)
        row.title, row.rule, row.digest, row.snapshot_id = title, rule, digest, snapshot_id
        session.add(row)
    if passed := sorted(set(let_in) - {""}):
        session.execute(
            delete(Refusal).where(
                col(Refusal.source) == source,
                col(Refusal.record).in_(passed),
                col(Refusal.admitted_at).is_(None),
            )
        )


def admitted(session: Session, source: str) -> frozenset[str]:
    """The records of a source that a person let in."""
    query = select(Refusal.record).where(Refusal.source == source, col(Refusal.admitted_at).is_not(None))
    return frozenset(session.exec(query))


def admit(session: Session, source: str, ids: Sequence[int], by: str) -> list[Refusal]:
    """Let records in, now and whenever they are read again. Raises UnknownRefusal."""
    found = list(session.exec(select(Refusal).where(Refusal.source == source, col(Refusal.id).in_(ids))))
    if missing := set(ids) - {row.id for row in found}:
        numbers = ", ".join(map(str, sorted(missing)))
        raise UnknownRefusal(f"{source} refused no record {numbers} (see: tbt sources {source} --refused)")
    for row in found:
        if row.taken_at is None:
            row.admitted_at, row.admitted_by, row.message = now(), by, ""
            session.add(row)
    return found


def _is_waiting() -> Any:
    """Let in by a person, and neither taken in yet nor found impossible to take."""
    let_in, taken = col(Refusal.admitted_at).is_not(None), col(Refusal.taken_at).is_not(None)
    return let_in & ~taken & (col(Refusal.message) == "")


def waiting(session: Session) -> list[str]:
    """Sources of which records were let in that are not taken in yet."""
    return sorted(set(session.exec(select(Refusal.source).where(_is_waiting()))))


def let_in(session: Session, source: str) -> list[int]:
    """Ids of what was let in and not taken in yet."""
    found = session.exec(select(Refusal.id).where(Refusal.source == source, _is_waiting()))
    return [number for number in found if number is not None]


def take_in(source: str) -> None:
    """Have what people let in taken in, in a process of its own, as crawls are; what cannot be says why."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "crawlers.admitting", source],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *_paths()])},
    )
    if done.returncode == 0:
        return
    last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    log.error("refused_not_taken source=%s why=%s", source, last[:300])
    with unit_of_work() as session:
        for row in session.exec(select(Refusal).where(Refusal.source == source, _is_waiting())):
            row.message = f"the process that takes records in ended with code {done.returncode}: {last}"[:500]


def _paths() -> list[str]:
    return list(filter(None, [os.environ.get("PYTHONPATH")]))


def by_rule(session: Session, source: str) -> dict[str, int]:
    """How many records of a source each rule keeps out, the most first."""
    query = (
        select(Refusal.rule, func.count())
        .where(Refusal.source == source, col(Refusal.admitted_at).is_(None))
        .group_by(Refusal.rule)
        .order_by(func.count().desc(), Refusal.rule)
    )
    return dict(session.exec(query).all())


def listed(
    session: Session, source: str, *, rule: str = "", before: int | None = None, limit: int = 100
) -> list[tuple[Refusal, str, dt.datetime | None]]:
    """What a source refused, the newest first, with address and time of the answer it stands in."""
    query = (
        select(Refusal, Snapshot.url, Snapshot.seen_at)
        .join(Snapshot, col(Snapshot.id) == col(Refusal.snapshot_id), isouter=True)
        .where(Refusal.source == source)
    )
    if rule:
        query = query.where(Refusal.rule == rule)
    if before is not None:
        query = query.where(col(Refusal.id) < before)
    rows = session.exec(query.order_by(col(Refusal.id).desc()).limit(limit))
    return [(row, url or "", seen) for row, url, seen in rows]
