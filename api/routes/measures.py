"""GET /api/v1/measures/{id}: one measure through time."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api import fresh, shapes, timeline
from api.values import LARGEST_ID
from database import types
from database.session import reading

router = APIRouter(prefix="/api/v1", tags=["measures"])


@router.get("/measures/{measure_id}", response_model=shapes.MeasureShape, responses=fresh.UNCHANGED)
def one(request: Request, measure_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> Response:
    """The documents of a measure and what happened to it, oldest first."""
    with reading() as session:
        return fresh.answer(request, timeline.measure(session, measure_id, types.now()))
