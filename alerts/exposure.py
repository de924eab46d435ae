"""What is open and coming for a person's products, by how much of their trade it touches.

    points = value x relevance x level x time

value: what the product sells there in a year, in US dollars; relevance: 1 direct, 0.4 broad, 0.1 reference;
level: 4 red, 3 orange, 2 yellow, 1 blue; time: 1 up to 14 days, 0.6 up to 60, 0.3 beyond. Plain factors, so
that anybody can compute the number again by hand; they say what to look at first and forecast nothing.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from alerts.dates import today
from alerts.interest import CHAPTER, FOLLOW_UPS, HORIZONTAL, SUBHEADING, Interest, Subject, subjects
from alerts.level import LATER, SOON, Level
from alerts.match import AHEAD_DAYS, is_ahead
from alerts.wishes import MARKETS_BESIDES
from config import taxonomy
from config.settings import settings
from database.tables import Notice, NoticeCode, Product, Subscription, Tag

# Tenths, so that sums are exact.
RELEVANCE = {"direct": 10, "broad": 4, "reference": 1}
LEVEL = {"red": 4, "orange": 3, "yellow": 2, "blue": 1}
NEAR, MIDDLE, FAR = 10, 6, 3
UNSTATED_VALUE = 100_000
MOST_READ = 1_000
CHUNK = 250


@dataclass(frozen=True)
class Share:
    """What one product adds to the points of a notice."""

    product: Product
    relevance: str
    level: Level

    @property
    def value(self) -> int:
        """A year's sales in US dollars."""
        return dollars(self.product)

    @property
    def factors(self) -> tuple[int, int, int]:
        """Relevance in tenths, level, time in tenths."""
        days = self.level.days_left
        time = NEAR if days is not None and days <= SOON else FAR if days is None or days > LATER else MIDDLE
        return RELEVANCE[self.relevance], LEVEL[self.level.name], time

    @property
    def points(self) -> int:
        """Their product, rounded."""
        relevance, level, time = self.factors
        return (self.value * relevance * level * time + 50) // 100


@dataclass(frozen=True)
class Exposed:
    """A notice with what it touches; `others`: further documents of its measure that do too."""

    about: Subject
    shares: Sequence[Share]
    others: int = 0

    @property
    def points(self) -> int:
        """The points of all products together."""
        return sum(one.points for one in self.shares)


def dollars(product: Product) -> int:
    """What a product sells in a year, in US dollars; a stand-in while it is not stated."""
    if product.value is None:
        return UNSTATED_VALUE
    return product.value if product.currency == "USD" else round(product.value / settings().cny_per_usd)


def sectors_of(hs: str) -> list[str]:
    """The sectors a code belongs to: that of its longest known beginning, else all it covers."""
    prefixes = [(prefix, code) for code, one in taxonomy.sectors().items() for prefix in one.hs]
    covering = max(
        (pair for pair in prefixes if hs.startswith(pair[0])), key=lambda p: len(p[0]), default=None
    )
    if covering:
        return [covering[1]]
    return list(dict.fromkeys(code for prefix, code in prefixes if prefix.startswith(hs)))


def wish(product: Product) -> Subscription:
    """The subscription that asks for a product."""
    # "EU" is a market and a member of the WTO: the market is wider.
    wide = product.market in (*taxonomy.markets(), *MARKETS_BESIDES)
    return Subscription(
        subscriber_id=0,
        token="",
        hs=[product.hs],
        sectors=sectors_of(product.hs),
        markets=[product.market] if wide else [],
        countries=[] if wide else [product.market],
    )


def ranked(session: Session, products: Sequence[Product], now: dt.datetime) -> list[Exposed]:
    """The most exposed first; of several documents of a measure the most exposed stands for all."""
    if not products:
        return []
    asking = [(one, Interest(wish(one))) for one in products]
    day, measures = today(now), dict[tuple[str, int | None], list[Exposed]]()
    for about in _subjects(session, _candidates(session, products, now)):
        if not is_ahead(about.notice, now):
            continue
        shares = [
            Share(product, match.relevance, about.level(match.relevance, day))
            for product, interest in asking
            if (match := interest.relevance(about)) is not None
        ]
        if shares:
            shares.sort(key=lambda one: (-one.points, one.product.hs, one.product.market))
            number = about.notice.measure_id
            place = ("measure", number) if number is not None else ("notice", about.notice.id)
            measures.setdefault(place, []).append(Exposed(about, shares))
    best = []
    for some in measures.values():
        some.sort(key=_order)
        best.append(Exposed(some[0].about, some[0].shares, len(some) - 1))
    return sorted(best, key=_order)


def _order(one: Exposed) -> tuple[int, int, int]:
    days = min((s.level.days_left for s in one.shares if s.level.days_left is not None), default=100_000)
    return -one.points, days, -(one.about.notice.id or 0)


def _subjects(session: Session, ids: Sequence[int]) -> Iterator[Subject]:
    for start in range(0, len(ids), CHUNK):
        yield from subjects(session, ids[start : start + CHUNK]).values()


def _candidates(session: Session, products: Iterable[Product], now: dt.datetime) -> list[int]:
    """What may concern the products: still ahead, of their sectors or codes. The nearest first."""
    day = today(now)
    codes = {one.hs for one in products}
    ahead = or_(
        col(Notice.closes_at) > now,
        and_(col(Notice.closes_at).is_(None), col(Notice.comment_deadline) >= day),
        col(Notice.in_force_on).between(day, day + dt.timedelta(days=AHEAD_DAYS)),
    )
    kin = aliased(Notice)
    follows = and_(col(Notice.kind).in_(FOLLOW_UPS), col(kin.measure_id) == col(Notice.measure_id))
    meant = exists().where(or_(col(kin.id) == col(Notice.id), follows), _touches(kin, codes))
    found = session.exec(
        select(Notice.id)
        .where(col(Notice.withdrawn).is_(False), Notice.tags_sha256 != "", ahead, meant)
        .order_by(col(Notice.closes_at).is_(None), col(Notice.closes_at), col(Notice.id))
        .limit(MOST_READ)
    )
    return [number for number in found if number is not None]


def _touches(notice: Any, codes: set[str]) -> ColumnElement[bool]:
    """One of the codes, or of their sectors, is the notice's."""
    sectors = {HORIZONTAL, *(sector for code in codes for sector in sectors_of(code))}
    tagged = exists().where(
        col(Tag.notice_id) == notice.id, col(Tag.kind) == "sector", col(Tag.code).in_(sectors)
    )
    # Either covers the other: a stated code below ours, or one of the beginnings of ours.
    beginnings = {code[:n] for code in codes for n in range(CHAPTER, SUBHEADING + 1) if n <= len(code)}
    below = [col(NoticeCode.code).between(code, code.ljust(14, "9")) for code in codes]
    stated = exists().where(
        col(NoticeCode.notice_id) == notice.id,
        col(NoticeCode.scheme) == "hs",
        or_(col(NoticeCode.code).in_(beginnings), *below),
    )
    return or_(tagged, stated)
