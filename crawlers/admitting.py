"""What was refused, taken in from the answers it stands in: python -m crawlers.admitting SOURCE.

By today's rules, or whichever rule kept it out where a person let it in. The publisher is asked for
nothing but the page of a single record, where a list said too little and the page was never asked for.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlmodel import col, select

from config.settings import settings
from crawlers import refusals, snapshots, store
from crawlers.answers import named_inside
from crawlers.errors import CrawlError, UnreadableRecord
from crawlers.fetch import Library, NotFetched
from crawlers.form import form
from crawlers.pages import Follow, Refused
from crawlers.record import RawNotice
from crawlers.source import Source, digest_of, told
from crawlers.sources import source
from database.session import reading, unit_of_work
from database.tables import Refusal, Snapshot
from database.types import now

log = logging.getLogger(__name__)


class NotTaken(CrawlError):
    """A record cannot be taken in."""


@dataclass
class Taken:
    """What became of the records."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0  # still, by today's rules
    faults: list[tuple[str, str]] = field(default_factory=list)  # record, message

    @property
    def stored(self) -> int:
        """Records that are notices now."""
        return self.new + self.changed + self.same


def take(
    name: str,
    ids: Sequence[int] | None = None,
    *,
    base_url: str = "",
    stop: Callable[[], bool] = lambda: False,
) -> Taken:
    """Take in what people let in, and what today's rules keep out no longer; `ids`: of these records only."""
    done = Taken()
    reader: Source = source(name)()
    for refusal, snapshot in _chosen(name, ids):
        if stop():
            break
        try:
            raw = _read(reader, refusal, snapshot, base_url or settings().source_urls.get(name, ""))
            if isinstance(raw, Refused):
                if refusal.admitted_at is not None:
                    raise NotTaken(
                        f"the rule {raw.rule!r} is no matter of relevance: there is nothing to take"
                    )
                done.refused += 1
                continue
            outcome = _store(reader, refusal, raw)
            setattr(done, outcome, getattr(done, outcome) + 1)
        except Exception as error:
            words = str(error) if isinstance(error, (CrawlError, NotFetched)) else told(error)
            done.faults.append((refusal.record, words))
            _say(refusal, words)
    log.info(
        "refused_taken source=%s stored=%d refused=%d faults=%d",
        *(name, done.stored, done.refused, len(done.faults)),
    )
    return done


def _chosen(name: str, ids: Sequence[int] | None) -> list[tuple[Refusal, Snapshot]]:
    query = (
        select(Refusal, Snapshot)
        .join(Snapshot, col(Snapshot.id) == col(Refusal.snapshot_id))
        .where(Refusal.source == name, col(Refusal.taken_at).is_(None))
    )
    if ids is not None:
        query = query.where(col(Refusal.id).in_(ids))
    with reading() as session:
        return [(refusal, snapshot) for refusal, snapshot in session.exec(query.order_by(col(Refusal.id)))]


def _read(
    reader: Source, refusal: Refusal, snapshot: Snapshot, mirror: str
) -> tuple[RawNotice, int | None] | Refused:
    """The record as its source reads it now, and the answer it stands in."""
    body = named_inside(snapshots.body(snapshot.sha256), snapshot.content_type)
    rows = reader.page(snapshot.url, body).rows
    row = _found(reader, refusal, rows)
    read = reader.read_as_let_in(row, admitted=refusal.admitted_at is not None)
    if isinstance(read, Refused):
        return read
    if not isinstance(read, Follow):
        return read, snapshot.id
    body, page = _own_page(reader, read.address, mirror)
    (own,) = reader.page(read.address, body).rows
    raw = reader.read_as_let_in(own, admitted=refusal.admitted_at is not None)
    if isinstance(raw, Follow):
        raise UnreadableRecord(f"{read.address} leads on to {raw.address}")
    return raw if isinstance(raw, Refused) else (raw, page)


def _found(reader: Source, refusal: Refusal, rows: Iterable[object]) -> object:
    rows = list(rows)
    for row in rows:
        if digest_of(row) == refusal.digest:
            return row
    named = [row for row in rows if reader.label(row) == refusal.record]
    if len(named) != 1:
        raise NotTaken(f"{refusal.record} is not found in the answer of then; read the source again")
    return named[0]


def _own_page(reader: Source, address: str, mirror: str) -> tuple[bytes, int | None]:
    """The page of a record: kept from before, or asked for."""
    with reading() as session:
        known = session.exec(
            select(Snapshot).where(Snapshot.url == address).order_by(col(Snapshot.id).desc()).limit(1)
        ).first()
    if known is not None:
        return snapshots.body(known.sha256), known.id
    if urlsplit(address).hostname not in reader.hosts:
        raise NotTaken(f"the list leads to {address[:200]}, which is not an address of the source's own")

    async def fetched() -> bytes:
        async with Library(mirror) as library:
            return (await library.get(address, reader.headers(address))).body

    body = asyncio.run(fetched())
    with unit_of_work() as session:
        store.lock(session)
        return body, snapshots.keep(session, reader.name, address, body).id


def _store(reader: Source, refusal: Refusal, raw: tuple[RawNotice, int | None]) -> str:
    """Store the notice and close the refusal, both or neither."""
    notice, snapshot_id = raw
    with unit_of_work() as session:
        store.lock(session)
        outcome, _ = store.put(session, notice, form(reader.name), snapshot_id)
        row = session.get_one(Refusal, refusal.id)
        if row.admitted_at is None:
            session.delete(row)  # today's rules let it in: it is refused no longer
        else:
            row.taken_at, row.message = now(), ""
    return outcome


def _say(refusal: Refusal, words: str) -> None:
    log.warning("refused_not_taken source=%s id=%s", refusal.source, refusal.id)
    with unit_of_work() as session:
        row = session.get(Refusal, refusal.id)
        if row is not None:
            row.message = words[:500]


def main(name: str) -> int:
    """Take in what people let in; 0 also where some could not be."""
    with reading() as session:
        ids = refusals.let_in(session, name)
    take(name, ids)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
