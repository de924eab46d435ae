"""GET /api/v1/sources and /api/v1/risk: what is read, and what it amounts to."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api import risk as risks
from api import shapes, sources
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


@router.get("/sources")
def all_sources() -> shapes.SourcePage:
    """Each source: when it was last read, how much of what is expected, what is wrong."""
    with reading() as session:
        return shapes.SourcePage(items=sources.states(session))


@router.get("/risk")
def risk(period: Annotated[Period, Query()]) -> shapes.Risk:
    """Notices by sector and market; those still open for comment, and those that stop goods at the border."""
    with reading() as session:
        return risks.summary(session, period.published_from, period.published_to, types.now(), period.market)
