"""Read stored notices with another model: what it would change, and the change itself.

The difference is worked out by the very functions that would make it, without writing. Applying only reads
the notices again; the line then sees their new tags and owes an alert, labelled late, to those alone who
should have had one.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlmodel import col, select

from alerts import match
from classifier import model, stage, tags
from classifier.classify import fingerprint
from database.session import reading
from database.tables import Tag

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Pair = tuple[str, str]
KINDS = ("sector", "market", "measure_type")


@dataclass
class Difference:
    """What another model would change."""

    read: int = 0
    changed: int = 0
    before: Counter[Pair] = field(default_factory=Counter)
    added: Counter[Pair] = field(default_factory=Counter)
    removed: Counter[Pair] = field(default_factory=Counter)
    alerts: int = 0
    people: set[int] = field(default_factory=set)

    def rows(self) -> list[tuple[str, str, int, int, int, int]]:
        """Kind, code, notices before, gained, lost, and after; only what changes."""
        pairs = sorted({*self.added, *self.removed}, key=lambda pair: (KINDS.index(pair[0]), pair[1]))
        return [
            (
                *pair,
                self.before[pair],
                self.added[pair],
                self.removed[pair],
                self.before[pair] + self.added[pair] - self.removed[pair],
            )
            for pair in pairs
        ]


def difference(one: model.Model, most: int | None, progress: Progress) -> Difference:
    """What the model would change in the newest `most` notices (all of them by default)."""
    found, below, mark = Difference(), None, fingerprint(one)
    with reading() as session:
        total = stage.count_outdated(session, mark)
    total = total if most is None else min(total, most)
    while found.read < total:
        with reading() as session:
            batch = stage.outdated(session, mark, min(stage.BATCH, total - found.read), below)
        if not batch:
            break
        below = batch[-1]
        _compare(batch, one, found)
        found.read += len(batch)
        progress(found.read, total)
    return found


def _compare(batch: list[int], one: model.Model, found: Difference) -> None:
    results = stage.read(batch, one)
    instead: dict[int, set[Pair]] = {}
    with reading() as session:
        present: dict[int, set[Pair]] = {number: set() for number in batch}
        for tag in session.exec(select(Tag).where(col(Tag.notice_id).in_(batch))):
            present[tag.notice_id].add((tag.kind, tag.code))
        for notice, _, result in results:
            number = notice.id or 0
            wanted = tags.hold(session, number, stage.labels(number, result, ""))
            found.before.update(pair for pair in present[number] if pair[0] in KINDS)
            if wanted != present[number]:
                instead[number] = wanted
                found.added.update(pair for pair in wanted - present[number] if pair[0] in KINDS)
                found.removed.update(pair for pair in present[number] - wanted if pair[0] in KINDS)
        alerts = match.would_tell(session, instead) if instead else []
    found.changed += len(instead)
    found.alerts += len(alerts)
    found.people |= {alert.subscriber_id for alert in alerts}


def apply(progress: Progress) -> int:
    """Read every notice with the model in use that was last read with another; killed, it goes on next time.

    Returns how many could not be read.
    """
    mark = fingerprint()
    with reading() as session:
        total = stage.count_outdated(session, mark)
    done, failed, below = 0, 0, None
    while True:
        with reading() as session:
            batch = stage.outdated(session, mark, stage.BATCH, below)
        if not batch:
            return failed
        below = batch[-1]
        try:
            stage.handle(batch, again=True)
        except Exception:
            log.exception("retag_failed ids=%s", batch)
            failed += len(batch)
        done += len(batch)
        progress(done, total)
