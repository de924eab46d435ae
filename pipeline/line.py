"""The line: each stage reads what the one before wrote; its inbox is a query, never a status flag."""

import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, cast

from sqlmodel import Session

from database import counts
from database.index import making
from database.session import reading

log = logging.getLogger(__name__)

# In the order a notice travels: name → module.
STAGES = {
    "classify": "classifier.stage",
    "soon": "alerts.soon",
    "grade": "alerts.grade",
    "match": "alerts.match",
    "seeds": "alerts.seeds",
    "lookback": "alerts.lookback",
    "compose": "alerts.compose",
    "quiet": "alerts.quiet",
    "relay": "alerts.relay",
    "deliver": "alerts.deliver",
    "proof": "alerts.proof",
    "push": "alerts.push",
}

Progress = Callable[[str, int], None]


class Stage(Protocol):
    """A module with a batch size, a query for what has no result yet, and the work on it."""

    BATCH: int

    def pending(self, session: Session, limit: int) -> Sequence[int]:
        """Ids of what has no result yet, at most `limit`."""

    def handle(self, ids: Sequence[int]) -> None:
        """Give each a result, in units of work of its own. May be repeated or killed at any moment."""


class UnknownStage(ValueError):
    """There is no such stage."""


def stage(name: str) -> Stage:
    """The stage of that name. Raises UnknownStage."""
    if name not in STAGES:
        raise UnknownStage(f"no stage {name!r}; the stages are {', '.join(STAGES)}")
    return cast(Stage, importlib.import_module(STAGES[name]))


def _batches(one: Stage, failed: set[int]) -> Iterator[list[int]]:
    while True:
        with reading() as session:
            found = one.pending(session, one.BATCH + len(failed))
        batch = [i for i in found if i not in failed][: one.BATCH]
        if not batch:
            return
        yield batch


def run(name: str, progress: Progress | None = None, stop: Callable[[], bool] = lambda: False) -> int:
    """Do a stage's pending work. What fails is logged, left pending, and stops nothing else.

    Returns how many failed.
    """
    one, failed = stage(name), set[int]()
    last: list[int] = []
    for batch in _batches(one, failed):
        if stop():
            break
        if batch == last:  # it came back unchanged: no result was written
            log.error("stage_stuck stage=%s ids=%s", name, batch)
            failed.update(batch)
            continue
        try:
            one.handle(batch)
        except Exception:
            log.exception("stage_failed stage=%s ids=%s", name, batch)
            if len(batch) > 1:
                failed.update(_one_by_one(one, name, batch))
            else:
                failed.update(batch)
        last = batch
        if progress:
            progress(name, len(batch))
    return len(failed)


def _one_by_one(one: Stage, name: str, batch: list[int]) -> set[int]:
    """A batch failed: give each of it its own try, so that one bad record never costs the good ones."""
    failed = set()
    for number in batch:
        try:
            one.handle([number])
        except Exception:
            log.exception("record_failed stage=%s id=%d", name, number)
            failed.add(number)
    return failed


def run_all(progress: Progress | None = None, stop: Callable[[], bool] = lambda: False) -> int:
    """Every stage in order, once. Returns how many records failed."""
    failed = sum(run(name, progress, stop) for name in STAGES if not stop())
    counts.keep_up()
    making.catch_up()
    return failed
