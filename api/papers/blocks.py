"""What a paper consists of, whatever it is written as."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """The heading of a part."""

    words: str


@dataclass(frozen=True)
class Words:
    """A paragraph; a quiet one in small letters."""

    words: str
    quiet: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a head. All columns but the first hold numbers, unless `wide` says that they hold words."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    wide: bool = False


@dataclass(frozen=True)
class Items:
    """A numbered list, each entry with a line of remarks."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Bars:
    """Numbers by week, drawn where a paper can draw, else as a table."""

    head: tuple[str, str]
    points: Sequence[tuple[dt.date, int]]


Block = Heading | Words | Table | Items | Bars


@dataclass(frozen=True)
class Paper:
    """A whole one."""

    title: str
    subtitle: str
    author: str
    language: str
    foot: str
    blocks: Sequence[Block]
