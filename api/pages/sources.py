"""`/sources`: how fresh each source is, so that silence and breakage do not look alike."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import sources
from api.rendering import render
from database import types
from database.session import reading

router = APIRouter()


@router.get("/sources")
def page(request: Request) -> HTMLResponse:
    """All sources."""
    with reading() as session:
        found = sources.states(session)
    return render(request, "sources.html", sources=found, now=types.now())
