"""GET /api/v1/notices: the list, its downloads, and one notice."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from api import exports, fresh, notices, paging, shapes, sources
from api.filters import Filters
from api.paging import LONGEST_CURSOR, Sort
from api.values import LARGEST_ID
from database import types
from database.session import reading

router = APIRouter(prefix="/api/v1", tags=["notices"])

DEFAULT_LIMIT = 20
DOWNLOADS: dict[str, Any] = {media.partition(";")[0]: {} for media, _ in exports.WRITERS.values()}


class Listing(Filters):
    """The filters, and how the list is given."""

    sort: Sort = Field(
        "newest",
        description="newest, nearest deadline, most pressing level, or words in the title first",
    )
    cursor: str = Field("", max_length=LONGEST_CURSOR, description="from `next`")
    limit: int | None = Field(
        None, ge=1, le=100, description="20 on a page of JSON; a download holds all unless it is given"
    )
    format: Literal["json", "csv", "xlsx", "jsonl"] = Field("json", description="json, or a download of all")


@router.get(
    "/notices", response_model=shapes.NoticePage, responses={200: {"content": DOWNLOADS}, **fresh.UNCHANGED}
)
def listing(request: Request, asked: Annotated[Listing, Query()]) -> Any:
    """Notices, newest first; `next` leads on and stays right while new ones arrive."""
    cursor = paging.read(asked.cursor) if asked.cursor else paging.start(asked.sort)
    with reading() as session:
        sources.check(session, asked.source)
        if asked.format == "json":
            some = paging.page(session, asked, cursor, asked.limit or DEFAULT_LIMIT)
            found = notices.items(session, some.notices, types.now(), some.stand)
            further = request.url.include_query_params(cursor=str(some.following)) if some.following else None
            answer = shapes.NoticePage(items=found, next=str(further) if further else None)
            return fresh.answer(request, answer, (one.changed_at for one in some.notices))
    media, write = exports.WRITERS[asked.format]
    name = f"notices-{types.now():%Y%m%d}.{asked.format}"
    return StreamingResponse(
        write(exports.items(asked, cursor, asked.limit)),
        media_type=media,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/notices/{notice_id}", response_model=shapes.Detail, responses=fresh.UNCHANGED)
def one(request: Request, notice_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> Response:
    """All facts of a notice, its tags with their evidence, its versions and the snapshot it was read from."""
    with reading() as session:
        notice = notices.fetch(session, notice_id)
        return fresh.answer(request, notices.detail(session, notice, types.now()), [notice.changed_at])
