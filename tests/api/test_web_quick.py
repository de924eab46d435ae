"""The index of bitmaps answers as SQL does, also of what changed since it was made."""

import datetime as dt
import random
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from alerts import dates, grade
from api import facets, paging, period, quick, risk, saved
from api.filters import Filters
from classifier import tags
from database import search, types
from database.index import changes, making, shelf
from database.session import reading, unit_of_work
from database.tables import Label, Notice, NoticeCode, Posting

NOW = dt.datetime(2026, 3, 10, 4, 0, tzinfo=dt.UTC)
WORDS = (
    "toys",
    "玩具",
    "电动玩具",
    "安全",
    "food",
    "食品安全",
    "battery",
    "锂电池",
    "VNM",
    "9503",
    "safety",
    "茶叶",
)
TAGS = {
    "sector": ("toys-children", "food", "batteries-new-energy"),
    "market": ("US", "EU", "BRI", "OTHER"),
    "country": ("VNM", "USA", "EU"),
    "measure_type": ("recall", "labelling"),
}
QUERIES = (
    "",
    "toys",
    "玩具",
    "安全 food",
    "食品安全",
    "茶",
    "越南玩具",
    "9503",
    "EN71",
    "!",
    "safety 玩具",
    "电池",
)


class Maker:
    """Stores notices and changes them, by chance but the same ones every time."""

    def __init__(self, seed: int) -> None:
        self.random, self.n = random.Random(seed), 0

    def _day(self, share: float) -> dt.date | None:
        return NOW.date() + dt.timedelta(days=self.random.randrange(-9, 9)) if self.roll(share) else None

    def roll(self, share: float) -> bool:
        return self.random.random() < share

    def facts(self) -> dict[str, Any]:
        deadline = self._day(0.6)
        return {
            "title": " ".join(self.random.choices(WORDS, k=3)),
            "published_on": self._day(0.8),
            "comment_deadline": deadline,
            "closes_at": dt.datetime.combine(deadline, dt.time(22), dt.UTC) if deadline else None,
            "in_force_on": self._day(0.4),
            "withdrawn": self.roll(0.1),
            "level": self.random.choice(("blue", "yellow", "red")),
        }

    def store(self, session: Session) -> None:
        self.n += 1
        source = self.random.choice(("wto_eping", "us_federal_register"))
        notice = Notice(source=source, source_id=str(self.n), **self.facts())
        session.add(notice)
        session.flush()
        number = notice.id or 0
        if self.roll(0.5):
            code = self.random.choice(("9503", "950300", "8507"))
            session.add(NoticeCode(notice_id=number, scheme="hs", code=code))
        for kind, codes in TAGS.items():
            for code in self.random.sample(codes, self.random.randrange(0, 3)):
                session.add(Label(notice_id=number, kind=kind, code=code, by="rules"))
        session.flush()
        tags.refresh(session, number)
        search.index(session, notice)

    def change(self, session: Session, number: int) -> None:
        notice = session.get_one(Notice, number)
        for name, value in self.facts().items():
            setattr(notice, name, value)
        search.index(session, notice)
        tags.decide(session, number, "sector", "food", concerned=self.roll(0.5), by="a@example.org")

    def filters(self) -> Filters:
        asked: dict[str, Any] = {"q": self.random.choice(QUERIES)}
        for name, codes in {**TAGS, "source": ("wto_eping", "nobody"), "level": ("red", "yellow")}.items():
            if self.roll(0.2):
                asked[name] = self.random.sample(codes, 2 if self.roll(0.3) else 1)
        if self.roll(0.2):
            asked["hs"] = [self.random.choice(("95", "9503", "01"))]
        if self.roll(0.3):
            asked["open_for_comment"] = self.roll(0.6)
        for name in ("published", "deadline", "in_force"):
            for end in ("from", "to"):
                if self.roll(0.15):
                    asked[f"{name}_{end}"] = self._day(1)
        return Filters(**asked)


