"""Initiatives of the European Commission on which feedback is asked before a draft becomes law."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crawlers import initiatives, measures
from crawlers.answers import read_json
from crawlers.dates import day
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.jsonlist import JsonList
from crawlers.record import UNDATED, RawNotice
from crawlers.source import Page, Refused
from crawlers.words import lines

SEARCH = "https://ec.europa.eu/info/law/better-regulation/brpapi/searchInitiatives"
PAGES = "https://ec.europa.eu/info/law/better-regulation/have-your-say/initiatives"
PAGE_SIZE = 100
ASKED = ("OPEN", "UPCOMING")
STATES = (*ASKED, "CLOSED", "DISABLED")
# An initiative all of whose topics are among these is no measure on goods.
NO_GOODS = re.compile(
    r"\b(?:tax|budget|employment|social|migration|asylum|home affairs|justice|rights|culture|media|education|"
    r"regional|banking|financ|econom|euro\b|statistics|enlargement|foreign|competition|institution|"
    r"research|youth|sport|humanitarian|international development|fraud|communication$|state aid)",
    re.IGNORECASE,
)


class EuHaveYourSay(JsonList):
    """One row per initiative, with the feedback period it is in."""

    name = "eu_have_your_say"
    delay = 2.0
    rows = "initiativeResultDtoPage.content"
    total = "initiativeResultDtoPage.totalElements"
    named_by = ("reference", "id")

    # Form
    publisher = "European Commission, Have your say"
    country = "EU"
    markets = ("EU",)
    homepage = "https://ec.europa.eu/info/law/better-regulation/have-your-say"
    hosts = ("ec.europa.eu",)
    schedule = "35 7,15 * * *"
    expect = (20, 4500)
    deadline_zone = "Europe/Brussels"
    languages = ("en",)
    quiet_days = 14

    since = dt.date.min
    listed: Mapping[int, Any] = MappingProxyType({})  # rows of this run, to which their own pages add

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """What is open for feedback, and what will be; the list knows no other window."""
        self.since = since
        for state in ASKED:
            query = {"language": "EN", "feedbackStatus": state, "page": 0, "size": PAGE_SIZE}
            yield f"{SEARCH}?{urlencode(query)}"

    def page(self, address: str, body: bytes) -> Page:
        """A page of the list, counted from 0; or what an initiative's own page adds to its row."""
        if address.startswith(initiatives.DETAIL):
            return self._own(body)
        found = super().page(address, body)
        # who may still be heard should know on what: the others wait until they open
        self.listed = {**self.listed, **{row["id"]: row for row in found.rows if _open(row)}}
        found.details = [initiatives.address(row["id"]) for row in found.rows if _open(row)]
        query = dict(parse_qsl(address.partition("?")[2]))
        number = int(query.get("page", 0)) + 1
        if number * PAGE_SIZE < (found.total or 0):
            found.next = f"{SEARCH}?{urlencode({**query, 'page': number})}"
        return found

    def _own(self, body: bytes) -> Page:
        """The row of the list with what its own page says; none where that is no such page."""
        detail = read_json(body)
        number = detail.get("id") if isinstance(detail, dict) else None
        row = self.listed.get(number) if isinstance(number, int) else None
        if row is None:
            raise UnreadableAnswer(
                f"not the known form: no initiative that was asked for, but {number!r:.60}"
            )
        try:
            return Page([{**row, **initiatives.told(detail)}])
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """The list says the most needful, too."""
        return [] if self.spare(address) and status == 404 else None

    def spare(self, address: str) -> bool:
        """An initiative's own page."""
        return address.startswith(initiatives.DETAIL)

    def read(self, row: Any) -> RawNotice | Refused:
        """One initiative."""
        fields = Fields(row)
        number, title = fields.take("id", int), fields.take("shortTitle")
        reference = fields.maybe("reference") or ""
        topics = [Fields(one, "topics").take("label") for one in fields.take("topics", list)]
        state, begins, ends = _period(fields)
        if state in ("DISABLED", ""):
            return Refused("no feedback is asked")
        if (day(ends) or dt.date.max) < self.since:
            return Refused("feedback closed")
        if topics and all(map(NO_GOODS.search, topics)) and self.barred("no topic on goods"):
            return Refused("no topic on goods")
        act, status = fields.maybe("foreseenActType"), fields.maybe("initiativeStatus")
        publications = fields.maybe("publications", list)
        summary = fields.maybe("dossierSummary")
        said = {
            "": summary,
            "Reference": reference,
            "Act": act,
            "Topics": "; ".join(topics),
            "Feedback": state.lower(),
        }
        return RawNotice(
            source_id=str(number),
            url=f"{PAGES}/{number}_en",
            members=("EU",),
            agency="European Commission",
            title=title,
            text=lines({**said, "Status": status}),
            published=begins or UNDATED,
            deadline=ends,
            language="en",
            links=tuple(initiatives.links(publications or [])),
            keys=(
                *(f"initiative {number}", *measures.ares([reference])),
                *initiatives.keys(publications or []),
            ),
            row=1 if publications is None else None,  # its own page speaks as soon as it was read
            unread=fields.unread(),
        )


def _open(row: Any) -> bool:
    """Whether feedback is asked now."""
    states = row.get("currentStatuses") if isinstance(row, dict) and isinstance(row.get("id"), int) else None
    return isinstance(states, list) and any(
        isinstance(one, dict) and one.get("receivingFeedbackStatus") == "OPEN" for one in states
    )


def _period(fields: Fields) -> tuple[str, str, str]:
    """State, first and last day of the feedback period that counts: an open one, else one to come."""
    periods = []
    for row in fields.take("currentStatuses", list):
        one = Fields(row, "currentStatuses")
        state, current = one.known("receivingFeedbackStatus") or "", one.maybe("isCurrent", bool)
        if state not in (*STATES, ""):
            raise UnreadableRecord(f"unknown receivingFeedbackStatus {state!r}")
        begins, ends = (_date(one.maybe(f"feedback{name}Date")) for name in ("Start", "End"))
        rank = (*STATES, "").index(state)
        periods.append((rank, not current, state, begins, ends))
    return min(periods)[2:] if periods else ("", "", "")


def _date(written: str | None) -> str:
    """2026/01/19 23:59:59 as other publishers write it."""
    return (written or "")[:10].replace("/", "-")
