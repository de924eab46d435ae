"""Who runs it: people who log in, the clock's lease and claims."""

import datetime as dt

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from database.types import Moment, stamp


class User(SQLModel, table=True):
    """An analyst, official or administrator."""

    __tablename__ = "account"  # "user" is a reserved word of PostgreSQL

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    role: str = Field(description="analyst, official or admin")
    password_hash: str = Field(default="", description="Argon2id; empty: cannot log in yet")
    totp_secret: str = Field(default="", description="base32; empty: the password is enough")
    totp_last: int = Field(default=0, description="time step of the last code: a code is good once")
    oidc_subject: str | None = Field(
        default=None,
        unique=True,
        description="issuer and subject at the identity provider",
    )
    created_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    disabled_at: dt.datetime | None = Field(default=None, sa_type=Moment)


class Lease(SQLModel, table=True):
    """Who may act alone in a role (the clock) until a moment."""

    name: str = Field(primary_key=True)
    holder: str
    until: dt.datetime = Field(sa_type=Moment)


class Claim(SQLModel, table=True):
    """A slot of a scheduled job, claimed before work: two clocks never run it twice."""

    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str
    slot: dt.datetime = Field(sa_type=Moment)
    holder: str = ""
    claimed_at: dt.datetime = Field(default_factory=stamp, sa_type=Moment)
    missed: bool = Field(default=False, description="the slot passed while nobody was there")
