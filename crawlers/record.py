"""A notice as a source read it, and the same in the service's own terms."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from config.taxonomy import countries
from crawlers import codes, phrases, standards, symbols
from crawlers.addresses import is_address
from crawlers.dates import day, rule
from crawlers.errors import UnreadableRecord
from crawlers.form import Form
from crawlers.words import BROKEN, language, plain, storable

UNDATED = "undated"  # where a publisher states no day: the day a notice was first seen stands for it
LONGEST_NUMBER = 500  # a joint notification is known by the symbols of all its members
FORM = 2  # raised when `normalise` reads the same record differently: such a difference is no event
AREAS = frozenset(["TBT", "SPS", ""])
KINDS = frozenset(["regular", "addendum", "corrigendum", "revision", "supplement", "alert"])
SAYS = frozenset(["withdrawn", "adopted", "extended", ""])
FOLLOW_UPS = KINDS - {"regular", "alert"}


@dataclass(frozen=True)
class RawNotice:
    """What a source read, in the publisher's words: dates and names as written, text with its markup."""

    source_id: str
    title: str
    published: str
    url: str = ""
    area: str = ""
    kind: str = ""  # empty: told from the symbols
    symbols: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    agency: str | None = None
    text: str | None = None
    products: str | None = None
    objective: str | None = None
    objectives: tuple[str, ...] = ()
    origin: str | None = None
    hs: tuple[str, ...] = ()
    ics: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # title, address
    deadline: str | None = None
    adoption: str | None = None
    in_force: str | None = None
    language: str = ""  # empty: told from the text
    says: str | None = None  # None: told from the text of a follow-up
    keys: tuple[str, ...] = ()  # numbers that name its measure, besides the symbols
    unread: tuple[str, ...] = ()
    row: int | None = None  # which of the rows that one joint notification comes in; the lowest speaks
    document: str = ""  # its number if other publishers carry the very same document under that number

    def __post_init__(self) -> None:
        """Hold the publisher's number as it can be stored. Raises UnreadableRecord where there is none."""
        number = " ".join(storable(self.source_id).split())
        if not number:
            raise UnreadableRecord("the record has no number, nor an address, to know it by")
        if len(number) > LONGEST_NUMBER:
            raise UnreadableRecord(f"a number of {len(number)} characters is none: {number:.60}…")
        object.__setattr__(self, "source_id", number)


@dataclass
class Facts:
    """What a notice says, as the table holds it; `keys`, `says`, `row` and `document` serve storing only."""

    url: str
    area: str
    kind: str
    symbols: list[str]
    members: list[str]
    agency: str
    language: str
    title: str
    text: str
    products: str
    objective: str
    origin: str
    hs: list[str]
    ics: list[str]
    objectives: list[str]
    links: list[dict[str, str]]
    published_on: dt.date | None
    comment_deadline: dt.date | None
    comment_deadline_raw: str
    closes_at: dt.datetime | None
    adoption_on: dt.date | None
    adoption_raw: str
    in_force_on: dt.date | None
    in_force_raw: str
    withdrawn: bool
    published_raw: str = ""
    in_force_rule: str = ""
    in_force_computed: bool = False
    standards: list[str] = field(default_factory=list)
    says: str = ""
    keys: list[str] = field(default_factory=list)
    row: int | None = None
    document: str = ""
    form: int = FORM
    remarks: list[str] = field(default_factory=list)

    def columns(self) -> dict[str, object]:
        """The values for table Notice."""
        mine = {name: getattr(self, name) for name in (f.name for f in dataclasses.fields(self))}
        return {name: value for name, value in mine.items() if name not in ASIDE}

    def as_json(self) -> dict[str, object]:
        """All of it as JSON, for NoticeVersion."""
        return {
            f.name: value.isoformat() if isinstance(value := getattr(self, f.name), dt.date) else value
            for f in dataclasses.fields(self)
            if f.name != "remarks" and not (f.name == "document" and not self.document)
        }

    def sha256(self) -> str:
        """Of what the publisher says; changes only with it."""
        said = {name: value for name, value in self.as_json().items() if name not in ASIDE}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def of_json(said: Mapping[str, Any]) -> Facts:
    """The facts that `as_json` wrote."""
    return Facts(**{name: _dated(name, value) for name, value in said.items()})


def _dated(name: str, value: Any) -> Any:
    if value is None or not name.endswith(("_on", "_at", "comment_deadline")):
        return value
    return dt.datetime.fromisoformat(value) if name == "closes_at" else dt.date.fromisoformat(value)


ASIDE = frozenset(["says", "keys", "row", "document", "form", "remarks"])


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, country in countries().items():
        for spelling in (code, country.eping, country.zh, *country.spellings, *country.names.values()):
            found.setdefault(" ".join(spelling.casefold().split()), code)
    found.setdefault("eec", "EU")  # symbols of the European Communities
    return found


def member(written: str) -> str:
    """Alpha-3 code of a country however it is written (name, ePing code, code). Raises UnreadableRecord."""
    name = " ".join(plain(written).casefold().replace("’", "'").split())
    for spelling in (name, name.removeprefix("the "), name.split("(")[0].strip()):
        if code := _spellings().get(spelling):
            return code
    raise UnreadableRecord(f"unknown country or member {written!r}")


def origin(written: Sequence[str]) -> str:
    """Which of several stated countries of origin a case is marked with: China if it is among them."""
    for name in written:
        with suppress(UnreadableRecord):
            if member(name) == "CHN":
                return name
    return next(iter(written), "")


MADE_IN = re.compile(
    r"\b(?:made|manufactured|produced|grown|packed) in |\bproduct of (?:the )?|\bimported from ",
    re.IGNORECASE,
)
COUNTRY = re.compile(r"(?:P\.? ?R\.? ?)?(?:[A-Z][a-z]+|USA|U\.S\.A?\.)(?: (?:of )?[A-Z][a-z]+){0,3}")


