"""What makes a search of very many notices quick. Derived: it can be thrown away and made again."""

import datetime as dt

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from database.types import Moment, stamp


class Posting(SQLModel, table=True):
    """The notices with a tag or a word, as a bitmap of places in the order of publication."""

    __table_args__ = {"info": {"derived": True}}

    kind: str = Field(primary_key=True, description="a kind of tag, source, level, hs, word, column or meta")
    code: str = Field(primary_key=True)
    generation: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        description="which index; the last with meta holds",
    )
    bits: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Change(SQLModel, table=True):
    """A notice changed in something that is searched since the index was made: it is looked at itself."""

    __table_args__ = {"info": {"derived": True}}

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int
    at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
