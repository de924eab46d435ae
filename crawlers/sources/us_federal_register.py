"""Rules, proposed rules and notices of agencies that regulate goods, from the Federal Register."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from crawlers import measures, symbols
from crawlers.answers import read_json
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.fields import Fields
from crawlers.record import UNDATED, RawNotice
from crawlers.source import Page, Refused, Source
from database.types import now

DOCUMENTS = "https://www.federalregister.gov/api/v1/documents.json"
# What was filed for the next issues; it knows no filters, and answers 404 when there is none.
INSPECTION = "https://www.federalregister.gov/api/v1/public-inspection-documents/current.json"
# A wrong name among them is answered with HTTP 400; a department includes its bureaus.
AGENCIES = (
    "consumer-product-safety-commission",
    "energy-department",
    "environmental-protection-agency",
    "food-and-drug-administration",
    "national-highway-traffic-safety-administration",
    "agriculture-department",
    "federal-communications-commission",
    "occupational-safety-and-health-administration",
    "national-institute-of-standards-and-technology",
)
TYPES = ("RULE", "PRORULE", "NOTICE")
FIELDS = (
    *(
        "abstract",
        "action",
        "agencies",
        "cfr_references",
        "comment_url",
        "comments_close_on",
        "correction_of",
    ),
    *("dates", "docket_ids", "document_number", "effective_on", "html_url", "pdf_url", "publication_date"),
    *("raw_text_url", "regulation_id_numbers", "regulations_dot_gov_url", "title", "topics", "type"),
)
WINDOW_DAYS = 180  # an answer ends at 10,000 documents; these agencies publish some 11,000 a year

# of a document on public inspection
NOT_OF_INSPECTION = (
    *("agency_letters", "agency_names", "editorial_note", "excerpts", "filing_type", "json_url"),
    *("last_public_inspection_issue", "num_pages", "page_views", "pdf_file_name", "pdf_file_size"),
    *("pdf_updated_at", "subject_1", "subject_2", "subject_3", "toc_doc", "toc_subject"),
)
# Notices that are plainly no measure on goods: by the words of title or action, and for type "Notice" only.
NO_MEASURE = (
    ("information collection", r"information collection|paperwork reduction|agency forms undergoing"),
    (
        "meeting",
        r"\bmeetings?\b|sunshine act|\bhearings?\b|advisory committee|workshop",
    ),
    ("money", r"\bgrants?\b|funding (?:opportunity|availability)|cooperative agreement|\bloans?\b|\baward\b"),
    (
        "records and privacy",
        r"privacy act|system of records|senior executive service|performance review board",
    ),
    ("court and licence", r"consent decree|settlement agreement|exclusive licen[cs]e|patent licen[cs]e"),
    ("environmental statement", r"environmental (?:impact statement|assessment)"),
    ("single filing", r"combined notice of filings|hydroelectric|natural gas pipeline"),
)
# Rules, too: what closes a stretch of water or of the sky for some days sets no requirement on goods.
NO_GOODS = (
    "waters and airspace",
    r"^(?:safety|security) zones?\b|^special local regulations?\b|^drawbridge operation|^anchorage"
    r"|\b(?:class [a-g]|restricted area) airspace\b",
)


class UsFederalRegister(Source):
    """The official journal of the United States; one row per document."""

    name = "us_federal_register"
    delay = 1.0

    # Form
    publisher = "Office of the Federal Register"
    country = "USA"
    markets = ("US",)
    homepage = "https://www.federalregister.gov"
    hosts = ("www.federalregister.gov", "federalregister.gov")
    schedule = "30 13 * * mon-fri"
    expect = (50, 3000)
    deadline_zone = "America/New_York"
    languages = ("en",)
    gazette = True
    # its pages for people send programs to a page that asks whether they are human
    texts = ("full text", "PDF")
    quiet_days = 5

    # Records
    facts = {
        **{"source_id": "document_number", "url": "html_url", "title": "title"},
        **{"published": "publication_date", "deadline": "comments_close_on?", "in_force": "effective_on?"},
        "text": """
            {abstract?}
            Action: {action?}
            Dates: {dates??}
        """,
    }
    # all that was not asked for: recorded pages and older copies hold it
    ignored = (
        *("agency_names", "body_html_url", "citation", "corrections", "docket_id"),
        *("end_page", "start_page", "full_text_xml_url", "json_url", "volume"),
        *("regulations_dot_gov_info", "significant", "signing_date", "subtype", "toc_doc"),
    )

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The documents of the agencies, in windows that stay below the journal's limit."""
        while since <= until:
            end = min(until, since + dt.timedelta(days=WINDOW_DAYS - 1))
            query = [
                *(("conditions[agencies][]", agency) for agency in AGENCIES),
                ("conditions[publication_date][gte]", since.isoformat()),
                ("conditions[publication_date][lte]", end.isoformat()),
                *(("conditions[type][]", kind) for kind in TYPES),
                *(("fields[]", name) for name in FIELDS),
                ("order", "newest"),
                ("per_page", "200"),
            ]
            yield f"{DOCUMENTS}?{urlencode(query)}"
            since = end + dt.timedelta(days=1)
        if until >= now().date():
            yield INSPECTION

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """No issue on public inspection."""
        return [] if address == INSPECTION and status == 404 else None

    def page(self, address: str, body: bytes) -> Page:
        """A page of the list; the next one is named word for word."""
        try:
            fields = Fields(read_json(body), "the answer")
            total = fields.take("count", int)
            # no document at all: the list is left out
            rows = fields.take("results", list) if total else fields.maybe("results", list) or []
            following = fields.maybe("next_page_url")
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        unread = fields.unread(
            ignore=[
                *("description", "total_pages", "previous_page_url"),
                *("special_filings_updated_at", "regular_filings_updated_at"),
            ]
        )
        # the chain of pages ends where the journal says so; its count is clamped and no promise
        return Page(rows, next=following, unread=unread)

    def read(self, row: Any) -> RawNotice | Refused:
        """One document, printed or on public inspection."""
        fields = Fields(row)
        if fields.maybe("filed_at"):
            return _inspected(fields)
        title, kind = fields.take("title"), fields.take("type")
        unasked = kind == "Notice" and no_measure(f"{title} {fields.known('action') or ''}")
        if rule := self.barred(no_goods(title) or unasked or ""):
            return Refused(rule)
        return self.notice(fields, **self.more(fields))

    def more(self, fields: Fields) -> dict[str, Any]:
        """What it is to its measure, where it can be read, and the numbers it names."""
        action, title = fields.known("action") or "", fields.take("title")
        corrects = fields.maybe("correction_of", object) is not None
        kind, says = course(fields.take("type"), action, title, corrects=corrects)
        number, dockets = fields.take("document_number"), _texts(fields, "docket_ids")
        cited = symbols.find(" ".join([title, *map(str, map(fields.maybe, ("abstract", "dates")))]))
        return {
            "kind": kind,
            "says": says,
            "agency": "; ".join(_agencies(fields)),
            "text": "\n".join(filter(None, [self.said(fields, self.facts["text"]), _cfr(fields)])),
            "objectives": tuple(_texts(fields, "topics??")),
            "links": {
                **{"document": fields.take("html_url"), "full text": fields.maybe("raw_text_url")},
                "PDF": fields.known("pdf_url"),
                "docket": fields.maybe("regulations_dot_gov_url") or _docket(dockets),
                "comment": fields.maybe("comment_url"),
            },
            "keys": (
                *(f"FR {number}", *_docket_keys(dockets)),
                *measures.rins(_texts(fields, "regulation_id_numbers")),
                *map(symbols.base, cited),
            ),
            "document": f"FR {number}",
        }


