"""`/notices/{id}`: what a notice says, until when, whom it concerns and why, and where that was read."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from alerts.dates import closes_at, days_to_comment, days_to_force, today
from alerts.facts import gist_of, internal_words
from alerts.grounds import grounds
from alerts.interest import subjects
from alerts.links import notice_url
from api import attachments, cases, changes, editorial, notices, tags, timeline
from api.cards import due, spoken
from api.errors import NotThere
from api.evidence import FIELDS, Passages, elsewhere
from api.levels import graded
from api.reader import Reader, language_of
from api.rendering import render
from crawlers import corrections
from database import types
from database.session import reading
from database.tables import Notice

router = APIRouter()

SHOWN_KINDS = ("sector", "market", "country", "measure_type")
AT_GENEVA = "wto_"
MOST_STEPS, MOST_CODES = 5, 40


def _tags(reader: Reader, found: list[tags.Founded], passages: Passages) -> list[dict[str, Any]]:
    groups = []
    for kind in SHOWN_KINDS:
        mine = [
            {
                "name": reader.name(kind, one.code),
                "key": one.key,
                "by": one.by,
                "sure": one.score,
                "mark": passages.first.get(one.key, ""),
                "elsewhere": elsewhere(reader, one),
            }
            for one in found
            if one.kind == kind
        ]
        if mine:
            groups.append({"kind": kind, "tags": mine})
    return groups


def _measure(session: Session, notice: Notice) -> tuple[list[Notice], list[Any], list[Any]]:
    """The documents of its measure, the timeline, and the cases that cite what they cite."""
    documents = timeline.documents(session, notice.measure_id) if notice.measure_id else [notice]
    enforced = cases.under(session, documents, types.now())
    return documents, timeline.entries(session, documents, types.now(), enforced), enforced


def _moved(notice: Notice, documents: list[Notice]) -> Notice | None:
    """The newest later document of the same publisher that names another deadline."""
    later = documents[documents.index(notice) + 1 :]
    said = [one for one in later if one.source == notice.source and one.comment_deadline]
    return said[-1] if said and said[-1].comment_deadline != notice.comment_deadline else None


@router.get("/notices/{notice_id}")
def page(request: Request, notice_id: str) -> HTMLResponse:
    """One notice."""
    if not (notice_id.isascii() and notice_id.isdigit() and len(notice_id) < 11):
        raise NotThere
    reader, now = Reader(language_of(request)), types.now()
    with reading() as session:
        notice = notices.fetch(session, int(notice_id))
        found = tags.founded(session, notices.identity(notice))
        documents, entries, enforced = _measure(session, notice)
        codes = {kind: [one.code for one in found if one.kind == kind] for kind in tags.KINDS}
        passages = Passages({name: getattr(notice, name) for name in FIELDS}, found)
        published = editorial.published(session, [int(notice_id)]).get(int(notice_id), editorial.NOTHING)
        title, _ = spoken(reader, notice, codes, published)
        level = graded(session, [notice], {int(notice_id): codes}, today(now))[int(notice_id)]
        about = subjects(session, [int(notice_id)])[int(notice_id)]
        gist, gist_edited = gist_of(about, reader.language, now)
        return render(
            request,
            "notice.html",
            notice=notice,
            published=published,
            fields=editorial.CARD,
            title=title,
            who=reader.names("country", notice.members) or notice.agency or notice.source,
            codes=codes,
            groups=_tags(reader, found, passages),
            passages=passages.html,
            due=due(reader, notice, now),
            level=level.name,
            awaits=level.awaits,
            grounds=grounds(level, reader.language),
            gist=gist,
            gist_edited=gist_edited,
            standing=about.standing,
            closes=closes_at(notice),
            days=days_to_comment(notice, now),
            dated=days_to_comment(notice, now) is not None or days_to_force(notice, now) is not None,
            geneva=notice.source.startswith(AT_GENEVA),
            moved=_moved(notice, documents),
            fixes=corrections.standing(session, notices.identity(notice)),
            entries=entries,
            enforced=enforced,
            texts={one.url: one for one in attachments.texts(session, notice)},
            today=today(now),
            url=notice_url(int(notice_id)),
            names=timeline.names(documents),
            steps=changes.of_versions(session, reader, [int(notice_id)], spelt_out=False).get(
                int(notice_id), []
            )[:MOST_STEPS],
            headings=reader.headings(notice.hs[:MOST_CODES]),
            more_codes=len(notice.hs) - MOST_CODES,
            internal=internal_words(notice, reader.language, now),
            snapshot=notices.snapshot(session, notice),
        )
