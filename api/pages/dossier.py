"""`/review/{id}/dossier.docx`: what is known of a notice, for a comment on it."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import dossier, notices
from api.pages.briefs import WRITERS
from api.reader import Reader, language_of
from database import types
from database.session import reading

router = APIRouter()


@router.get("/review/{notice_id:int}/dossier.{suffix}")
def file(request: Request, notice_id: int, suffix: Literal["docx", "pdf"]) -> Response:
    """For Word, to go on writing in; or as PDF."""
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        body = WRITERS[suffix].write(
            dossier.paper(session, Reader(language_of(request)), notice, types.now())
        )
    headers = {"Content-Disposition": f'attachment; filename="dossier-{notice_id}.{suffix}"'}
    return Response(body, media_type=WRITERS[suffix].MEDIA, headers=headers)