def _inspected(fields: Fields) -> RawNotice | Refused:
    """A document on public inspection: title and agencies are known, the rest when it is printed."""
    number, kind = fields.take("document_number"), fields.take("type")
    if kind == "Presidential Document":
        return Refused("presidential document")
    agencies = list(_agencies(fields))
    slugs = {Fields(row, "agencies").maybe("slug") for row in fields.take("agencies", list)}
    if not slugs & set(AGENCIES):
        return Refused("another agency")
    title = fields.known("title") or fields.maybe("subject_1") or fields.maybe("toc_doc") or ""
    if rule := no_goods(title) or (kind == "Notice" and no_measure(title)):
        return Refused(rule)
    follows, says = course(kind, "", title, corrects=False)
    documents = (
        ("document", fields.maybe("html_url") or ""),
        ("full text", fields.maybe("raw_text_url") or ""),
        ("PDF", fields.known("pdf_url") or ""),
    )
    return RawNotice(
        source_id=number,
        row=1,  # the printed document, which is no row, speaks as soon as it is there
        url=documents[0][1],
        kind=follows,
        says=says,
        members=("USA",),
        agency="; ".join(agencies),
        title=title,
        text=f"On public inspection since {fields.take('filed_at')[:10]}; to be printed.",
        links=tuple(link for link in documents if link[1]),
        published=fields.known("publication_date") or UNDATED,
        language="en",
        keys=(f"FR {number}", *_docket_keys(_texts(fields, "docket_numbers"))),
        document=f"FR {number}",
        unread=fields.unread(NOT_OF_INSPECTION),
    )


