"""Atom feeds: of a subscription, and of any list of notices.

What a reader keeps must stay true, so entries name dates, never "days left".
"""

import datetime as dt
import hashlib
import html
from collections.abc import Sequence
from email.utils import parseaddr
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from sqlmodel import Session

from alerts import links
from alerts.dates import SHANGHAI, closes_at
from alerts.facts import Item, describe, item, unasked
from alerts.followed import events, followed
from alerts.interest import Subject, subjects
from alerts.ledger import key
from alerts.letter import LANGUAGE_TAGS
from config.settings import settings
from config.texts import text
from database import types
from database.tables import Alert, Notice

MOST_ENTRIES = 100
TAG_YEAR = "2026"  # RFC 4151: a year in which the host was ours
CONTENT_TYPE = "application/atom+xml; charset=utf-8"


def feed(session: Session, token: str) -> bytes | None:
    """The feed of the subscription with this token; None when no running one has it.

    The bytes change only when their content does, so their hash may serve as an ETag.
    """
    found = followed(session, token, MOST_ENTRIES)
    if found is None:
        return None
    language = found.subscriber.language
    subscription = found.subscription
    title = text("channels.feed_title", language, name=describe(subscription, language))
    out = _frame(title, f"subscription/{subscription.id}", links.feed_url(subscription), "/", language)
    known = events(session, found)
    newest = subscription.created_at
    for alert in found.alerts:
        notice = found.about[alert.notice_id].notice
        line = item(
            alert,
            found.about[alert.notice_id],
            known.get((alert.notice_id, alert.version, alert.reason)),
            {key(subscription): subscription},
            language,
            types.now(),
        )
        entry = _entry(notice, line, found.about[alert.notice_id], language)
        entry.id(_tag(f"notice/{alert.notice_id}/{alert.version}/{alert.reason}"))
        entry.title(_xml(f"{line.news} · {line.title}" if alert.reason != "new" else line.title))
        entry.published(alert.created_at)
        entry.updated(_updated(alert, notice))
        out.add_entry(entry, order="append")
        newest = max(newest, _updated(alert, notice))
    out.updated(newest)
    return bytes(out.atom_str(pretty=True))


def listed(
    session: Session, notices: Sequence[Notice], title: str, own: str, page: str, language: str
) -> bytes:
    """The feed of a list of notices; `own` is its address, `page` that of the list as a page."""
    out = _frame(title, f"list/{hashlib.sha256(page.encode()).hexdigest()[:16]}", own, page, language)
    about = subjects(session, [key(one) for one in notices])
    for notice in notices:
        line = item(unasked(notice), about[key(notice)], None, {}, language, types.now())
        entry = _entry(notice, line, about[key(notice)], language)
        entry.id(_tag(f"notice/{notice.id}"))
        entry.title(_xml(line.title))
        entry.published(notice.first_seen_at)
        entry.updated(notice.changed_at)
        out.add_entry(entry, order="append")
    # A list without entries has no moment of its own; it must not look changed each time it is read.
    out.updated(max((one.changed_at for one in notices), default=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    return bytes(out.atom_str(pretty=True))


def _frame(title: str, identity: str, own: str, page: str, language: str) -> FeedGenerator:
    out = FeedGenerator()
    out.id(_tag(identity))
    out.title(_xml(title))
    out.subtitle(text("channels.feed_subtitle", language))
    out.language(LANGUAGE_TAGS[language])
    out.author(name=_xml(parseaddr(settings().mail_from)[0] or "TBT Early Warning"))
    out.link(href=own, rel="self", type="application/atom+xml")
    out.link(href=settings().public_url.rstrip("/") + page, rel="alternate", type="text/html")
    return out


def _entry(notice: Notice, line: Item, about: Subject, language: str) -> FeedEntry:
    """What an entry says of a notice, whoever reads it."""
    entry = FeedEntry()
    # feedgen 1.0.0 forgets the rel of an entry's link, and two alternates would be invalid: the source's
    # address stands in the text.
    entry.link(href=line.page_url)
    for kind in ("country", "sector", "measure_type"):
        for code in sorted(about.tags.get(kind, ())):
            entry.category(term=_xml(code), scheme=_tag(kind))
    entry.content(_xml(_html(notice, line, language)), type="html")
    return entry


def _updated(alert: Alert, notice: Notice) -> dt.datetime:
    """A newer version of the notice shows the entry as changed."""
    return max(alert.created_at, notice.changed_at)


def _html(notice: Notice, line: Item, language: str) -> str:
    rows = [(text("letters.label_why", language), reason) for reason in line.reasons]
    rows += [
        (text("letters.label_who", language), line.who),
        (text("letters.label_what", language), line.what),
        (text("letters.label_by_when", language), comment_until(notice, language)),
        (text("letters.label_in_force", language), _in_force(notice, language)),
    ]
    original = "".join(words for words, _ in line.original)
    paragraphs = [
        f"<p>{html.escape(line.news)}{html.escape(' · ' + line.late) if line.late else ''}</p>",
        f'<p lang="{html.escape(line.original_language)}" dir="auto">{html.escape(original)}</p>',
        *(f"<p><b>{html.escape(name)}</b> {html.escape(value)}</p>" for name, value in rows if value),
        _source(line.source_url, language),
        f"<p><small>{html.escape(_made_by(line, language))}</small></p>",
    ]
    return "".join(paragraphs)


def _made_by(line: Item, language: str) -> str:
    return text("letters.edited" if line.title_edited else "letters.machine", language)


def _source(url: str, language: str) -> str:
    if not url:
        return ""
    return f'<p><a href="{html.escape(url)}">{html.escape(text("letters.label_source", language))}</a></p>'


def comment_until(notice: Notice, language: str) -> str:
    """The deadline as a date and an hour in Beijing, or that none is stated."""
    end = closes_at(notice)
    if notice.comment_deadline is None or end is None:
        return text("letters.not_stated", language)
    local = end.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return text("channels.comment_until", language, date=notice.comment_deadline.isoformat(), local=local)


def _in_force(notice: Notice, language: str) -> str:
    return notice.in_force_on.isoformat() if notice.in_force_on else text("letters.not_stated", language)


def _tag(what: str) -> str:
    """A tag URI (RFC 4151): an identity that is no address and survives a change of pages."""
    host = urlsplit(settings().public_url).hostname or "localhost"
    return f"tag:{host},{TAG_YEAR}:{what}"


def _xml(words: str) -> str:
    """Without the characters XML cannot hold, which a publisher may yet have written."""
    return "".join(
        c
        for c in words
        if c in "\t\n\r" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) & 0xFFFE != 0xFFFE)
    )
