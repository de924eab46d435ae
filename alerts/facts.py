"""The facts of one line of a letter, in the reader's language, from the ledger alone.

Whatever a publisher wrote is cut, stripped of line breaks and control characters, and left to the templates
to escape. Titles are composed from facts only; no number or date appears that does not stand in the notice.
"""

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts import links
from alerts.dates import SHANGHAI, closes_at, days_to_comment, days_to_force, today
from alerts.gist import gist
from alerts.interest import Subject
from alerts.ledger import key
from alerts.level import RELEVANCES, Level
from config import taxonomy
from config.settings import settings
from config.texts import text, traditional
from database.tables import Alert, Event, Notice, Subscriber, Subscription

LONGEST_TITLE, LONGEST_FIELD = 240, 200
MOST_NAMED = 2
ANSWERS = ("handled", "not_for_us", "need_help")
HIDDEN = ("Cc", "Cf", "Cs", "Co")
JOINERS = "\u200c\u200d"  # Persian and Indian scripts need them


def clean(words: str, longest: int) -> str:
    """One line of a publisher's text, cut at a length, without control or direction-changing characters."""
    one_line = " ".join(words.split())
    if one_line.isprintable():  # then nothing is hidden in it
        return one_line if len(one_line) <= longest else one_line[: longest - 1].rstrip() + "…"
    kept = "".join(c for c in one_line if c in JOINERS or unicodedata.category(c) not in HIDDEN)
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def named(entry: Any, language: str) -> str:
    """What a sector, country, market or measure type is called."""
    if language == "en":
        return str(entry.en)
    return traditional(entry.zh) if language == "zh-Hant" else str(entry.zh)


def name_of(kind: str, code: str, language: str) -> str:
    """The name behind a tag; an unknown code stands for itself."""
    tables: Mapping[str, Mapping[str, Any]] = {
        "sector": taxonomy.sectors(),
        "market": taxonomy.markets(),
        "country": taxonomy.countries(),
        "measure_type": taxonomy.measure_types(),
    }
    entry = tables.get(kind, {}).get(code)
    if entry is None:
        return text("letters.other_market", language) if code == "OTHER" else code
    return named(entry, language)


def _several(names: list[str], language: str) -> str:
    if len(names) > MOST_NAMED:
        return text(
            "letters.and_others", language, names=text("letters.join", language).join(names[:MOST_NAMED])
        )
    return text("letters.join", language).join(names)


def describe(subscription: Subscription, language: str, *, own_words: bool = True) -> str:
    """A subscription in words: its name, else what it asks for.

    Without `own_words` nothing typed by the person appears: a confirmation may go to a stranger's address.
    """
    if own_words and subscription.name:
        return clean(subscription.name, LONGEST_FIELD)
    parts = [name_of("sector", code, language) for code in subscription.sectors]
    parts += [f"HS {code}" for code in subscription.hs]
    if own_words:
        parts += [f"“{clean(word, LONGEST_FIELD)}”" for word in subscription.keywords]
    parts += [name_of("market", code, language) for code in subscription.markets]
    parts += [name_of("country", code, language) for code in subscription.countries]
    parts += [name_of("measure_type", code, language) for code in subscription.measure_types]
    return " · ".join(parts) or text("letters.everything", language)


@dataclass(frozen=True)
class Item:
    """One line of a letter."""

    level: Level
    title: str
    original: list[tuple[str, bool]]
    original_language: str
    news: str
    reasons: list[str]
    who: str
    what: str
    by_when: str
    in_force: str
    source_url: str
    page_url: str
    late: str
    deadline: dt.date | None
    days_left: int | None
    gist: list[str] = field(default_factory=list)
    internal: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, int, int]:
        """The most pressing first: level, days left, relevance."""
        days = 100_000 if self.days_left is None else self.days_left
        return -self.level.rank, days, -RELEVANCES.index(self.level.relevance)


