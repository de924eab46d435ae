"""After "not for us": narrower rules for the one subscription that brought a notice, taken or undone.

Each would have kept this notice away. None is proposed that leaves out all of something the subscription asks
for by name, such as one of its markets, and none is taken that silences it: for that one ends it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts import wishes
from alerts.dates import today
from alerts.errors import InvalidSubscription
from alerts.interest import CHAPTER, HEADING, WITHOUT, Interest, Subject, subjects
from alerts.ledger import key
from alerts.names import clean, name_of
from alerts.preview import lately
from alerts.subscriptions import subscriptions
from alerts.words import Passage, find
from config import taxonomy
from config.texts import text
from database import types
from database.tables import Narrowing, Subscriber, Subscription

MOST_TOGETHER = 3  # codes in one rule: more would not be understood
WORD_LENGTH = (2, 40)


@dataclass(frozen=True)
class Proposal:
    """A rule for a subscription: to `field` (excludes, without) `added` is added.

    Of the letters of the last 30 days `before` lines came by this subscription, `after` would have.
    """

    subscription: Subscription
    field: str
    added: tuple[str, ...]
    before: int
    after: int


def proposals(session: Session, subscriber: Subscriber, notice_id: int) -> list[Proposal]:
    """Rules that would have kept the notice away, for each running subscription that it concerns."""
    about = subjects(session, [notice_id])[notice_id]
    found = []
    for one in subscriptions(session, subscriber):
        if Interest(one).relevance(about) is None:
            continue
        day = today(types.now())
        came = [subject for subject, _ in lately(session, Interest(one), day)]
        for field, added in _candidates(one, about):
            changed = _with(one, field, added)
            narrower = Interest(changed)
            if narrower.relevance(about) is None and not _takes_away(changed, day):
                after = sum(narrower.wants(subject, day) is not None for subject in came)
                found.append(Proposal(one, field, tuple(added), len(came), after))
    return found


def _with(one: Subscription, field: str, added: Iterable[str]) -> Subscription:
    return Subscription(**{**one.model_dump(), field: [*getattr(one, field), *added]})


def _candidates(one: Subscription, about: Subject) -> list[tuple[str, list[str]]]:
    """A word of the products, then HS headings, country, sectors, kinds of measure: from narrow to wide."""
    found: list[tuple[str, list[str]]] = [("excludes", [word]) for word in _words(one, about)]
    codes = dict.fromkeys(code[:HEADING] for code in about.hs)
    axes: dict[str, Sequence[str]] = {
        "hs": list(codes),
        **{kind: sorted(about.tags.get(kind, ())) for kind in WITHOUT[1:]},
    }
    for kind, named in axes.items():
        fresh = [f"{kind}:{code}" for code in named if f"{kind}:{code}" not in one.without]
        if 0 < len(fresh) <= MOST_TOGETHER:
            found.append(("without", fresh))
    return found


def _words(one: Subscription, about: Subject) -> list[str]:
    """The first product the notice names, unless it is what the subscription asks for."""
    for words in re.split(r"[;,，；、。()（）\n]", about.notice.products):
        word = clean(words, WORD_LENGTH[1] + 1).strip(" .")
        if not WORD_LENGTH[0] <= len(word) <= WORD_LENGTH[1] or not any(c.isalpha() for c in word):
            continue
        if not any(find(mine, Passage("", word)) for mine in one.keywords):
            return [word]
    return []


def _left_out(one: Subscription, day: dt.date) -> list[list[bool]]:
    """Of each product, place and kind of measure a subscription asks for, whether all of it is left out."""
    out = frozenset(one.without)
    products = [any(f"hs:{code[:n]}" in out for n in range(CHAPTER, len(code) + 1)) for code in one.hs]
    products += [f"sector:{code}" in out for code in one.sectors]
    places = [f"country:{code}" in out for code in one.countries]
    for code in one.markets:
        members = taxonomy.markets()[code].on(day) if code in taxonomy.markets() else ()
        places.append(bool(members) and all(f"country:{member}" in out for member in members))
    return [products, places, [f"measure_type:{code}" in out for code in one.measure_types]]


def _takes_away(one: Subscription, day: dt.date) -> bool:
    """Whether something the subscription asks for by name is left out altogether."""
    return any(map(any, _left_out(one, day)))


def _silences(one: Subscription, day: dt.date) -> bool:
    """Whether all the products, all the places, or all the kinds it asks for are left out."""
    products, places, kinds = _left_out(one, day)
    asked = [products if not one.keywords else [], places, kinds]
    return any(axis and all(axis) for axis in asked)


def rule(field: str, added: Iterable[str], language: str) -> str:
    """A rule in words."""
    join = text("letters.join", language)
    if field == "excludes":
        return text("letters.rule_excludes", language, words=join.join(f"“{word}”" for word in added))
    kind, names = "", []
    for one in added:
        kind, _, code = one.partition(":")
        names.append(f"HS {code}" if kind == "hs" else name_of(kind, code, language))
    return text(f"letters.rule_{kind}", language, names=join.join(names))


def accept(
    session: Session,
    subscriber: Subscriber,
    notice_id: int,
    subscription_id: int,
    field: str,
    added: Sequence[str],
) -> Narrowing:
    """Take a rule; what it adds is kept so that exactly that can be undone. Raises InvalidSubscription."""
    if field not in ("excludes", "without"):
        raise InvalidSubscription("rule", "choice", value=field[:40], known="excludes, without")
    one = _mine(session, subscriber, subscription_id)
    present = getattr(one, field)
    checked = wishes.checked({field: [*present, *added]})[field]
    fresh = [value for value in checked if value not in present]
    if _silences(_with(one, field, fresh), today(types.now())):
        raise InvalidSubscription("rule", "silent")
    setattr(one, field, [*present, *fresh])
    row = Narrowing(
        subscriber_id=key(subscriber),
        subscription_id=key(one),
        notice_id=notice_id,
        field=field,
        added=fresh,
        at=types.now(),
    )
    session.add_all([one, row])
    session.flush()
    return row


def undo(session: Session, subscriber: Subscriber, narrowing_id: int) -> None:
    """Take a rule back; the subscription looks back for what it missed. Raises InvalidSubscription."""
    row = session.get(Narrowing, narrowing_id)
    if row is None or row.subscriber_id != subscriber.id:
        raise InvalidSubscription("rule", "unknown_rule", value=narrowing_id)
    if row.undone_at is not None:
        return
    one = _mine(session, subscriber, row.subscription_id)
    setattr(one, row.field, [value for value in getattr(one, row.field) if value not in row.added])
    one.looked_back_at, row.undone_at = None, types.now()
    session.add_all([one, row])
    session.flush()


def _mine(session: Session, subscriber: Subscriber, subscription_id: int) -> Subscription:
    found = next((one for one in subscriptions(session, subscriber) if one.id == subscription_id), None)
    if found is None:
        raise InvalidSubscription("subscription", "unknown", value=subscription_id)
    session.refresh(found, with_for_update=True)
    return found


def taken(session: Session, subscriber: Subscriber, notice_id: int | None = None) -> Sequence[Narrowing]:
    """Rules the person took and has not undone, for one notice or all, newest first."""
    mine = select(Narrowing).where(
        Narrowing.subscriber_id == subscriber.id, col(Narrowing.undone_at).is_(None)
    )
    if notice_id is not None:
        mine = mine.where(Narrowing.notice_id == notice_id)
    return session.exec(mine.order_by(col(Narrowing.id).desc())).all()
