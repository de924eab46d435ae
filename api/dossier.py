"""What is known of a notice in one paper, for whoever prepares a comment on it."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, or_, select

from alerts import exposure, index
from alerts.dates import today
from alerts.facts import gist_of, internal_deadline
from alerts.grounds import grounds
from alerts.interest import Interest, Subject, subjects
from api import cases, editorial, notices, tags, timeline
from api.cards import due, spoken
from api.levels import graded
from api.papers.blocks import Block, Heading, Items, Paper, Table, Words
from api.reader import Reader
from api.steps import FEW, stepped
from config.settings import settings
from database.tables import Feedback, Notice, Product, Subscription, Tag

MOST_PRODUCTS = 5_000
MOST_ALIKE = 10
LONGEST_TEXT = 20_000
ANSWERS = ("handled", "not_for_us", "need_help")
CHUNK = 500


def paper(session: Session, reader: Reader, notice: Notice, now: dt.datetime) -> Paper:
    """Facts, affected trade, what is cited, what went before, and the publisher's words."""
    number = notices.identity(notice)
    about = subjects(session, [number])[number]
    codes = tags.of(session, [number])[number]
    published = editorial.published(session, [number]).get(number, editorial.NOTHING)
    title, original = spoken(reader, notice, codes, published)
    say = reader.say
    blocks: list[Block] = [Heading(say("facts")), _facts(session, reader, notice, codes, now)]
    gist, written = gist_of(about, reader.language, now)
    by = say("dossier.by_analyst" if written else "dossier.by_machine")
    blocks += [Heading(say("dossier.gist")), Words("\n".join(gist)), Words(by, quiet=True)]
    blocks += _card(reader, published)
    blocks += [Heading(say("dossier.trade")), *_trade(session, reader, about, now)]
    blocks += _cited(session, reader, notice, now)
    blocks += _earlier(session, reader, notice, codes)
    words = "\n\n".join(one for one in (notice.title, notice.products, notice.text) if one)
    blocks += [Heading(say("original")), Words(words[:LONGEST_TEXT])]
    blocks += [Words(say("dossier.cut"), quiet=True)] if len(words) > LONGEST_TEXT else []
    blocks += [Heading(say("people.brief_method")), Words(say("dossier.method", seen=reader.moment(now)))]
    own = f"{settings().public_url.rstrip('/')}/notices/{number}"
    blocks.append(
        Words("\n".join(one for one in (notice.url, own, _snapshot(session, notice)) if one), quiet=True)
    )
    return Paper(
        title=title,
        subtitle=" · ".join(
            one for one in (say("dossier.heading"), " ".join(notice.symbols), original) if one
        ),
        author=say("brand"),
        language=reader.language,
        foot=f"{say('brand')} · {say('dossier.heading')} · {number}",
        blocks=blocks,
    )


def _facts(session: Session, reader: Reader, notice: Notice, codes: tags.Tags, now: dt.datetime) -> Table:
    say, day, number = reader.say, reader.day, notices.identity(notice)
    level = graded(session, [notice], {number: codes}, today(now))[number]
    own, left = internal_deadline(notice), due(reader, notice, now)
    rows = [
        (say("fact_member"), reader.names("country", notice.members) or notice.agency or notice.source),
        (say("fact_published"), day(notice.published_on) or say("unstated")),
        (
            say("fact_deadline"),
            day(notice.comment_deadline) or notice.comment_deadline_raw or say("unstated"),
        ),
        (say("dossier.own_deadline"), day(own)),
        (say("fact_in_force"), day(notice.in_force_on) or notice.in_force_raw or say("unstated")),
        (say("dossier.left"), " ".join(one for one in (left.head, left.foot) if one)),
        (say("filter_level"), f"{say(f'letters.level_{level.name}')} · {grounds(level, reader.language)}"),
        ("HS / ICS", ", ".join([*notice.hs, *notice.ics])),
        *((say(f"filter_{kind}"), reader.names(kind, list(codes[kind]))) for kind in tags.KINDS),
    ]
    return Table(["", ""], [row for row in rows if row[1]], wide=True)


def _card(reader: Reader, published: Mapping[str, Any]) -> list[Block]:
    rows = [
        (reader.say(f"people.card_{name}"), reader.chinese(published["card"][name]))
        for name in editorial.CARD
        if published["card"].get(name)
    ]
    heading = Heading(reader.say("people.response_heading"))
    return [heading, Table(["", ""], rows, wide=True) if rows else Words(reader.say("people.not_assessed"))]


