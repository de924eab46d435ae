"""The shapes of JSON answers, as OpenAPI shows them."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Problem(BaseModel):
    """An error (RFC 9457): `errors` names what was wrong with each parameter."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Unprocessable Content",
                "status": 422,
                "detail": "sector: not a known value",
                "errors": [{"parameter": "sector", "detail": "not a known value", "given": "toy"}],
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []


class Item(BaseModel):
    """A notice in a list."""

    id: int
    source: str
    symbols: list[str]
    kind: str
    area: str
    language: str
    title: str
    title_zh: str | None
    members: list[str]
    sectors: list[str]
    markets: list[str]
    measure_types: list[str]
    level: str
    published_on: dt.date | None
    comment_deadline: dt.date | None
    days_left: int | None
    open_for_comment: bool
    in_force_on: dt.date | None
    url: str
    page: str
    found_by: Literal["words", "meaning"] = Field(
        "words", description="meaning: tagged with what the words of `q` mean, which do not stand in it"
    )


class NoticePage(BaseModel):
    """Some notices, and where there are more."""

    items: list[Item]
    next: str | None


class Evidence(BaseModel):
    """Where in the publisher's own words something was read."""

    field: str
    start: int
    end: int
    text: str


class LinkedEvidence(Evidence):
    """The same in a linked document; its field is "document"."""

    document: int = Field(description="which of the notice's `texts`")


class Tagged(BaseModel):
    """A tag, who says so (code, rules, model or analyst) and on what evidence."""

    code: str
    score: float
    by: str
    evidence: list[LinkedEvidence | Evidence]


class TaggedMarket(Tagged):
    """A market with those of its countries that are concerned."""

    countries: list[str]


class SnapshotShape(BaseModel):
    """The raw answer a notice was read from."""

    url: str
    sha256: str
    size: int
    fetched_at: dt.datetime


class Version(BaseModel):
    """What changed when the publisher said something new."""

    version: int
    seen_at: dt.datetime
    changed: list[str]


class Document(BaseModel):
    """A document the publisher links to."""

    title: str
    url: str


class Text(Document):
    """A linked document as it was fetched; one that is scanned holds pictures of pages and no words."""

    id: int
    status: str = Field(description="text, scanned, empty, other (no format we read), refused, failed, gone")
    kind: str = Field(description="html, pdf, docx or text")
    language: str
    pages: int
    cut: bool = Field(description="longer than what is kept of it")


class Detail(BaseModel):
    """All that is known of a notice."""

    id: int
    source: str
    source_id: str
    symbols: list[str]
    kind: str
    area: str
    language: str
    title: str
    title_zh: str | None
    text: str
    products: str
    objective: str
    objectives: list[str]
    agency: str
    members: list[str]
    origin: str
    hs: list[str]
    ics: list[str]
    sectors: list[Tagged]
    markets: list[TaggedMarket]
    countries: list[Tagged]
    measure_types: list[Tagged]
    level: str
    level_parts: dict[str, int | str | bool | None] = Field(
        description="what the level was made of, for those directly concerned; red is said once approved"
    )
    gist_zh: list[str]
    gist_by: Literal["analyst", "machine"]
    title_by: Literal["analyst", "machine"]
    published_on: dt.date | None
    comment_deadline: dt.date | None
    comment_deadline_raw: str
    closes_at: dt.datetime | None
    days_left: int | None
    open_for_comment: bool
    adoption_on: dt.date | None
    adoption_raw: str
    in_force_on: dt.date | None
    in_force_raw: str
    withdrawn: bool
    documents: list[Document]
    texts: list[Text]
    version: int
    versions: list[Version]
    snapshot: SnapshotShape | None
    measure_id: int | None
    first_seen_at: dt.datetime
    changed_at: dt.datetime
    url: str
    page: str


class Entry(BaseModel):
    """One thing that happened to a measure, or will."""

    day: dt.date
    what: str
    notice_id: int
    symbols: list[str]
    before: str = ""
    after: str = ""


class Case(BaseModel):
    """One enforcement case: a recall, an alert."""

    notice_id: int
    day: dt.date | None
    source_id: str
    title: str
    language: str
    origin: str


class Enforcement(BaseModel):
    """Cases that state the same act or standard as a measure does."""

    citation: str
    cases: int = Field(description="among the newest 500")
    in_a_year: int
    from_china: int
    newest: list[Case]


class MeasureShape(BaseModel):
    """One measure: its numbers, its documents, what happened to it, and the cases under it."""

    id: int
    keys: list[str]
    items: list[Item]
    timeline: list[Entry]
    enforcement: list[Enforcement]


class Cell(BaseModel):
    """How many notices of a period concern a sector in a market."""

    sector: str
    market: str
    notices: int
    open_for_comment: int
    severe: int


class Risk(BaseModel):
    """Sector by market, for a period of publication."""

    published_from: dt.date
    published_to: dt.date
    items: list[Cell]
    next: str | None = None


class Accepted(BaseModel):
    """The answer to every subscription, whether the address was known or not."""

    status: str = "accepted"
    detail: str


class SourceAlarmShape(BaseModel):
    """A source that needs a person; it stands until `recovered_at`, and is told for some days after."""

    kind: str
    message: str
    raised_at: dt.datetime
    recovered_at: dt.datetime | None


class SourceShape(BaseModel):
    """How a source fares; `state` is well, off, or the gravest trouble: never, failed, late …."""

    name: str
    publisher: str
    homepage: str
    state: str
    last_success: dt.datetime | None
    due_at: dt.datetime | None
    schedule: str = Field(description="when it is read: minute, hour, day, month, day of the week, in UTC")
    read: int | None
    expect: list[int]
    notices: int
    newest: dt.date | None
    faults: int
    unread: dict[str, int]
    message: str
    refused: dict[str, int]
    enabled: bool
    alarms: list[SourceAlarmShape]


class SourcePage(BaseModel):
    """All sources."""

    items: list[SourceShape]
    next: str | None = None


class Measured(BaseModel):
    """A figure of the model: the share whose first sector is right, and where it lies with 95 % certainty."""

    of: str = Field(description="what it was measured on")
    by: Literal["all", "language", "sector"]
    code: str
    n: int
    right_first: float
    low: float
    high: float
    micro_f1: float | None


class Agreed(BaseModel):
    """How analysts' decisions agree with the machine: precision of what it said, with its 95 % interval."""

    by: Literal["all", "language", "sector"]
    code: str
    said: int
    right: int
    missed: int
    precision: float | None
    low: float
    high: float
    recall: float | None


class Quality(BaseModel):
    """How well the machine tags: measured when the model was made, and by what analysts decided since."""

    version: str = Field(description="of the figures; empty: none came with the model")
    date: str | None = Field(description="when it was measured")
    read_with: str = Field("", description="model that read the newest notice; `rules`: none could be read")
    calibration_error: float | None
    measured: list[Measured]
    decided_since: dt.date | None = None
    decided: list[Agreed] = []
