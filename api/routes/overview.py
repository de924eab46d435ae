"""GET /api/v1/sources and /api/v1/risk: what is read, and what it amounts to."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api import fresh, shapes, sources
from api import risk as risks
from api.values import Day, Markets
from database import types
from database.session import reading

router = APIRouter(prefix="/api/v1", tags=["overview"])


class Period(BaseModel):
    """Days of publication, and markets."""

    model_config = ConfigDict(extra="forbid")

    published_from: Day | None = Field(None, description="first day; a year before the last by default")
    published_to: Day | None = Field(None, description="last day; today by default")
    market: Markets = Field([], description="only these markets")


@router.get("/sources", response_model=shapes.SourcePage, responses=fresh.UNCHANGED)
def all_sources(request: Request) -> Response:
    """Each source: when it was last read, how much of what is expected, what is wrong."""
    with reading() as session:
        return fresh.answer(request, shapes.SourcePage(items=sources.states(session)))


@router.get("/risk", response_model=shapes.Risk, responses=fresh.UNCHANGED)
def risk(request: Request, period: Annotated[Period, Query()]) -> Response:
    """Notices by sector and market; those still open for comment, and those that stop goods at the border."""
    with reading() as session:
        found = risks.summary(session, period.published_from, period.published_to, types.now(), period.market)
        return fresh.answer(request, found)
