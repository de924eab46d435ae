"""GET /api/v1/quality: how well the machine tags, by language and sector."""

from fastapi import APIRouter

from api import quality, shapes
from database import types
from database.session import reading

router = APIRouter(prefix="/api/v1", tags=["overview"])


@router.get("/quality")
def figures() -> shapes.Quality:
    """Figures of the model in use with their intervals, and how analysts agreed with it in the last year."""
    with reading() as session:
        return quality.whole(session, types.now())
