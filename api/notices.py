"""Notices as they are shown: in a list, and each with all its facts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from alerts import facts, links, titles
from alerts.dates import days_to_comment, today
from alerts.interest import subjects
from alerts.level import Level
from api import attachments, editorial, shapes, tags
from api.errors import NotThere
from api.levels import graded
from api.tags import Founded, Tags
from api.values import LARGEST_ID
from config import taxonomy
from database.tables import Notice, NoticeVersion, Snapshot

CHINESE = "zh"
MARKET_OF_NONE = "OTHER"


def identity(notice: Notice) -> int:
    """The id of a stored notice."""
    if notice.id is None:
        raise ValueError("a notice that was never stored")
    return notice.id


def title_zh(notice: Notice, codes: Tags, edited: Mapping[str, Any]) -> str | None:
    """The Chinese title: an analyst's, else the composed one; None while nothing could stand in it."""
    found = titles.title(notice, codes, CHINESE, edited)
    return found.words if found.edited or titles.is_told(codes) else None


def _shared(
    notice: Notice, codes: Tags, now: dt.datetime, level: Level, edited: Mapping[str, Any]
) -> dict[str, Any]:
    """What lists and details have in common."""
    days = days_to_comment(notice, now)
    return {
        "id": notice.id,
        "source": notice.source,
        "symbols": notice.symbols,
        "kind": notice.kind,
        "area": notice.area,
        "language": notice.language,
        "title": notice.title,
        "title_zh": title_zh(notice, codes, edited),
        "members": notice.members,
        "level": level.name,
        "published_on": notice.published_on,
        "comment_deadline": notice.comment_deadline,
        "days_left": days,
        "open_for_comment": days is not None,
        "in_force_on": notice.in_force_on,
        "url": notice.url,
        "page": links.notice_url(identity(notice)),
    }


def items(
    session: Session, notices: Sequence[Notice], now: dt.datetime, stand: int | None = None
) -> list[shapes.Item]:
    """Notices as they stand in a list; all but the first `stand` were found by what the words mean."""
    numbers = [identity(one) for one in notices]
    codes, edited = tags.of(session, numbers), editorial.published(session, numbers)
    levels = graded(session, notices, codes, today(now))
    found = []
    for place, notice in enumerate(notices):
        number = identity(notice)
        mine = codes[number]
        found.append(
            shapes.Item(
                **_shared(notice, mine, now, levels[number], edited.get(number, editorial.NOTHING)),
                sectors=mine["sector"],
                markets=mine["market"],
                measure_types=mine["measure_type"],
                found_by="words" if stand is None or place < stand else "meaning",
            )
        )
    return found


def fetch(session: Session, notice_id: int) -> Notice:
    """A notice by its number. Raises NotThere."""
    notice = session.get(Notice, notice_id) if 0 < notice_id <= LARGEST_ID else None
    if notice is None:
        raise NotThere(f"there is no notice {notice_id}")
    return notice


def versions(session: Session, notice_id: int) -> list[shapes.Version]:
    """Each time the publisher said something new, with the names of the facts that changed."""
    rows = session.exec(
        select(NoticeVersion).where(NoticeVersion.notice_id == notice_id).order_by(col(NoticeVersion.version))
    ).all()
    found, before = [], None
    for row in rows:
        changed: list[str] = []
        if before is not None:
            names = sorted({*before.facts, *row.facts} - {"form", "row", "remarks"})
            changed = [name for name in names if before.facts.get(name) != row.facts.get(name)]
        found.append(shapes.Version(version=row.version, seen_at=row.seen_at, changed=changed))
        before = row
    return found


def snapshot(session: Session, notice: Notice) -> shapes.SnapshotShape | None:
    """The raw answer a notice was last read from."""
    row = session.get(Snapshot, notice.snapshot_id) if notice.snapshot_id else None
    if row is None:
        return None
    return shapes.SnapshotShape(url=row.url, sha256=row.sha256, size=row.size, fetched_at=row.fetched_at)


def _tagged(found: Sequence[Founded], kind: str) -> list[dict[str, Any]]:
    return [
        {"code": one.code, "score": one.score, "by": one.by, "evidence": one.evidence}
        for one in found
        if one.kind == kind
    ]


def _countries(market: str, codes: Sequence[str], day: dt.date) -> list[str]:
    markets = taxonomy.markets()
    if market in markets:
        return [code for code in codes if code in markets[market].on(day)]
    inside = frozenset[str]().union(*(one.on(day) for one in markets.values()))
    return [code for code in codes if code not in inside] if market == MARKET_OF_NONE else []


def detail(session: Session, notice: Notice, now: dt.datetime) -> shapes.Detail:
    """All that is known of a notice."""
    notice_id = identity(notice)
    found = tags.founded(session, notice_id)
    codes: Tags = {kind: [one.code for one in found if one.kind == kind] for kind in tags.KINDS}
    day = notice.published_on or today(now)
    markets = [
        {**one, "countries": _countries(one["code"], codes["country"], day)}
        for one in _tagged(found, "market")
    ]
    stated = (
        "source_id", "text", "products", "objective", "objectives", "agency", "origin", "hs", "ics",
        "comment_deadline_raw", "closes_at", "adoption_on", "adoption_raw", "in_force_raw", "withdrawn",
        "version", "measure_id", "first_seen_at", "changed_at",
    )  # fmt: skip
    about = subjects(session, [notice_id])[notice_id]
    level = graded(session, [notice], {notice_id: codes}, today(now))[notice_id]
    gist, by_analyst = facts.gist_of(about, CHINESE, now)
    return shapes.Detail(
        **_shared(notice, codes, now, level, about.edited),
        level_parts={**level.parts, "red_awaits_approval": level.awaits},
        gist_zh=gist,
        gist_by="analyst" if by_analyst else "machine",
        title_by="analyst" if titles.written(about.edited, "title_zh", CHINESE) else "machine",
        **{name: getattr(notice, name) for name in stated},
        sectors=_tagged(found, "sector"),
        markets=markets,
        countries=_tagged(found, "country"),
        measure_types=_tagged(found, "measure_type"),
        documents=notice.links,
        texts=attachments.texts(session, notice),
        versions=versions(session, notice_id),
        snapshot=snapshot(session, notice),
    )
