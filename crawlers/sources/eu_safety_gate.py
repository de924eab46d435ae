"""Alerts on dangerous non-food products found on the EU market, from the weekly reports of Safety Gate."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from crawlers.answers import children, read_xml
from crawlers.dates import day
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Page, Source
from crawlers.words import plain

LIST = "https://ec.europa.eu/safety-gate-alerts/api/download/weeklyReport/list/xml/en"
# The parts of `measures` come glued together without a separator (seen in all reports of 2026).
GLUED = re.compile(r"(?<=\S)(?=Type of economic operator|Category of measure|Date of entry into force)")


class EuSafetyGate(Source):
    """One report each Friday, with 65 to 80 alerts."""

    name = "eu_safety_gate"
    delay = 2.0
    accept = "application/xml"

    # Form
    publisher = "European Commission, Safety Gate"
    country = "EU"
    markets = ("EU",)
    homepage = "https://ec.europa.eu/safety-gate-alerts"
    hosts = ("ec.europa.eu",)
    schedule = "0 */6 * * *"
    expect = (60, 1500)
    deadline_zone = "Europe/Brussels"
    languages = ("en",)
    # alerts are amended for some weeks; the report they stand in is written anew
    overlap_days = 21
    quiet_days = 12

    window = (dt.date.min, dt.date.max)

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The list of all reports since 2005."""
        self.window = since, until
        yield LIST

    def page(self, address: str, body: bytes) -> Page:
        """The list of reports, or one report."""
        root = read_xml(body)
        if root.tag != "Safety-Gate":
            raise UnreadableAnswer(f"not the known form: the root is <{root.tag}>, not <Safety-Gate>")
        try:
            return self._reports(root) if root.find("weeklyReport") is not None else self._report(root)
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error

    def _reports(self, root: etree._Element) -> Page:
        found: list[tuple[dt.date, str]] = []
        unread: set[str] = set()
        for element in root.iterfind("weeklyReport"):
            fields = Fields(children(element))
            published = day(fields.take("publicationDate"))
            if published is None:
                raise UnreadableRecord(
                    f"a report has no readable publicationDate: {children(element)!r:.120}"
                )
            if self.window[0] <= published <= self.window[1]:
                # the address ends with a comma that is not part of it; with it the answer is HTTP 400
                found.append((published, fields.take("URL").strip().rstrip(",")))
            unread.update(
                fields.unread(ignore=["report_language", "reference", "year", "month", "day", "week", "URL"])
            )
        # the newest first: an alert that stands in two reports is as the newer one says
        return Page(
            [], details=[address for _, address in sorted(found, reverse=True)], unread=sorted(unread)
        )

    def _report(self, root: etree._Element) -> Page:
        alerts = [children(element) for element in root.iterfind("notifications")]
        for element in list(root.iterfind("notifications")):
            root.remove(element)
        fields = Fields(children(root))
        about = {"date": fields.take("report_date"), "language": fields.maybe("report_language") or ""}
        unread = fields.unread(ignore=["report_year", "report_week", "report_addendum"])
        if not alerts and unread:
            raise UnreadableRecord(f"the report holds no <notifications>, but {', '.join(unread)}")
        return Page([{**about, "alert": alert} for alert in alerts], unread=unread)

    def label(self, row: Any) -> str:
        """The case number."""
        return str(row["alert"].get("caseNumber"))

    def read(self, row: Any) -> RawNotice:
        """One alert."""
        fields = Fields(row["alert"])
        category, product = fields.take("category"), fields.known("product")
        brand, name, model = (fields.known(key) for key in ("brand", "name", "type_numberOfModel"))
        notifying, reference = fields.take("notifyingCountry"), fields.known("reference") or ""
        danger, risk = fields.known("danger"), fields.known("riskType")
        named = ", ".join(filter(None, [brand, name]))
        text = [
            danger,
            fields.known("description"),
            GLUED.sub("\n", fields.known("measures") or ""),
            _line("Risk level", fields.maybe("level")),
            _line("Batch", fields.maybe("batchNumber")),
            _line("Barcode", fields.maybe("barcode")),
            _line("Production dates", fields.maybe("productionDates")),
        ]
        number = fields.take("caseNumber")
        return RawNotice(
            source_id=number,
            url=reference,
            area="TBT",
            kind="alert",
            members=("EU", notifying),
            agency=notifying,
            title=f"{plain(product or category)} ({named})" if named else plain(product or category),
            text="\n".join(filter(None, text)),
            products="; ".join(filter(None, [category, product, named, _line("model", model)])),
            objective=risk,
            origin=fields.known("countryOfOrigin"),
            links=tuple(
                (title, address)
                for title, address in (("alert", reference), ("recall", fields.maybe("URLrecall") or ""))
                if address
            ),
            published=row["date"],
            language=row["language"],
            keys=(f"Safety Gate {number}",),
            unread=fields.unread(ignore=["order", "type", "pictures", "onlineTrader", "companyRecallCode"]),
        )


def _line(name: str, value: str | None) -> str:
    return f"{name}: {value}" if value else ""
