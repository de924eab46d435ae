"""How the next page of a list is asked for, and when there is none."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawlers import dates
from crawlers.pages import Page


def numbers_of(address: str, name: str) -> int | None:
    """The number that a parameter of an address has, wherever in it that stands."""
    found = re.search(rf"(?<=[?&/]){re.escape(name)}=(\d+)", address)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class Paging:
    """Parameters of an address that are raised from page to page: {"page": 1}, {"start": 100, "draw": 1}.

    A step of 0 is as many rows as the page holds. Without anything else a list ends where it is empty, or
    where all rows that it promised came.
    """

    steps: Mapping[str, int]
    full: int = 0  # rows of a page that has another after it
    dated: str = ""  # field of the rows, the newest first, that tells how far back a page reaches
    days: int = 0  # that a page of a list without days reaches back, at least
    furthest: int = 0  # how far the publisher lets one go

    def after(self, address: str, page: Page, since: dt.date, until: dt.date) -> str | None:
        """The address of the page after this one; None where it is the last, or the window is read."""
        (name, step), *_ = self.steps.items()
        at = numbers_of(address, name)
        if at is None or not page.rows or len(page.rows) < self.full or self._is_past(page, since):
            return None
        reached = at + (step or len(page.rows))
        if step != 1 and page.total is not None and reached >= page.total:
            return None
        read = at - 1 if step == 1 else at // (step or len(page.rows))  # pages before this one
        if (self.days and read >= (until - since).days // self.days) or reached >= (
            self.furthest or reached + 1
        ):
            return None
        for one, more in self.steps.items():
            address = _raised(address, one, more or len(page.rows))
        return address

    def _is_past(self, page: Page, since: dt.date) -> bool:
        """Whether the list has come to what is older than the window, or tells no day any more."""
        if not self.dated:
            return False
        found = [day for row in page.rows if (day := _last_day(row.get(self.dated)))]
        return not found or found[-1] < since


def _raised(address: str, name: str, step: int) -> str:
    at = numbers_of(address, name) or 0
    return re.sub(rf"(?<=[?&/]){re.escape(name)}=\d+", f"{name}={at + step}", address)


def _last_day(words: Any) -> dt.date | None:
    return max((one.day for one in dates.find(" ".join(str(words or "").split()))), default=None)
