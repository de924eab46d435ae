"""What passes between a source and those who drive it: pages with rows, what becomes of a row, answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crawlers.record import RawNotice


@dataclass(frozen=True)
class Refused:
    """A record that is no business of this service, by a rule that can be named."""

    rule: str


@dataclass(frozen=True)
class Follow:
    """A record of which a list says too little: it is read from its own page."""

    address: str


@dataclass(frozen=True)
class Broken:
    """A record that its page could not even be asked for: it is a fault, and those beside it are rows."""

    record: str  # the publisher's number, where it can be told
    message: str


@dataclass(frozen=True)
class Post:
    """A form to send: its address, its fields, and a name that tells its answer from the address's own."""

    address: str
    fields: tuple[tuple[str, str], ...]
    name: str


@dataclass
class Page:
    """What one answer holds."""

    rows: Sequence[Any]
    next: str | None = None  # the page after this one
    details: Sequence[str | Post] = ()  # addresses each of which is read for itself
    total: int | None = None  # rows on all pages together, if the publisher says
    unread: Sequence[str] = ()


@dataclass
class Chain:
    """How far the paging of one question has come."""

    pages: int = 0
    rows: int = 0
    seen: set[str] = field(default_factory=set)
    follow: dict[str, None] = field(default_factory=dict)  # pages of records, in order, not yet asked for


@dataclass(frozen=True)
class Barred:
    """A record that was refused, so that a person can look at it and let it in later."""

    record: str  # the publisher's number, or what else tells it from others
    title: str
    rule: str
    digest: str  # finds it again in the answer it stood in


@dataclass
class Answer:
    """An answer with what was read from it, on its way to the store."""

    address: str
    body: bytes = b""
    came: bool = True  # False: there is only what was said in its place
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    notices: list[RawNotice] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)  # record, message
    refused: Counter[str] = field(default_factory=Counter)
    barred: list[Barred] = field(default_factory=list)
    let_in: set[str] = field(default_factory=set)  # labels of the records that were read
    unread: Counter[str] = field(default_factory=Counter)