def origins_in(words: str) -> list[str]:
    """The countries in which a text says that something was made, as it writes them."""
    stated = (COUNTRY.match(words[match.end() :].lstrip()) for match in MADE_IN.finditer(words))
    return ["China" if re.search(r"\bChina\b", one[0]) else one[0] for one in stated if one]


def closing(deadline: dt.date | None, zone: str) -> dt.datetime | None:
    """The last second of a deadline's day at its place, in UTC."""
    if deadline is None:
        return None
    return dt.datetime.combine(deadline, dt.time(23, 59, 59), ZoneInfo(zone)).astimezone(dt.UTC)


def _address(written: str) -> str:
    address = written.strip()
    return address if is_address(address) else ""


def _members(raw: RawNotice) -> list[str]:
    found = {member(written) for written in raw.members}
    # the row names its own member; a code in a symbol only adds the others of a joint notification
    found |= {_spellings().get(symbols.member(symbol).casefold(), "") for symbol in raw.symbols} - {""}
    if not found:
        raise UnreadableRecord("the record names no member")
    return sorted(found)


def _kind(raw: RawNotice) -> str:
    kind = raw.kind or (symbols.kind(raw.symbols[0]) if raw.symbols else "regular")
    if kind not in KINDS:
        raise UnreadableRecord(f"unknown kind {kind!r}")
    if raw.area not in AREAS:
        raise UnreadableRecord(f"unknown area {raw.area!r}")
    if raw.says is not None and raw.says not in SAYS:
        raise UnreadableRecord(f"unknown announcement {raw.says!r}")
    return kind


def _keys(raw: RawNotice) -> list[str]:
    numbers = [symbols.base(symbol) for symbol in raw.symbols]
    return sorted({*numbers, *(plain(key) for key in raw.keys)} - {""})


def _origin(raw: RawNotice, remarks: list[str]) -> str:
    written = plain(raw.origin)
    if not written or written.casefold() in ("unknown", "not known", "other"):
        return ""
    try:
        return member(written)
    except UnreadableRecord:
        # an alert with an odd country of origin is worth more than none: kept, and counted by its value
        remarks.append(f"origin {written[:60]}")
        return ""


def _published(raw: RawNotice, form: Form) -> dt.date | None:
    published = None if raw.published == UNDATED else day(raw.published, form.date_order)
    if published is None and raw.published != UNDATED and not form.undated:
        raise UnreadableRecord(f"unreadable date of publication {raw.published!r}")
    return published


def _force(
    raw: RawNotice, form: Form, published: dt.date | None, adopted: dt.date | None
) -> tuple[dt.date | None, str, bool]:
    """Day of entry into force, the rule that tells it, and whether the day was computed by the rule.

    A rule counts from the text's publication in the official journal: only a gazette's own date is that.
    """
    stated, told = day(raw.in_force, form.date_order), rule(plain(raw.in_force))
    if stated is not None or told is None:
        return stated, "", False
    start = adopted if told.after == "adoption" else published if form.gazette else None
    return (told.on(start) if start else None), str(told), start is not None


def normalise(raw: RawNotice, form: Form) -> Facts:
    """A source's record in the service's own terms. Raises UnreadableRecord for a value of no known kind."""
    title, text = plain(raw.title).replace("\n", " "), plain(raw.text)
    products = plain(raw.products)
    # some members leave the title out: the products, or the number, name the notice then
    title = title or products.split("\n")[0][:200] or raw.source_id
    published, adopted = _published(raw, form), day(raw.adoption, form.date_order)
    kind, deadline = _kind(raw), day(raw.deadline, form.date_order)
    in_force, told, computed = _force(raw, form, published, adopted)
    remarks: list[str] = []
    free = "\n".join((products, title, text))
    if BROKEN in free:
        remarks.append("words that the publisher's page spells with broken characters")
    says = raw.says
    if says is None:
        says = phrases.says(f"{title}\n{text}") if kind in FOLLOW_UPS else ""
    stated_hs = {code for written in raw.hs for code in codes.hs_of_field(plain(written))}
    stated_ics = {code for written in raw.ics for code in codes.ics_of_field(plain(written))}
    return Facts(
        url=_address(raw.url),
        area=raw.area,
        kind=kind,
        symbols=sorted(raw.symbols),
        members=_members(raw),
        agency=plain(raw.agency),
        language=raw.language or language(f"{title} {text}"),
        title=title,
        text=text,
        products=products,
        objective=plain(raw.objective),
        origin=_origin(raw, remarks),
        hs=sorted(stated_hs | codes.hs_of_text(free)),
        ics=sorted(stated_ics | codes.ics_of_text(free)),
        objectives=list(dict.fromkeys(filter(None, map(plain, raw.objectives)))),
        links=[{"title": plain(name), "url": to} for name, at in raw.links if (to := _address(at))],
        published_on=published,
        comment_deadline=deadline,
        comment_deadline_raw=plain(raw.deadline),
        closes_at=closing(deadline, form.deadline_zone),
        adoption_on=adopted,
        adoption_raw=plain(raw.adoption),
        in_force_on=in_force,
        in_force_raw=plain(raw.in_force),
        withdrawn=says == "withdrawn",
        published_raw=plain(raw.published),
        in_force_rule=told,
        in_force_computed=computed,
        standards=standards.find("\n".join((free, plain(raw.objective)))),
        says=says,
        keys=_keys(raw) or [f"{form.name} {raw.source_id}"],
        row=raw.row,
        document=raw.document,
        remarks=remarks,
    )
