"""What a person makes and sells, told by themselves: products by market, and which kind of firm."""

import datetime as dt

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from database.types import Moment, stamp


class Product(SQLModel, table=True):
    """A product a person sells to a market; what concerns them is put in order by it."""

    __table_args__ = (UniqueConstraint("subscriber_id", "hs", "market"),)

    id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.id", index=True)
    hs: str = Field(description="2, 4 or 6 digits")
    market: str = Field(description="a market (US, EU, BRI, OTHER) or a country (alpha-3)")
    value: int | None = Field(default=None, sa_type=BigInteger, description="a year; None: not stated")
    currency: str = Field(default="USD", description="USD or CNY")
    name: str = Field(default="", description="as the person calls it")
    changed_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)


class Firm(SQLModel, table=True):
    """Where a person's firm is and how large, if they say so: for counting whom the service reaches."""

    subscriber_id: int = Field(foreign_key="subscriber.id", primary_key=True)
    city: str = Field(default="", description="GB/T 2260 code of config/cities.toml; empty: not stated")
    size: str = Field(default="", description="micro, small, medium or large; empty: not stated")
    changed_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
