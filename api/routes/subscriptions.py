"""POST /api/v1/subscriptions."""

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from alerts.errors import InvalidSubscription
from api.errors import problem
from api.shapes import Accepted
from api.subscribing import subscribe
from api.values import Countries, Markets, MeasureTypes, Sectors

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])

Word = Annotated[str, Field(max_length=80)]


class Wish(BaseModel):
    """What somebody wants to hear of. An empty list asks nothing of that axis."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(max_length=254, examples=["chen@toys.example.com"])
    language: Literal["zh", "en", "zh-Hant"] = "zh"
    name: Word = ""
    sectors: Sectors = []
    markets: Markets = []
    countries: Countries = []
    hs: list[Word] = Field([], max_length=100, description="prefixes of 2 to 6 digits")
    keywords: list[Word] = Field([], max_length=100)
    excludes: list[Word] = Field([], max_length=100)
    measure_types: MeasureTypes = []
    without: list[Word] = Field(
        [],
        max_length=100,
        description="not what is only about these: hs:8516, country:VNM, sector:food, measure_type:labelling",
    )
    min_level: Literal["blue", "yellow", "orange", "red"] = "blue"
    pace: Literal["at_once", "daily", "weekly", "off"] = "daily"
    weekday: int = Field(0, ge=0, le=6, description="of a weekly digest, Monday 0")
    hour: int = Field(8, ge=0, le=23, description="of a digest, Asia/Shanghai")
    urgent: bool = Field(False, description="orange and red ones do not wait for the hour")
    quiet: bool = Field(False, description="a digest also when nothing matched")


@router.post("/subscriptions", status_code=202, response_model=Accepted)
def add(wish: Wish) -> Accepted | Response:
    """Store a wish, which holds once its letter's link was used. The answer is always the same."""
    try:
        subscribe(wish.email, wish.language, wish.model_dump(exclude={"email", "language"}), "api")
    except InvalidSubscription as error:
        return problem(422, str(error), errors=[{"parameter": error.field, "detail": str(error)}])
    return Accepted(detail="If the address can be written to, a letter with a link to confirm is on its way.")
