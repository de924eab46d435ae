"""Whether a notice concerns a subscription, how closely, and by which words.

A subscription asks three questions; one it leaves empty asks nothing, and within one any answer will do:
what (HS codes, keywords, sectors), where (markets, countries), which kind of measure (measure types).

    direct     an HS code of four digits or more covers a six-digit code the publisher stated,
               or a keyword stands in title or products
    broad      HS codes overlap otherwise (a heading, or a chapter against a finer code),
               a sector, or a keyword in the running text
    reference  chapter against chapter, a horizontal measure, or a subscription that names no product
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session, col, select

from alerts.level import LEVELS, RELEVANCES, Level, level
from alerts.standing import NONE, Standing, standings
from alerts.words import Passage, find
from config import taxonomy
from database.tables import Editorial, Label, Notice, Subscription, Tag

FOLLOW_UPS = ("addendum", "corrigendum", "revision", "supplement")
HORIZONTAL = "horizontal"
CHAPTER, HEADING, SUBHEADING = 2, 4, 6
WITHOUT = ("hs", "country", "sector", "measure_type")  # axes on which a subscription may leave things out


@dataclass(frozen=True)
class Match:
    """Why a notice concerns a subscription."""

    relevance: str
    matched: list[dict[str, Any]]

    @property
    def rank(self) -> int:
        """0 for reference to 2 for direct."""
        return RELEVANCES.index(self.relevance)


@dataclass(frozen=True)
class Subject:
    """What a notice is about, prepared once for all subscriptions."""

    notice: Notice
    tags: Mapping[str, frozenset[str]]
    hs: tuple[str, ...]
    passages: tuple[Passage, ...]
    evidence: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    standing: Standing = NONE
    edited: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measure_types(self) -> frozenset[str]:
        """Codes of what the measure does."""
        return self.tags.get("measure_type", frozenset())

    def level(self, relevance: str, today: dt.date) -> Level:
        """How pressing it is for whom it concerns with that relevance."""
        said = self.standing
        return level(self.notice, self.measure_types, relevance, today, red=said.red, steps=said.steps)


def subjects(
    session: Session,
    notice_ids: Iterable[int],
    *,
    red: bool = False,
    instead: Mapping[int, Collection[tuple[str, str]]] | None = None,
) -> dict[int, Subject]:
    """Load notices with their tags; a follow-up is also about what its measure's other notices are about.

    A notice may be called red when a person approved it, or when asked as if one had (`red`). `instead`: tags
    (kind, code) of some notices that they do not have now, to see what would follow.
    """
    ids = list(notice_ids)
    notices = session.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
    measures = {n.measure_id for n in notices if n.kind in FOLLOW_UPS and n.measure_id is not None}
    others = (
        session.exec(select(Notice).where(col(Notice.measure_id).in_(measures))).all() if measures else ()
    )
    family = {n.id: n for n in [*notices, *others]}
    tags: dict[int, list[Tag]] = {}
    for tag in session.exec(select(Tag).where(col(Tag.notice_id).in_(family))):
        tags.setdefault(tag.notice_id, []).append(tag)
    for number, pairs in (instead or {}).items():
        tags[number] = [Tag(notice_id=number, kind=kind, code=code) for kind, code in pairs]
    evidence: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    for label in session.exec(select(Label).where(col(Label.notice_id).in_(ids))):
        if label.evidence:
            evidence.setdefault(label.notice_id, {})[label.kind, label.code] = label.evidence[0]
    said = standings(session, ids)
    edited = dict(
        session.exec(
            select(Editorial.notice_id, Editorial.published).where(col(Editorial.notice_id).in_(ids))
        ).all()
    )
    found = {}
    for notice in notices:
        kin = [notice]
        if notice.kind in FOLLOW_UPS and notice.measure_id is not None:
            kin += [o for o in others if o.measure_id == notice.measure_id and o.id != notice.id]
        kept = [tag for one in kin for tag in tags.get(one.id or 0, [])]
        number = notice.id or 0
        standing = said.get(number, NONE)
        found[number] = replace(
            subject(notice, kept, kin[1:], evidence.get(number, {})),
            standing=replace(standing, red=True) if red else standing,
            edited=edited.get(number) or {},
        )
    return found


def subject(
    notice: Notice,
    tags: Iterable[Tag],
    kin: Sequence[Notice] = (),
    evidence: Mapping[tuple[str, str], dict[str, Any]] | None = None,
) -> Subject:
    """Prepare a notice; `kin` are the other notices of the measure it follows up."""
    by_kind: dict[str, set[str]] = {}
    for tag in tags:
        by_kind.setdefault(tag.kind, set()).add(tag.code)
    codes = [code[:SUBHEADING] for one in (notice, *kin) for code in one.hs if len(code) >= CHAPTER]
    passages = [  # those that say most first: a word counts where it is found first
        Passage("title", notice.title),
        Passage("products", notice.products),
        *(Passage("measure", f"{one.title} {one.products}") for one in kin),
        Passage("text", notice.text),
    ]
    return Subject(
        notice,
        {kind: frozenset(codes) for kind, codes in by_kind.items()},
        tuple(dict.fromkeys(codes)),
        tuple(p for p in passages if p.text.strip()),
        evidence or {},
    )


def facets(about: Subject) -> list[list[list[str]]]:
    """What a notice is about, as `Subscription.without` names it: for each axis its facts by all their names.

    A notice is left out when it is only about what was excluded: on one axis, each fact has an excluded name.
    """
    codes = [[f"hs:{code[:n]}" for n in range(CHAPTER, len(code) + 1)] for code in about.hs]
    tagged = {
        kind: [[f"{kind}:{code}"] for code in sorted(about.tags.get(kind, ())) if code != HORIZONTAL]
        for kind in WITHOUT[1:]
    }
    return [codes, *tagged.values()]


def hs_relevance(asked: str, stated: str) -> str | None:
    """How closely two HS prefixes meet; None when neither covers the other."""
    if not (asked.startswith(stated) or stated.startswith(asked)):
        return None
    if len(stated) >= SUBHEADING and len(asked) >= HEADING:
        return "direct"
    return "reference" if len(asked) == len(stated) == CHAPTER else "broad"


def _best(found: Sequence[tuple[str, dict[str, Any]]]) -> str:
    return max((relevance for relevance, _ in found), key=RELEVANCES.index)


class Interest:
    """A subscription, ready to be held against notices."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.sectors = frozenset(subscription.sectors)
        self.markets = frozenset(subscription.markets)
        self.countries = frozenset(subscription.countries)
        self.measure_types = frozenset(subscription.measure_types)
        self.without = frozenset(subscription.without)

    def relevance(self, about: Subject) -> Match | None:
        """How closely a notice concerns the subscription, and by which words; None: it does not."""
        places = self._places(about)
        if places is None:
            return None
        if self.measure_types and not self.measure_types & about.measure_types:
            return None
        products = self._products(about)
        if not products or self._excluded(about):
            return None
        kinds = [
            {"what": "measure_type", "value": code}
            for code in sorted(self.measure_types & about.measure_types)
        ]
        matched = [entry for _, entry in products if entry["value"]]
        return Match(_best(products), [*matched, *places, *kinds])

    def wants(self, about: Subject, today: dt.date) -> Match | None:
        """The match, unless its level is below what the subscription asks for."""
        match = self.relevance(about)
        if match is None:
            return None
        rank = about.level(match.relevance, today).rank
        return match if rank >= LEVELS.index(self.subscription.min_level) else None

    def _products(self, about: Subject) -> list[tuple[str, dict[str, Any]]]:
        asked = self.subscription
        if not (asked.hs or asked.keywords or self.sectors):
            return [("reference", {"what": "all", "value": ""})]
        found: list[tuple[str, dict[str, Any]]] = [
            (relevance, {"what": "hs", "value": stated, "asked": prefix})
            for prefix in asked.hs
            for stated in about.hs
            if (relevance := hs_relevance(prefix, stated))
        ]
        for word in asked.keywords:
            for passage in about.passages:
                if place := find(word, passage):
                    relevance = "broad" if passage.field == "text" else "direct"
                    found.append((relevance, {"what": "keyword", "value": word, **_quote(passage, place)}))
                    break
        tagged = about.tags.get("sector", frozenset())
        for code in sorted(tagged & self.sectors | tagged & {HORIZONTAL}):
            relevance = "reference" if code == HORIZONTAL else "broad"
            entry = {"what": "sector", "value": code, **about.evidence.get(("sector", code), {})}
            found.append((relevance, entry))
        return found

    def _places(self, about: Subject) -> list[dict[str, Any]] | None:
        """The markets and countries that match; None when some were asked for and none does."""
        if not (self.markets or self.countries):
            return []
        markets = about.tags.get("market", frozenset()) & self.markets
        tagged = about.tags.get("country", frozenset())
        countries = tagged & self.countries
        if "EU" in tagged and "EU" not in countries:
            # A measure of the Union holds in each of its members.
            day = about.notice.published_on or dt.datetime.now(dt.UTC).date()
            countries |= self.countries & taxonomy.markets()["EU"].on(day)
        found = [{"what": "market", "value": code} for code in sorted(markets)]
        found += [{"what": "country", "value": code} for code in sorted(countries)]
        return found or None

    def _excluded(self, about: Subject) -> bool:
        if any(find(word, p) for word in self.subscription.excludes for p in about.passages):
            return True
        return bool(self.without) and any(
            all(not self.without.isdisjoint(names) for names in kind) for kind in facets(about) if kind
        )


def _quote(passage: Passage, place: tuple[int, int]) -> dict[str, Any]:
    start, end = place
    return {"field": passage.field, "start": start, "end": end, "text": passage.text[start:end]}