def item(
    alert: Alert,
    about: Subject,
    event: Event | None,
    subscriptions: Mapping[int, Subscription],
    language: str,
    now: dt.datetime,
    known: dict[Any, Any] | None = None,
    who: Subscriber | None = None,
) -> Item:
    """Compose the line of an alert. `subscriptions` are those of the person that still run.

    `known` keeps what is the same for all readers of a language, for as long as a caller keeps it; `who` gets
    buttons to answer with.
    """
    notice = about.notice
    known = {} if known is None else known
    day = today(now)
    same = (notice.id, alert.version, alert.reason, alert.late, language, day)
    if same not in known:
        known[same] = _shared(alert, about, event, language, now)
    because = [c for c in alert.because if c["subscription_id"] in subscriptions]
    relevance = max((c["relevance"] for c in because), key=RELEVANCES.index, default="reference")
    graded = (notice.id, relevance, day)
    if graded not in known:
        known[graded] = about.level(relevance, day)
    mine = tuple(m["value"] for c in because for m in c["matched"] if m["what"] == "sector")
    titled = (notice.id, mine, language)
    if titled not in known:
        known[titled] = _title(about, mine, language)
    spans = [
        (m["start"], m["end"])
        for c in because
        for m in c["matched"]
        if m.get("field") == "title" and notice.title[m["start"] : m["end"]] == m.get("text")
    ]
    return Item(
        level=known[graded],
        title=known[titled],
        original=_pieces(notice.title, spans),
        original_language=notice.language or "und",
        reasons=[_reason(c, subscriptions[c["subscription_id"]], language) for c in because],
        answers=[] if who is None else _answers(who, notice, language),
        **known[same],
    )


def _answers(subscriber: Subscriber, notice: Notice, language: str) -> list[tuple[str, str]]:
    url = links.feedback_url(subscriber, key(notice))
    return [(text(f"letters.answer_{said}", language), f"{url}?answer={said}") for said in ANSWERS]


def _shared(
    alert: Alert, about: Subject, event: Event | None, language: str, now: dt.datetime
) -> dict[str, Any]:
    """The parts of a line that are the same for every reader."""
    notice = about.notice
    return {
        "news": _news(alert, event, language),
        "who": _who(notice, language),
        "what": clean(notice.products, LONGEST_FIELD),
        "by_when": _by_when(notice, language, now),
        "in_force": _in_force(notice, language, now),
        "source_url": notice.url if notice.url.startswith(("https://", "http://")) else "",
        "page_url": links.notice_url(key(notice)),
        "gist": gist(
            about,
            _members(notice, language),
            _sectors(about, [], language),
            _measures(about, language),
            language,
            now,
        ),
        "internal": _internal(notice, language, now),
        "late": text(f"letters.{alert.late}", language) if alert.late else "",
        "deadline": None if days_to_comment(notice, now) is None else notice.comment_deadline,
        "days_left": days_to_comment(notice, now),
    }


def _title(about: Subject, mine: Sequence[str], language: str) -> str:
    """The title, first the sectors (`mine`) by which the notice concerns the reader."""
    notice = about.notice
    sectors = _sectors(about, mine, language)
    return text(
        "letters.title" if sectors else "letters.title_without_sector",
        language,
        member=_members(notice, language),
        sectors=sectors,
        measure=_measures(about, language),
        kind=text(f"letters.kind_{notice.kind}", language),
    )


def _sectors(about: Subject, first: Sequence[str], language: str) -> str:
    tagged = [c for c in taxonomy.sectors() if c in about.tags.get("sector", ())]
    return _several([name_of("sector", c, language) for c in dict.fromkeys([*first, *tagged])], language)


def _measures(about: Subject, language: str) -> str:
    types = [
        name_of("measure_type", c, language) for c in taxonomy.measure_types() if c in about.measure_types
    ]
    return _several(types, language) or text("letters.some_measure", language)


def internal_deadline(notice: Notice) -> dt.date | None:
    """Our own deadline: so many days before the official one, in which comments are gathered."""
    if notice.comment_deadline is None:
        return None
    return notice.comment_deadline - dt.timedelta(days=settings().internal_lead_days)


