"""`/measures/{id}`: one measure through time: what is to come, what changed, and all its documents."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.level import LEVELS
from alerts.links import measure_url
from alerts.measures import Dated, dated
from api import changes, notices, tags, timeline
from api.cards import cards
from api.errors import NotThere
from api.levels import level
from api.reader import Reader, address, language_of
from api.rendering import render
from api.values import LARGEST_ID
from database import types
from database.session import reading
from database.tables import Measure, MeasureKey, MeasureLink, Notice

router = APIRouter()

MOST_KEYS = 20
MOST_CODES = 40
DATES = {"comment_deadline": "fact_deadline", "in_force_on": "fact_in_force"}


def _joined_to(session: Session, measure_id: int) -> int | None:
    """The measure that an emptied one became part of."""
    if session.get(Measure, measure_id) is None:
        return None
    query = select(MeasureLink.measure_id).where(
        MeasureLink.before_id == measure_id, col(MeasureLink.undone_at).is_(None)
    )
    return session.exec(query.order_by(col(MeasureLink.id).desc()).limit(1)).first()


def _links(
    session: Session, measure_id: int, documents: Sequence[Notice]
) -> list[tuple[MeasureLink, Notice]]:
    """Why each document stands here; of several reasons the newest."""
    by_id = {notices.identity(one): one for one in documents}
    rows = session.exec(
        select(MeasureLink)
        .where(MeasureLink.measure_id == measure_id, col(MeasureLink.undone_at).is_(None))
        .order_by(col(MeasureLink.id))
    ).all()
    newest = {row.notice_id: row for row in rows if row.notice_id in by_id}
    return [(newest[number], one) for number, one in by_id.items() if number in newest]


def _union(reader: Reader, kind: str, codes: Sequence[tags.Tags]) -> list[tuple[str, str]]:
    """All tags of a kind, as name and list."""
    found = list(dict.fromkeys(code for one in codes for code in one[kind]))
    return [(reader.name(kind, code), address("/", {kind: code})) for code in found]


def _dates(reader: Reader, found: Sequence[Dated]) -> list[dict[str, Any]]:
    """What holds now, as each publisher states it."""
    return [
        {
            "label": reader.say(DATES[one.field]),
            "day": one.day,
            "withdrawn": one.withdrawn,
            "changes": one.changes,
            "stated": [(getattr(notice, one.field), notice) for notice in one.stated.values()],
        }
        for one in found
    ]


def _facts(reader: Reader, documents: Sequence[Notice], codes: Sequence[tags.Tags]) -> dict[str, Any]:
    stated = list(dict.fromkeys(code for one in documents for code in one.hs))
    return {
        "members": reader.names("country", list(dict.fromkeys(m for one in documents for m in one.members))),
        "agencies": list(dict.fromkeys(one.agency for one in documents if one.agency)),
        "hs": stated[:MOST_CODES],
        "hs_more": max(0, len(stated) - MOST_CODES),
        "tags": [(kind, _union(reader, kind, codes)) for kind in tags.KINDS],
        "standards": list(dict.fromkeys(code for one in documents for code in one.standards))[:MOST_CODES],
        "withdrawn": any(one.withdrawn for one in documents),
    }


def _page(request: Request, session: Session, measure_id: int, documents: list[Notice]) -> Response:
    reader, now = Reader(language_of(request)), types.now()
    numbers = [notices.identity(one) for one in documents]
    codes = tags.of(session, numbers)
    rows = cards(session, reader, documents, now)
    lead = next((n for n, one in enumerate(documents) if one.kind == "regular"), 0)
    keys = select(MeasureKey.key).where(MeasureKey.measure_id == measure_id).order_by(MeasureKey.key)
    grades = [
        level(one, codes[number]["measure_type"], today(now))
        for one, number in zip(documents, numbers, strict=True)
    ]
    return render(
        request,
        "measure.html",
        number=measure_id,
        title=rows[lead].title,
        lead=documents[lead],
        original=rows[lead].original,
        level=max(grades, key=LEVELS.index),
        keys=session.exec(keys.limit(MOST_KEYS)).all(),
        rows=list(zip(rows, numbers, strict=True)),
        versions=changes.of_versions(session, reader, numbers),
        steps=changes.of_documents(reader, documents),
        dates=_dates(reader, dated(session, numbers)),
        facts=_facts(reader, documents, list(codes.values())),
        entries=timeline.entries(session, documents, now),
        names=timeline.names(documents),
        links=_links(session, measure_id, documents),
        today=today(now),
        url=measure_url(measure_id),
        wish=address(
            "/subscribe", {"sector": codes[numbers[lead]]["sector"], "market": codes[numbers[lead]]["market"]}
        ),
    )


@router.get("/measures/{measure_id}")
def page(request: Request, measure_id: str) -> Response:
    """One measure; one that was joined to another leads there."""
    if not (measure_id.isascii() and measure_id.isdigit() and 0 < int(measure_id[:11]) <= LARGEST_ID):
        raise NotThere
    with reading() as session:
        documents = timeline.documents(session, int(measure_id))
        if not documents:
            target = _joined_to(session, int(measure_id))
            if target is None:
                raise NotThere(f"there is no measure {int(measure_id)}")
            return RedirectResponse(f"/measures/{target}", 303)
        return _page(request, session, int(measure_id), documents)