def no_measure(words: str) -> str:
    """The rule by which a notice is no business of this service, or empty."""
    for rule, pattern in NO_MEASURE:
        if re.search(pattern, words, re.IGNORECASE):
            return rule
    return ""


def no_goods(title: str) -> str:
    """The rule by which not even a rule concerns goods, or empty."""
    return NO_GOODS[0] if re.search(NO_GOODS[1], title, re.IGNORECASE) else ""


def course(kind: str, action: str, title: str, *, corrects: bool) -> tuple[str, str]:
    """What the document is to its measure, and what it announces, by its type and the words of its action."""
    words = f"{action} {title}".casefold()
    if kind not in ("Rule", "Proposed Rule", "Notice", "Presidential Document"):
        raise UnreadableRecord(f"unknown type {kind!r}")
    if re.search(r"\bwithdraw(?:al|n|ing|s)\b", action.casefold()):
        return "addendum", "withdrawn"
    if re.search(
        r"(?:extension|re-?opening|extend\w*|re-?open\w*) (?:of )?(?:the )?(?:public )?comment period", words
    ):
        return "addendum", "extended"
    if corrects or re.search(r"\bcorrect(?:ion|ions|ing amendments?)\b", action.casefold()):
        return "corrigendum", ""
    if "supplemental" in action.casefold():
        return "supplement", ""
    if re.search(r"delay of (?:effective|compliance) date", words):
        return "addendum", ""
    return "regular", "adopted" if kind == "Rule" else ""


def _agencies(fields: Fields) -> Iterator[str]:
    for row in fields.take("agencies", list):
        agency = Fields(row, "agencies")
        yield agency.maybe("name") or agency.take("raw_name")


def _texts(fields: Fields, place: str) -> list[str]:
    """The texts of a list that must be there, if empty; of `name??` one that may be missing."""
    name = place.rstrip("?")
    found = (fields.maybe if name != place else fields.known)(name, list) or []
    if not all(isinstance(one, str) for one in found):
        raise UnreadableRecord(f"field {name!r} holds something else than texts: {found!r:.80}")
    return found


def _docket(written: list[str]) -> str:
    """The docket's page where the first one has the form that regulations.gov knows."""
    numbers = measures.DOCKET.findall(written[0]) if written else []
    return f"https://www.regulations.gov/docket/{numbers[0]}" if numbers else ""


DOCKET_WORDS = re.compile(r"^\W*(?:docket|doc\.?|file|no\.?|nos\.?|id|number|:|\s)+", re.IGNORECASE)


def _docket_keys(written: list[str]) -> list[str]:
    """Keys of today's form; an older docket counts under its own words if long enough to be unique."""
    found = measures.dockets(written)
    for words in written:
        if not measures.DOCKET.search(words):
            number = DOCKET_WORDS.sub("", words)
            if re.search(r"\d{2,}", number) and 6 <= len(number) <= 60:
                found.append(f"docket {' '.join(number.upper().split())}")
    return found


def _cfr(fields: Fields) -> str:
    parts = []
    for row in fields.maybe("cfr_references", list) or []:
        reference = Fields(row, "cfr_references")
        parts.append(f"{reference.take('title', int)} CFR {reference.maybe('part', object) or ''}".strip())
    return f"CFR: {', '.join(dict.fromkeys(parts))}" if parts else ""
