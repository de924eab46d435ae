"""The weekly brief and the monthly report by mail, for people who log in. Each is issued once, whoever asks.

Their numbers are computed where pages are (pipeline/briefs.py) and stand in a row, beside the PDF that
letters carry; the letters are owed in the same unit of work, with the end of the period as their slot, so
that nobody is sent a period twice.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from alerts import links
from alerts.facts import item, unasked
from alerts.interest import subjects
from alerts.ledger import insert_new, key, new_letters
from alerts.level import LEVELS
from alerts.subscriptions import come_back, person
from config.texts import text
from database import types
from database.tables import Brief, BriefFile, BriefWish, Letter, Notice, Subscriber

KINDS = ("brief", "report")


def wishes(session: Session, email: str) -> set[str]:
    """Which of them somebody gets."""
    query = select(BriefWish.kind).join(Subscriber, col(Subscriber.id) == col(BriefWish.subscriber_id))
    return set(session.exec(query.where(Subscriber.email == email, col(Subscriber.ended_at).is_(None))))


def language_of(session: Session, email: str) -> str | None:
    """The language of somebody's letters; None for whoever gets none."""
    return session.exec(select(Subscriber.language).where(Subscriber.email == email)).first()


def choose(session: Session, email: str, language: str, kinds: Collection[str]) -> None:
    """From now on somebody gets exactly these. The address is that of a log-in, so it is confirmed by it."""
    who = person(session, email)
    if kinds:
        come_back(session, who)
        if who.confirmed_at is None:
            who.confirmed_at = types.now()
            who.consent = {"at": types.now().isoformat(), "text": "account"}
        who.language = language
        session.add(who)
    mine = col(BriefWish.subscriber_id) == key(who)
    session.execute(delete(BriefWish).where(mine, col(BriefWish.kind).not_in(list(kinds))))
    rows = [BriefWish(subscriber_id=key(who), kind=kind, since=types.now()) for kind in kinds]
    insert_new(session, rows)


def languages(session: Session, kind: str) -> list[str]:
    """The languages of those who asked for it; none: nobody did."""
    query = select(Subscriber.language).join(BriefWish, col(BriefWish.subscriber_id) == col(Subscriber.id))
    return sorted(session.exec(query.where(BriefWish.kind == kind).distinct()))


def is_issued(session: Session, kind: str, slot: dt.datetime) -> bool:
    """Whether the brief on this period went out already."""
    return session.exec(select(Brief.id).where(Brief.kind == kind, Brief.slot == slot)).first() is not None


def issue(session: Session, brief: Brief, files: Mapping[str, bytes]) -> int | None:
    """Keep a brief and owe it to all who asked for it; how many letters. None: another was quicker.

    `files`: the PDF by language. That of an earlier brief is forgotten: a letter so late has the links.
    """
    made = insert_new(session, [brief])
    if not made:
        return None
    earlier = select(Brief.id).where(Brief.kind == brief.kind, Brief.slot < brief.slot)
    session.execute(delete(BriefFile).where(col(BriefFile.brief_id).in_(earlier)))
    for language, body in files.items():
        session.add(BriefFile(brief_id=made[0], language=language, body=body))
    people = session.exec(
        select(BriefWish.subscriber_id)
        .join(Subscriber, col(Subscriber.id) == col(BriefWish.subscriber_id))
        .where(
            BriefWish.kind == brief.kind,
            col(Subscriber.confirmed_at).is_not(None),
            col(Subscriber.ended_at).is_(None),
        )
        .order_by(col(BriefWish.subscriber_id))
    ).all()
    letters = new_letters(session, people, brief.kind)
    for letter in letters:
        letter.slot = brief.slot
        session.add(letter)
    session.flush()
    return len(letters)


def is_wanted(session: Session, letter: Letter) -> bool:
    """Whether the person still asks for what the letter holds."""
    query = select(BriefWish.id).where(
        BriefWish.subscriber_id == letter.subscriber_id, BriefWish.kind == letter.kind
    )
    return session.exec(query).first() is not None


def newest(session: Session, most: int = 10) -> list[Brief]:
    """What was issued last."""
    return list(
        session.exec(select(Brief).order_by(col(Brief.slot).desc(), col(Brief.id).desc()).limit(most))
    )


def brought_by(session: Session, letter: Letter) -> Brief | None:
    """The brief that a letter holds."""
    return session.exec(select(Brief).where(Brief.kind == letter.kind, Brief.slot == letter.slot)).first()


def file(session: Session, letter: Letter, language: str) -> tuple[str, bytes] | None:
    """Name and content of the PDF a letter carries; None where it only links to it."""
    brief = brought_by(session, letter)
    if brief is None:
        return None
    query = select(BriefFile.body).where(BriefFile.brief_id == brief.id, BriefFile.language == language)
    body = session.exec(query).first()
    name = text(f"officials.file_{brief.kind}", language, last=brief.last.isoformat())
    return (f"{name}.pdf", body) if body is not None else None


def facts(session: Session, letter: Letter, language: str) -> tuple[str, dict[str, Any]]:
    """Subject and content of a letter that holds a brief; both empty if there is none."""
    brief = brought_by(session, letter)
    if brief is None:
        return "", {}
    named = {name: n for name, n, _ in brief.figures}
    subject = text(
        f"officials.subject_{brief.kind}", language,
        first=brief.first.isoformat(), last=brief.last.isoformat(), n=named.get("fig_new", 0),
    )  # fmt: skip
    page = links.absolute(brief.path)
    return subject, {
        "figures": [_figure(one, language) for one in brief.figures],
        "top": _top(session, brief.notices, language),
        "page": page,
        "files": [(kind, page.replace("?", f".{kind}?", 1)) for kind in ("pdf", "docx")],
        "number": text("people.brief_id", language, id=brief.number),
        "say": {
            name: text(f"officials.mail_{name}", language)
            for name in ("top", "open", "pdf", "word", "why", "attached")
        },
    }


def _figure(one: list[Any], language: str) -> str:
    name, n, before = one
    return text(
        "officials.mail_figure", language,
        name=text(f"people.{name}", language), n=n, before=before, change=f"{n - before:+d}",
    )  # fmt: skip


def _top(session: Session, ids: list[int], language: str) -> list[tuple[str, str, str]]:
    """Level, title and address of the notices that matter most."""
    about = subjects(session, ids, red=True)
    levels = dict(session.exec(select(Notice.id, Notice.level).where(col(Notice.id).in_(ids))).all())
    found = []
    for number in ids:
        if number in about and levels.get(number) in LEVELS:
            line = item(unasked(about[number].notice), about[number], None, {}, language, types.now())
            found.append((text(f"letters.level_{levels[number]}", language), line.title, line.page_url))
    return found
