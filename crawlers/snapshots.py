"""Raw answers: kept once by content, with where and when they came."""

import hashlib
import zlib

from sqlmodel import Session, col, select

from database.session import reading
from database.tables import Body, Snapshot
from database.types import now

LONGEST_HEADER = 300


def last(address: str) -> Snapshot | None:
    """The last answer of an address that the server can be asked about."""
    with reading() as session:
        found = session.exec(
            select(Snapshot).where(Snapshot.url == address).order_by(col(Snapshot.seen_at).desc()).limit(1)
        ).first()
        return found if found and (found.etag or found.last_modified) else None


def body(sha256: str) -> bytes:
    """The bytes behind a snapshot. Raises KeyError if they were not kept."""
    with reading() as session:
        found = session.get(Body, sha256)
    if found is None:
        raise KeyError(sha256)
    return zlib.decompress(found.compressed)


def keep(
    session: Session,
    source: str,
    address: str,
    content: bytes,
    *,
    content_type: str = "",
    etag: str = "",
    last_modified: str = "",
) -> Snapshot:
    """Store an answer, or note that the same bytes came again. The caller holds the write lock."""
    digest = hashlib.sha256(content).hexdigest()
    if session.get(Body, digest) is None:
        session.add(Body(sha256=digest, compressed=zlib.compress(content, 6)))
    found = session.exec(select(Snapshot).where(Snapshot.url == address, Snapshot.sha256 == digest)).first()
    if found is None:
        found = Snapshot(
            source=source,
            url=address,
            sha256=digest,
            content_type=content_type[:LONGEST_HEADER],
            size=len(content),
        )
        session.add(found)
    found.etag, found.last_modified = (h if len(h) <= LONGEST_HEADER else "" for h in (etag, last_modified))
    found.seen_at = now()
    session.flush()
    return found