def _internal(notice: Notice, language: str, now: dt.datetime) -> str:
    day = internal_deadline(notice)
    if day is None or days_to_comment(notice, now) is None or not settings().internal_lead_days:
        return ""
    days = (day - today(now)).days
    return text(
        "letters.internal_past" if days < 0 else "letters.internal",
        language,
        date=day.isoformat(),
        days=days,
        lead=settings().internal_lead_days,
    )


def _members(notice: Notice, language: str) -> str:
    names = [name_of("country", code, language) for code in notice.members]
    return _several(names, language) or clean(notice.agency, LONGEST_FIELD) or notice.source


def _who(notice: Notice, language: str) -> str:
    agency = clean(notice.agency, LONGEST_FIELD)
    members = _members(notice, language)
    return f"{members} · {agency}" if agency and agency != members else members


def _news(alert: Alert, event: Event | None, language: str) -> str:
    news = text(f"letters.reason_{alert.reason}", language)
    if alert.reason == "deadline_moved" and event is not None:
        unstated = text("letters.not_stated", language)
        return text(
            "letters.moved",
            language,
            news=news,
            before=clean(event.before, 40) or unstated,
            after=clean(event.after, 40) or unstated,
        )
    return news


def _by_when(notice: Notice, language: str, now: dt.datetime) -> str:
    end = closes_at(notice)
    if notice.comment_deadline is None or end is None:
        raw = clean(notice.comment_deadline_raw, 80)
        return text("letters.not_stated_raw" if raw else "letters.not_stated", language, raw=raw)
    days = days_to_comment(notice, now)
    return text(
        "letters.deadline_past" if days is None else "letters.deadline",
        language,
        date=notice.comment_deadline.isoformat(),
        days=days,
        local=end.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    )


def _in_force(notice: Notice, language: str, now: dt.datetime) -> str:
    if notice.in_force_on is None:
        raw = clean(notice.in_force_raw, 80)
        return text("letters.not_stated_raw" if raw else "letters.not_stated", language, raw=raw)
    days = days_to_force(notice, now)
    key = "letters.in_force_past" if days is None else "letters.in_force_in"
    return text(key, language, date=notice.in_force_on.isoformat(), days=days)


def _reason(because: dict[str, Any], subscription: Subscription, language: str) -> str:
    found = [_matched(entry, language) for entry in because["matched"]]
    return text(
        "letters.because" if found else "letters.because_all",
        language,
        name=describe(subscription, language),
        relevance=text(f"letters.relevance_{because['relevance']}", language),
        matched=text("letters.join", language).join(dict.fromkeys(found)),
    )


def _matched(entry: dict[str, Any], language: str) -> str:
    what = entry["what"]
    if what == "keyword":
        words = clean(entry["value"], LONGEST_FIELD)
        field = text(f"letters.field_{entry['field']}", language)
        return text(
            "letters.matched_keyword", language, word=words, field=field, found=clean(entry["text"], 80)
        )
    if what == "hs":
        return text("letters.matched_hs", language, stated=entry["value"], asked=entry["asked"])
    found = text(f"letters.matched_{what}", language, name=name_of(what, entry["value"], language))
    return f"{found} (“{clean(entry['text'], 80)}”)" if entry.get("text") else found


def _pieces(title: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The original title in pieces, each with whether it is a matched word."""
    shown = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
    pieces, at = [], 0
    for start, end in sorted(set(spans)):
        if at <= start < end <= len(shown):
            pieces += [(shown[at:start], False), (shown[start:end], True)]
            at = end
    pieces.append((shown[at:], False))
    return [(_inside(words), hit) for words, hit in pieces if words]


def _inside(words: str) -> str:
    """Like `clean`, keeping a space at either end."""
    before, after = words[:1].isspace(), words[-1:].isspace()
    return " " * before + clean(words, len(words) + 1) + " " * after
