"""Types of request parameters: each bounded, each refusing with what would have been right."""

import datetime as dt
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from alerts.level import LEVELS
from config import taxonomy

LARGEST_ID = 2**31 - 1
OTHER_MARKET = "OTHER"
MOST_VALUES = 50


@dataclass(frozen=True)
class OneOf:
    """A text out of a taxonomy, which is read when the first value comes, not at import."""

    known: Callable[[], Collection[str]]

    def _check(self, value: str) -> str:
        known = list(self.known())
        if value not in known:
            raise PydanticCustomError("unknown_value", "not a known value", {"allowed": known})
        return value

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check after it is known to be a text."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Name the values in OpenAPI."""
        return {"type": "string", "enum": list(self.known())}


def market_codes() -> list[str]:
    """The markets and what stands for none of them."""
    return [*taxonomy.markets(), OTHER_MARKET]


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul", "must not hold a NUL byte")
    return value


def _split(value: Any) -> Any:
    """Several values may come as repeated parameters or with commas between them."""
    values = [value] if isinstance(value, str) else value
    if isinstance(values, list | tuple) and all(isinstance(one, str) for one in values):
        return [part for one in values for part in one.split(",") if part]
    return value


def _day(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise PydanticCustomError("day", "must be a day like 2026-01-31")
    return value


def _digits(value: str) -> str:
    digits = re.sub(r"[\s.]", "", value)
    if not re.fullmatch(r"[0-9]{2,10}", digits):
        raise PydanticCustomError("hs", "must be 2 to 10 digits of an HS code")
    return digits


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


_list = (BeforeValidator(_split), Field(max_length=MOST_VALUES), AfterValidator(_once))

Words = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Hs = Annotated[str, Field(max_length=20), AfterValidator(_digits)]
Sectors = Annotated[list[Annotated[str, OneOf(taxonomy.sectors)]], *_list]
Markets = Annotated[list[Annotated[str, OneOf(market_codes)]], *_list]
Countries = Annotated[list[Annotated[str, OneOf(taxonomy.countries)]], *_list]
MeasureTypes = Annotated[list[Annotated[str, OneOf(taxonomy.measure_types)]], *_list]
Levels = Annotated[list[Annotated[str, OneOf(lambda: LEVELS)]], *_list]
Prefixes = Annotated[list[Hs], *_list]
Sources = Annotated[list[Annotated[str, Field(max_length=60), AfterValidator(_without_nul)]], *_list]
