"""Alerts on dangerous non-food products found on the EU market, from the weekly reports of Safety Gate."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from crawlers.answers import children, read_xml
from crawlers.cases import Cases
from crawlers.dates import day
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.source import Broken, Page
from crawlers.words import lines, plain

LIST = "https://ec.europa.eu/safety-gate-alerts/api/download/weeklyReport/list/xml/en"
# The parts of `measures` come glued together without a separator (seen in all reports of 2026).
GLUED = re.compile(r"(?<=\S)(?=Type of economic operator|Category of measure|Date of entry into force)")
OF_A_REPORT = ("report_language", "reference", "year", "month", "day", "week")
SAID = """
    {danger?}
    {description?}
    {measures?}
    Risk level: {level??}
    Batch: {batchNumber??}
    Barcode: {barcode??}
    Production dates: {productionDates??}
"""


class EuSafetyGate(Cases):
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

    # Records
    case = "Safety Gate {caseNumber}"
    found_by, made_in = "notifyingCountry", "countryOfOrigin?"
    chosen = ("of", "in")
    always = {"area": "TBT"}
    facts = {
        "source_id": "caseNumber",
        "url": "reference?",
        "published": "of",
        "language": "in?",
        "objective": "riskType?",
    }
    ignored = ("order", "type", "pictures", "onlineTrader", "companyRecallCode")

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
        if address == LIST and root.find("weeklyReport") is None:
            raise UnreadableAnswer("not the known form: the list holds no <weeklyReport>")
        try:  # what one report's address answers with is never followed
            return self._reports(root) if address == LIST else self._report(root)
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error

    def _reports(self, root: etree._Element) -> Page:
        """The addresses of the reports, the newest first: of an alert in two of them the newer one holds."""
        found: list[tuple[dt.date, str]] = []
        broken: list[Broken] = []
        unread: set[str] = set()
        for element in root.iterfind("weeklyReport"):
            try:
                fields = Fields(children(element), "a report")
                published = day(fields.take("publicationDate"))
                # the address ends with a comma that is not part of it; with it the answer is HTTP 400
                address = fields.take("URL").strip().rstrip(",")
                if published is None:
                    raise UnreadableRecord(f"no readable publicationDate: {fields.take('publicationDate')!r}")
            except UnreadableRecord as error:
                reference = element.findtext("reference") or ""
                broken.append(Broken(reference, f"a report of the list cannot be found: {error}"))
                continue
            if self.window[0] <= published <= self.window[1]:
                found.append((published, address))
            unread.update(fields.unread(OF_A_REPORT))
        details = [address for _, address in sorted(found, reverse=True)]
        return Page(broken, details=details, unread=sorted(unread))

    def _report(self, root: etree._Element) -> Page:
        alerts = list(root.iterfind("notifications"))
        for element in alerts:
            root.remove(element)
        fields = Fields(children(root))
        about = {
            "of": fields.take("report_date"),
            "in": fields.maybe("report_language") or "",
        }
        unread = fields.unread(("report_year", "report_week", "report_addendum"))
        if not alerts and unread:
            raise UnreadableRecord(f"the report holds no <notifications>, but {', '.join(unread)}")
        return Page([_alert(element, about) for element in alerts], unread=unread)

    def more(self, fields: Fields) -> dict[str, Any]:
        """What it is called: by its kind, and by brand and name where it has any."""
        category, product = fields.take("category"), fields.known("product")
        named = ", ".join(filter(None, [fields.known("brand"), fields.known("name")]))
        model = lines({"model": fields.known("type_numberOfModel")})
        return {
            "title": f"{plain(product or category)} ({named})" if named else plain(product or category),
            "products": "; ".join(filter(None, [category, product, named, model])),
            "text": GLUED.sub("\n", self.said(fields, SAID) or ""),
            "links": {"alert": fields.known("reference"), "recall": fields.maybe("URLrecall")},
        }


def _alert(element: etree._Element, about: Mapping[str, str]) -> dict[str, Any] | Broken:
    try:
        return {**children(element), **about}
    except UnreadableRecord as error:
        return Broken(element.findtext("caseNumber") or "", str(error))