@pytest.fixture
def made(database: str, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """An index over notices of which some changed since, and some are newer than it."""
    monkeypatch.setattr(types, "now", lambda: NOW)
    monkeypatch.setattr(making, "FREQUENT", 12)
    monkeypatch.setattr(making, "ONE_OF", 1)
    monkeypatch.setattr(making, "WRITTEN", 7)
    monkeypatch.setattr(making, "OVERLAP", dt.timedelta())
    maker = Maker(7)
    with unit_of_work() as session:
        for _ in range(80):
            maker.store(session)
    monkeypatch.setattr(types, "now", lambda: NOW + dt.timedelta(minutes=1))
    assert making.make() > 20
    with unit_of_work() as session:
        for number in maker.random.sample(list(session.exec(select(Notice.id))), 9):
            maker.change(session, number or 0)
        for _ in range(9):
            maker.store(session)
    return maker


def _pages(session: Session, filters: Filters, sort: paging.Sort) -> list[tuple[int | None, bool, str]]:
    found, cursor = [], paging.Cursor(sort, NOW)
    while True:
        page = paging.page(session, filters, cursor, 7)
        found += [(one.id, place < page.stand, str(page.following)) for place, one in enumerate(page.notices)]
        if page.following is None:
            return found
        cursor = paging.read(str(page.following))


def _answers(session: Session, filters: Filters) -> list[Any]:
    facets._kept.clear()
    counts = facets.counts(session, filters, NOW)
    total = facets.total(session, filters, NOW)
    return [counts, total, *(_pages(session, filters, sort) for sort in get_args(paging.Sort))]


def test_bitmaps_answer_as_sql_does(made: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading() as session:
        assert [len(held) for _, held in quick.shelves(session) or []] == [71, 18]
        asked = [Filters(), *(Filters(q=query) for query in QUERIES), *(made.filters() for _ in range(30))]
        by_bitmaps = [_answers(session, filters) for filters in asked]
        monkeypatch.setattr(quick, "shelves", lambda _: None)
        by_sql = [_answers(session, filters) for filters in asked]
    for filters, here, there in zip(asked, by_bitmaps, by_sql, strict=True):
        assert here == there, filters
    assert sum(one[0].total.n > 0 for one in by_sql) > 20


def test_what_is_ahead_comes_in_the_same_order(made: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Filters(), *(Filters(q=query) for query in QUERIES), *(made.filters() for _ in range(30))]
    with reading() as session:
        found = [saved._ahead(session, filters, NOW) for filters in asked]
        assert [quick.ahead(session, one, NOW, dates.today(NOW), saved.MOST_DATED) for one in asked] == found
        first = [quick.ahead(session, one, NOW, dates.today(NOW), 5) for one in asked]
        assert first == [one[:5] for one in found]
    assert any(found)


def _risk(session: Session, first: dt.date, last: dt.date, seen: dt.datetime) -> list[Any]:
    some = period.Period(first, last, seen)
    return [
        period.figures(session, some),
        [period.tagged(session, some, kind) for kind in TAGS],
        risk.summary(session, first, last, some.moment, seen=seen),
        risk.summary(session, first, last, some.moment, ["EU"]),
    ]


def test_the_period_at_a_glance_is_counted_alike(made: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    day = NOW.date()
    with reading() as session:
        stored = session.exec(select(col(Notice.first_seen_at)).order_by(col(Notice.id))).all()
        asked = [
            (day - dt.timedelta(days=before), day + dt.timedelta(days=after), seen)
            for before, after, seen in (
                (9, 9, stored[40]),
                (3, 0, stored[-1]),
                (0, 5, stored[84]),
                (1, 1, NOW),
            )
        ]
        by_bitmaps = [_risk(session, *one) for one in asked]
        monkeypatch.setattr(quick, "shelves", lambda _: None)
        assert [_risk(session, *one) for one in asked] == by_bitmaps


def test_pages_neither_repeat_nor_skip_while_notices_arrive_and_change(made: Maker) -> None:
    with reading() as session:
        before = [one for one, _, _ in _pages(session, Filters(), "newest")]
    seen, cursor, arrived = list[int](), paging.Cursor("newest", NOW), set[int]()
    while True:
        with reading() as session:
            page = paging.page(session, Filters(), cursor, 7)
        seen += [one.id or 0 for one in page.notices]
        if page.following is None:
            break
        cursor = paging.read(str(page.following))
        with unit_of_work() as session:
            made.store(session)
            arrived |= {max(one or 0 for one in session.exec(select(Notice.id)))}
            changes.touch(session, seen[-1])
    assert [one for one in seen if one not in arrived] == before
    assert len(seen) == len(set(seen))


def test_words_that_stand_in_many_are_read_from_the_index(made: Maker) -> None:
    with reading() as session:
        words = session.exec(select(Posting.code).where(col(Posting.kind) == shelf.WORD)).all()
        assert "toys" in words
        assert "玩具" in words
        assert "锂电池" in words
        assert f"{search.TITLE}锂电池" in words
        (base, _), _ = quick.shelves(session) or []
        rare = {"nobody"}
        assert base.with_words(session, [("toys", False)]) & base.all
        assert not rare & set(words)


def test_too_much_changed_falls_back_to_sql(made: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[tuple[object, ...]]()
    monkeypatch.setattr(shelf.log, "warning", lambda *words: said.append(words))
    monkeypatch.setattr(shelf, "MOST_CHANGED", 17)
    with reading() as session:
        assert quick.shelves(session) is None
        assert quick.shelves(session) is None
        assert said == [("index_behind changed=%d", 18)]
        assert facets.total(session, Filters(), NOW).n == 89


def test_the_index_is_made_again_when_much_changed_and_forgets_what_it_knows(
    made: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading() as session:
        before = shelf.generation(session)
    monkeypatch.setattr(making, "FEW", 50)
    making.catch_up()
    with reading() as session:
        assert shelf.generation(session) == before
    monkeypatch.setattr(making, "WORTH", 10)
    monkeypatch.setattr(types, "now", lambda: NOW + dt.timedelta(minutes=9))
    making.catch_up()
    with reading() as session:
        assert shelf.generation(session) > before
        assert changes.numbers(session) == []
        assert session.exec(select(Posting.generation).distinct()).all() == [shelf.generation(session)]
        assert [len(held) for _, held in quick.shelves(session) or []] == [89, 0]


def test_a_level_that_time_changed_is_seen(made: Maker, client: TestClient) -> None:
    with reading() as session:
        number = next(one for one in session.exec(select(Notice.id)) if one not in changes.numbers(session))
    with unit_of_work() as session:
        notice = session.get_one(Notice, number)
        notice.level, notice.level_until = "orange", None  # of old, and no longer so
    grade.handle([number or 0])
    with reading() as session:
        now = session.get_one(Notice, number).level
        assert now != "orange"
        assert number in changes.numbers(session)
    found = client.get(f"/api/v1/notices?level={now}&limit=100").json()["items"]
    assert number in [one["id"] for one in found]


def test_without_many_notices_there_is_no_index_and_changes_do_not_pile_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "WORTH", 3)
    monkeypatch.setattr(making, "OVERLAP", -dt.timedelta(minutes=1))
    with unit_of_work() as session:
        for _ in range(5):
            Maker(1).store(session) if not changes.numbers(session) else changes.touch(session, 1)
    making.catch_up()
    with reading() as session:
        assert shelf.generation(session) == 0
        assert changes.numbers(session) == []


def test_a_page_says_exact_numbers_with_the_index(client: TestClient, made: Maker) -> None:
    page = client.get("/?q=玩具&lang=en")
    assert page.status_code == 200
    assert "+ notices" not in page.text
