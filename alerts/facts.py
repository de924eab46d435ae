"""The facts of one line of a letter, in the reader's language, from the ledger alone.

Whatever a publisher wrote is cut, stripped of line breaks and control characters, and left to the templates
to escape. Titles are composed from facts only; no number or date appears that does not stand in the notice.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alerts import links, titles
from alerts.dates import SHANGHAI, closes_at, days_to_comment, days_to_force, today
from alerts.gist import gist
from alerts.grounds import grounds
from alerts.interest import Subject
from alerts.ledger import is_correction, key, kind_of
from alerts.level import RELEVANCES, Level
from alerts.names import clean, name_of
from config.settings import settings
from config.texts import text
from database.tables import Alert, Event, Notice, Subscriber, Subscription

LONGEST_TITLE, LONGEST_FIELD = 240, 200
LONGEST_LINE, MOST_LINES = 400, 6
ANSWERS = ("handled", "not_for_us", "need_help")


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
    grounds: str = ""
    title_edited: bool = False
    gist_edited: bool = False
    notice_id: int = 0

    @property
    def order(self) -> tuple[int, int, int]:
        """The most pressing first: level, days left, relevance."""
        days = 100_000 if self.days_left is None else self.days_left
        return -self.level.rank, days, -RELEVANCES.index(self.level.relevance)


def unasked(notice: Notice) -> Alert:
    """An alert without any reader in mind, for a line about a notice."""
    return Alert(subscriber_id=0, notice_id=key(notice), version=notice.version, reason="new", because=[])


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
    graded = (notice.id, relevance, day, language)
    if graded not in known:
        known[graded] = (level := about.level(relevance, day)), grounds(level, language)
    mine = tuple(m["value"] for c in because for m in c["matched"] if m["what"] == "sector")
    titled = (notice.id, mine, language)
    if titled not in known:
        known[titled] = titles.title(notice, about.tags, language, about.edited, mine)
    headed = known[titled]
    spans = [
        (m["start"], m["end"])
        for c in because
        for m in c["matched"]
        if m.get("field") == "title" and notice.title[m["start"] : m["end"]] == m.get("text")
    ]
    return Item(
        notice_id=key(notice),
        level=known[graded][0],
        grounds=known[graded][1],
        title=clean(headed.words, LONGEST_TITLE),
        title_edited=headed.edited,
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
    lines, edited = gist_of(about, language, now)
    return {
        "news": _news(alert, event, language),
        "who": _who(notice, language),
        "what": clean(notice.products, LONGEST_FIELD),
        "by_when": _by_when(notice, language, now),
        "in_force": _in_force(notice, language, now),
        "source_url": notice.url if notice.url.startswith(("https://", "http://")) else "",
        "page_url": links.notice_url(key(notice)),
        "gist": lines,
        "gist_edited": edited,
        "internal": internal_words(notice, language, now),
        "late": text(f"letters.{alert.late}", language) if alert.late else "",
        "deadline": None if days_to_comment(notice, now) is None else notice.comment_deadline,
        "days_left": days_to_comment(notice, now),
    }


def gist_of(about: Subject, language: str, now: dt.datetime) -> tuple[list[str], bool]:
    """The lines of the gist, and whether an analyst wrote them; else they are composed."""
    if words := titles.written(about.edited, "gist_zh", language):
        lines = [clean(line, LONGEST_LINE) for line in words.splitlines() if line.strip()]
        return lines[:MOST_LINES], True
    who = titles.members(about.notice, language)
    named, measure = titles.sectors(about.tags, language), titles.measures(about.tags, language)
    return gist(about, who, named, measure, language, now), False


def internal_deadline(notice: Notice) -> dt.date | None:
    """Our own deadline: so many days before the official one, in which comments are gathered."""
    if notice.comment_deadline is None:
        return None
    return notice.comment_deadline - dt.timedelta(days=settings().internal_lead_days)


def internal_words(notice: Notice, language: str, now: dt.datetime) -> str:
    """Our own deadline with the days left to it; empty where none holds."""
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


def _who(notice: Notice, language: str) -> str:
    agency = clean(notice.agency, LONGEST_FIELD)
    members = titles.members(notice, language)
    return f"{members} · {agency}" if agency and agency != members else members


def _news(alert: Alert, event: Event | None, language: str) -> str:
    news = text(f"letters.reason_{kind_of(alert.reason)}", language)
    if (alert.reason == "deadline_moved" or is_correction(alert.reason)) and event is not None:
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
