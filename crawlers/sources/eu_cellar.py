"""Acts and proposals of the European Union, from the Publications Office's CELLAR by SPARQL."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from lxml import etree

from crawlers.answers import read_json, read_xml
from crawlers.errors import UnreadableAnswer, UnreadableRecord
from crawlers.feeds import ATOM
from crawlers.fields import Fields
from crawlers.record import RawNotice
from crawlers.source import Broken, Page, Refused, Source
from crawlers.words import lines
from database.types import now

ENDPOINT = "https://publications.europa.eu/webapi/rdf/sparql"
# What was taken in or changed of late, whatever its date: a second way, for what the window by date misses.
FEED = "https://publications.europa.eu/webapi/notification/ingestion"
FEED_DAYS, FEED_PAGES = 2, 20  # some 3,000 entries a day, 1,000 a page
NOTIFIED = "{http://publications.europa.eu/atom/notificationEntry}"
ASKED_FOR = "{http://publications.europa.eu/atom/notificationRequest}"
AT_ONCE = 100  # works in one question
PAGE_SIZE = 1000
WINDOW_DAYS = 31  # queries are ended after some 45 seconds
TYPES = (
    *("REG", "REG_IMPL", "REG_DEL", "DIR", "DIR_IMPL", "DIR_DEL", "DEC", "DEC_IMPL", "DEC_DEL"),
    *("PROP_REG", "PROP_DIR", "PROP_DEC", "CORRIGENDUM"),
)
BY_DATE = 'FILTER(?date >= "{since}"^^xsd:date && ?date <= "{until}"^^xsd:date)'
BY_NUMBER = "FILTER(STR(?celex) IN ({numbers}))"
# One row for each work; where a value is several, or the English title is missing, some rows in a row.
QUERY = """\
PREFIX cdm: <http://publications.europa.eu/ontology/cdm#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX type: <http://publications.europa.eu/resource/authority/resource-type/>
PREFIX language: <http://publications.europa.eu/resource/authority/language/>
SELECT DISTINCT ?work ?celex ?date ?type ?eli ?force ?start ?adopts ?title WHERE {{
  VALUES ?type {{ {types} }}
  ?work cdm:work_has_resource-type ?type ; cdm:resource_legal_id_celex ?celex ; cdm:work_date_document ?date .
  {which}
  FILTER(STRSTARTS(STR(?celex), "3") || STRSTARTS(STR(?celex), "5"))
  OPTIONAL {{ ?work cdm:resource_legal_eli ?eli }}
  OPTIONAL {{ ?work cdm:resource_legal_in-force ?force }}
  OPTIONAL {{ ?work cdm:resource_legal_date_entry-into-force ?start }}
  OPTIONAL {{ ?work cdm:resource_legal_adopts_resource_legal/cdm:resource_legal_id_celex ?adopts }}
  OPTIONAL {{
    ?english cdm:expression_belongs_to_work ?work ; cdm:expression_title ?title_english ;
      cdm:expression_uses_language language:ENG .
  }}
  OPTIONAL {{
    ?other cdm:expression_belongs_to_work ?work ; cdm:expression_title ?title_other .
    FILTER(!BOUND(?title_english))
  }}
  BIND(COALESCE(?title_english, ?title_other) AS ?title)
}}
ORDER BY ?celex ?date ?type ?eli ?start ?adopts ?title
LIMIT {limit} OFFSET {offset}
"""
PREFERRED = ("en", "fr", "de", "es", "it")  # the title to take of several
# Acts that are plainly no measure on goods, by the words of their English title.
NO_MEASURE = (
    ("trade defence", r"anti-?dumping|countervailing|safeguard (?:measure|duty|duties)|anti-?subsidy"),
    ("sanctions", r"restrictive measures|freezing of (?:certain )?funds"),
    ("protected name", r"protected (?:designations? of origin|geographical indication)|\(PDO\)|\(PGI\)"),
    ("fishing", r"fishing (?:opportunit|quota|for|rights)|fisher(?:y|ies) (?:partnership|agreement|closure)"),
    (
        "market of farm goods",
        r"tariff (?:rate )?quotas?|export refunds?|allocation coefficient|cereals sector",
    ),
    ("tariff", r"certain goods in the combined nomenclature|autonomous .{0,40}tariff"),
    ("money", r"\bbudget\b|macro-financial|financial (?:assistance|contribution)|own resources"),
    ("appointment and procedure", r"\bappoint(?:ing|ment)\b|rules of procedure|\bCFSP\b"),
    (
        "agreement with others",
        r"on behalf of the (?:European )?Union|(?:conclusion|signing).{0,99}(?:agreement|protocol)",
    ),
    ("finance", r"credit institution|\binsurance\b|\bsecurities\b|crypto-?asset|introduction of the euro"),
)
A_MEASURE = (
    r"mutual recognition|conformity|technical (?:barriers|regulations?)|sanitary"  # whatever else it says
)
CELEX = re.compile(r"(?P<act>[35]\d{4}[A-Z]{1,2}\d{4})(?P<more>R?\(\d{1,2}\))?")


class EuCellar(Source):
    """One work per CELEX number: sector 3 holds acts, sector 5 proposals."""

    name = "eu_cellar"
    delay = 3.0
    accept = "application/sparql-results+json"

    # Form
    publisher = "Publications Office of the European Union"
    country = "EU"
    markets = ("EU",)
    homepage = "https://op.europa.eu/en/web/cellar"
    hosts = ("publications.europa.eu",)
    schedule = "30 6,13 * * *"
    expect = (20, 3000)
    deadline_zone = "Europe/Brussels"
    languages = ("en", "fr", "de", "es", "it")
    # an act reaches the Official Journal, and CELLAR, up to some weeks after its date
    overlap_days = 35
    quiet_days = 10
    # EUR-Lex answers programs with a challenge; CELLAR has the text in the language asked for, or says so
    texts = ("CELLAR",)
    text_languages = ("eng", "fra", "deu", "spa", "ita")

    def addresses(self, since: dt.date, until: dt.date) -> Iterator[str]:
        """The works by date of document, a month in one question."""
        if until >= now().date():
            changed = {"startDate": f"{until - dt.timedelta(days=FEED_DAYS)}T00:00:00", "wemiClasses": "work"}
            yield f"{FEED}?{urlencode({**changed, 'page': 1})}"
        while since <= until:
            end = min(until, since + dt.timedelta(days=WINDOW_DAYS - 1))
            yield _question(BY_DATE.format(since=since, until=end))
            since = end + dt.timedelta(days=1)

    def headers(self, address: str) -> dict[str, str]:
        """The feed comes as Atom only if asked."""
        return {"Accept": "application/atom+xml" if address.startswith(FEED) else self.accept}

    def instead(self, address: str, status: int, body: bytes) -> Sequence[str] | None:
        """The feed knows of nothing."""
        return [] if self.spare(address) and status == 404 else None

    def spare(self, address: str) -> bool:
        """The feed of changes: the window by date is read without it, too."""
        return address.startswith(FEED)

    def page(self, address: str, body: bytes) -> Page:
        """The works of a page; of a full one the last work is left to the next, as it may not be whole."""
        if address.startswith(FEED):
            return _changes(address, body)
        try:
            answer = Fields(read_json(body), "the answer")
            found = Fields(answer.take("results", dict), "results").take("bindings", list)
            known = Fields(answer.take("head", dict), "head").take("vars", list)
        except UnreadableRecord as error:
            raise UnreadableAnswer(f"not the known form: {error}") from error
        if "celex" not in known:
            raise UnreadableAnswer(f"not the known form: the answer has no celex, but {known}")
        works: dict[str, list[Any]] = {}
        for number, row in enumerate(found):
            works.setdefault(_celex(row) or f"row {number}", []).append(row)
        following = None
        if len(found) >= PAGE_SIZE:
            last = works.pop(next(reversed(works))) if len(works) > 1 else []
            following = _next(address, len(found) - len(last))
        return Page([*itertools.starmap(_one, works.items())], next=following, unread=answer.unread())

    def label(self, row: Any) -> str:
        """The CELEX number."""
        return str(row.get("celex"))

    def read(self, row: Any) -> RawNotice | Refused:
        """One act or proposal."""
        fields = Fields(row)
        number, day = fields.take("celex"), fields.take("date")
        title, language = fields.maybe("title"), fields.maybe("language") or ""
        eli, start = fields.maybe("eli"), fields.maybe("start")
        kind = fields.take("type").rpartition("/")[2]
        match = CELEX.fullmatch(number)
        if match is None:
            return Refused("no act or proposal")
        if kind not in TYPES:
            raise UnreadableRecord(f"unknown type {kind!r}")
        if not title:
            return Refused("no title yet")
        if rule := self.barred(no_measure(title)):
            return Refused(rule)
        adopts = fields.maybe("adopts")
        page = f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{number}"
        links = {"EUR-Lex": page, "ELI": eli, "CELLAR": fields.maybe("work")}
        corrects = kind == "CORRIGENDUM" or bool(match["more"])
        stands = fields.maybe("force")
        return RawNotice(
            source_id=number,
            url=page,
            kind="corrigendum" if corrects else "regular",
            says="adopted" if number.startswith("3") and not corrects else "",
            members=("EU",),
            agency="European Union",
            title=title,
            text=lines({"CELEX": number, "Adopts": adopts, "In force": IN_FORCE.get(stands or "")}),
            links=tuple((name, address) for name, address in links.items() if address),
            published=day,
            adoption=day if number.startswith("3") else None,
            in_force=start if (start or "")[:4] not in NO_YEAR else None,
            language=language,
            keys=(f"CELEX {match['act']}", *([f"CELEX {adopts}"] if adopts else [])),
            document=f"CELEX {number}",
            unread=fields.unread(),
        )


NO_YEAR = ("1001", "9999")  # how the Publications Office writes that a date is not known, or never comes
IN_FORCE = {"1": "yes", "true": "yes", "0": "no", "false": "no"}


def no_measure(title: str) -> str:
    """The rule by which a title is no business of this service, or empty."""
    if re.search(A_MEASURE, title, re.IGNORECASE):
        return ""
    return next((rule for rule, words in NO_MEASURE if re.search(words, title, re.IGNORECASE)), "")


def _changes(address: str, body: bytes) -> Page:
    """A page of the feed: the works it names are asked for by number; its titles and links are templates."""
    root = read_xml(body)
    if root.tag != f"{ATOM}feed" or root.find(f"{ASKED_FOR}moreEntries") is None:
        raise UnreadableAnswer(f"not the known form: the root is <{etree.QName(root).localname}>")
    names = {unquote(str(one.text)) for one in root.iter(f"{NOTIFIED}identifier")}
    found = (name.removeprefix("celex:") for name in names if name.startswith("celex:"))
    numbers = sorted(number for number in found if CELEX.fullmatch(number))
    details = []
    for start in range(0, len(numbers), AT_ONCE):
        listed = ", ".join(f'"{number}"' for number in numbers[start : start + AT_ONCE])
        details.append(_question(BY_NUMBER.format(numbers=listed)))
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    following = int(query.get("page", 1)) + 1
    if root.findtext(f"{ASKED_FOR}moreEntries") == "true" and following <= FEED_PAGES:
        details.append(urlunsplit(parts._replace(query=urlencode({**query, "page": following}))))
    return Page([], details=details)


def _question(which: str, offset: int = 0) -> str:
    types = " ".join(f"type:{kind}" for kind in TYPES)
    query = QUERY.format(types=types, which=which, limit=PAGE_SIZE, offset=offset)
    return f"{ENDPOINT}?{urlencode({'query': query, 'format': 'application/sparql-results+json'})}"


def _next(address: str, further: int) -> str:
    query = dict(parse_qsl(urlsplit(address).query)).get("query", "")
    offset = int(query.rpartition("OFFSET ")[2] or 0)
    rest = query.rpartition("OFFSET ")[0]
    asked = {"query": f"{rest}OFFSET {offset + further}\n", "format": "application/sparql-results+json"}
    return f"{ENDPOINT}?{urlencode(asked)}"


def _celex(row: Any) -> str:
    """The number of a row, as far as it can be told."""
    cell = row.get("celex") if isinstance(row, dict) else None
    return str(cell.get("value") or "") if isinstance(cell, dict) else ""


def _values(row: Any) -> dict[str, dict[str, str]]:
    """The variables of one row, each with its value and language."""
    fields = Fields(row, "a binding")
    cells = {name: Fields(fields.take(name, dict), name) for name in row}
    return {
        name: {"value": cell.take("value"), "language": cell.maybe("xml:lang") or ""}
        for name, cell in cells.items()
    }


def _one(number: str, rows: list[Any]) -> dict[str, Any] | Broken:
    """The rows of one work as one: the first value of each, and the title in the language preferred."""
    try:
        read = [_values(row) for row in rows]
    except UnreadableRecord as error:
        return Broken(number, str(error))
    found: dict[str, Any] = {}
    for name in sorted({name for row in read for name in row}):
        cells = [row[name] for row in read if name in row]
        best = min(cells, key=lambda cell: (_rank(cell["language"]), cell["value"]))
        found[name] = best["value"]
        if name == "title":
            found["language"] = best["language"]
    return found


def _rank(language: str) -> tuple[int, str]:
    return (PREFERRED.index(language) if language in PREFERRED else len(PREFERRED), language)