def _trade(session: Session, reader: Reader, about: Subject, now: dt.datetime) -> list[Block]:
    """Whom it concerns, in steps that single nobody out, and what they say they sell there."""
    say, (found,) = reader.say, index.concerned(session, [about], today(now), now)
    rows = []
    for relevance in ("direct", "broad"):
        numbers = sorted(found.get(relevance, ()))
        query = select(Subscription.subscriber_id).distinct()
        people: set[int] = set()
        for start in range(0, len(numbers), CHUNK):
            people.update(session.exec(query.where(col(Subscription.id).in_(numbers[start : start + CHUNK]))))
        rows.append((say(f"dossier.{relevance}"), stepped(len(people))))
    products = [
        one for one in _products(session, about.notice) if Interest(exposure.wish(one)).relevance(about)
    ]
    sellers = len({one.subscriber_id for one in products})
    stated = [exposure.dollars(one) for one in products if one.value is not None]
    rows.append((say("dossier.sellers"), stepped(sellers)))
    if sellers >= FEW:
        rows.append((say("dossier.value"), f"{sum(stated):,}"))
    said = Counter(session.exec(select(Feedback.answer).where(Feedback.notice_id == about.notice.id)))
    rows += [(say(f"dossier.said_{one}"), stepped(said[one])) for one in ANSWERS]
    return [Table(["", say("people.number")], rows), Words(say("dossier.trade_note"), quiet=True)]


def _products(session: Session, notice: Notice) -> Sequence[Product]:
    chapters = sorted({code[:2] for code in notice.hs})
    if not chapters:
        return []
    wanted = or_(*(col(Product.hs).startswith(one) for one in chapters))
    return session.exec(select(Product).where(wanted).order_by(col(Product.id)).limit(MOST_PRODUCTS)).all()


def _cited(session: Session, reader: Reader, notice: Notice, now: dt.datetime) -> list[Block]:
    """Standards and acts with the enforcement cases under each."""
    documents = timeline.documents(session, notice.measure_id) if notice.measure_id else [notice]
    under = {one.citation: one for one in cases.under(session, documents, now)}
    names = list(dict.fromkeys([*notice.standards, *under]))
    rows = [
        (one, *((str(under[one].in_a_year), str(under[one].from_china)) if one in under else ("0", "0")))
        for one in names
    ]
    head = [reader.say("dossier.cited"), reader.say("dossier.cases"), reader.say("dossier.from_china")]
    heading = Heading(reader.say("dossier.cited_heading"))
    return [heading, Table(head, rows) if rows else Words(reader.say("dossier.none"))]


def _earlier(session: Session, reader: Reader, notice: Notice, codes: tags.Tags) -> list[Block]:
    """The other documents of the measure; then what the same member notified on the same kind of product."""
    documents = timeline.documents(session, notice.measure_id) if notice.measure_id else []
    own = [one for one in documents if one.id != notice.id]
    query = select(Notice).where(Notice.id != notice.id, Notice.area == notice.area)
    for kind in ("sector", "country", "measure_type"):
        tagged = select(Tag.notice_id).where(Tag.kind == kind, col(Tag.code).in_(list(codes[kind])))
        query = query.where(col(Notice.id).in_(tagged))
    if notice.measure_id is not None:
        query = query.where(
            or_(col(Notice.measure_id).is_(None), col(Notice.measure_id) != notice.measure_id)
        )
    alike = session.exec(
        query.order_by(col(Notice.published_on).desc(), col(Notice.id).desc()).limit(MOST_ALIKE)
    ).all()
    found: list[Block] = []
    for name, some in (("dossier.documents", own), ("dossier.alike", alike)):
        rows = [
            (
                one.title or one.source_id,
                " · ".join([" ".join(one.symbols) or one.source_id, reader.day(one.published_on)]),
            )
            for one in some
        ]
        found += [Heading(reader.say(name)), Items(rows) if rows else Words(reader.say("dossier.none"))]
    return found


def _snapshot(session: Session, notice: Notice) -> str:
    kept = notices.snapshot(session, notice)
    return f"SHA-256 {kept.sha256} {kept.fetched_at:%Y-%m-%dT%H:%M:%SZ}" if kept else ""
