import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlmodel import Session, delete

from alerts import index as indexes
from alerts import match, subscriptions
from alerts.index import Index
from alerts.interest import Interest, Subject, subject
from alerts.words import Passage, find, spelling, together
from bench.join import by_join, standing
from database.session import engine, reading, unit_of_work
from database.tables import Notice, Subscriber, Subscription, Tag

TODAY = dt.date(2026, 11, 21)
NOW = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)
# Few values, so that they meet: every rule of closeness and every kind of word has its chance.
SECTORS = ("household-appliances", "toys-children", "horizontal")
HS = ("85", "851", "8516", "85167", "851671", "9503", "950300", "95")
WORDS = (
    "kettle",
    "Kettles",
    "electric kettle",
    "电水壶",
    "水壶",
    "ＬＥＤ",
    "glass",
    "box",
    "é tude",
    "壶 led",
    "as",
)
TEXTS = (
    "electric  kettles",
    "KETTLE",
    "kettlesmith",
    "電水壺",
    "玻璃",
    "glasses",
    "boxes",
    "led壶 led",
    "Étude",
    "_as",
)
COUNTRIES = ("USA", "EU", "DEU", "VNM")
MARKETS = ("US", "EU", "BRI", "OTHER")
KINDS = ("safety", "ban-licence", "labelling")
OUT = (
    "hs:85",
    "hs:851671",
    "hs:95",
    "country:USA",
    "country:VNM",
    "sector:toys-children",
    "measure_type:safety",
)


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=3, unique=True)


WISHES = st.fixed_dictionaries(
    {
        "sectors": some(SECTORS),
        "hs": some(HS),
        "keywords": some(WORDS),
        "excludes": st.one_of(st.just([]), some(WORDS)),
        "markets": some(MARKETS),
        "countries": some(COUNTRIES),
        "measure_types": some(KINDS),
        "without": st.one_of(st.just([]), some(OUT)),
        "min_level": st.sampled_from(["blue", "blue", "yellow", "orange", "red"]),
        "state": st.sampled_from(
            ["runs", "runs", "runs", "unconfirmed", "ended", "paused", "was paused", "left"]
        ),
    }
)
PHRASE = st.lists(st.sampled_from(TEXTS), max_size=3).map(" ".join)
NOTICES = st.fixed_dictionaries(
    {
        "title": PHRASE,
        "products": PHRASE,
        "text": PHRASE,
        "hs": some(HS),
        "days": st.sampled_from([None, 3, 40, 100]),
        "sector": some(SECTORS),
        "market": some(MARKETS),
        "country": some(COUNTRIES),
        "measure_type": some(KINDS),
        "kin": st.one_of(st.none(), PHRASE),
    }
)


def subject_of(facts: dict[str, Any]) -> Subject:
    deadline = None if facts["days"] is None else TODAY + dt.timedelta(days=facts["days"])
    one = {name: facts[name] for name in ("title", "products", "text", "hs")}
    notice = Notice(id=1, source="s", source_id="1", published_on=TODAY, comment_deadline=deadline, **one)
    kinds = ("sector", "market", "country", "measure_type")
    tags = [Tag(notice_id=1, kind=kind, code=code) for kind in kinds for code in facts[kind]]
    kin = [] if facts["kin"] is None else [Notice(id=2, source="s", source_id="2", title=facts["kin"])]
    return subject(notice, tags, kin)


def store(session: Session, number: int, wish: dict[str, Any]) -> None:
    state = wish.pop("state")
    person = Subscriber(id=number, email=f"{number}@example.org", token=f"p{number}", confirmed_at=NOW)
    person.ended_at = NOW if state == "left" else None
    one = Subscription(id=number, subscriber_id=number, token=f"s{number}", confirmed_at=NOW, **wish)
    one.confirmed_at = None if state == "unconfirmed" else NOW
    one.ended_at = NOW if state == "ended" else None
    pauses = {"paused": NOW + dt.timedelta(days=1), "was paused": NOW - dt.timedelta(days=1)}
    one.paused_until = pauses.get(state)
    session.add(person)
    session.flush()
    session.add(one)


def by_index(one: Index, about: Subject) -> dict[int, str]:
    return {number: name for name, bits in one.concerned(about, TODAY, NOW).items() for number in bits}


def one_by_one(session: Session, about: Subject) -> dict[int, str]:
    return {
        interest.subscription.id or 0: found.relevance
        for interest in match.interested(session)
        if (found := interest.wants(about, TODAY)) is not None
    }


@pytest.mark.backends("sqlite")
@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(WISHES, min_size=1, max_size=12), notices=st.lists(NOTICES, min_size=1, max_size=4))
def test_the_index_answers_like_each_subscription_alone_and_like_plain_sql(
    database: str, clock: Any, wishes: list[dict[str, Any]], notices: list[dict[str, Any]]
) -> None:
    clock.at = NOW
    grown, built = Index(), Index()
    with unit_of_work() as session:
        session.execute(delete(Subscription))
        session.execute(delete(Subscriber))
    for number, wish in enumerate(wishes, 1):
        with unit_of_work() as session:
            store(session, number, dict(wish))
        with reading() as session:
            grown.refresh(session)
    clock.at = NOW
    with reading() as session:
        built.refresh(session)
        raw = engine().raw_connection().driver_connection
        for facts in notices:
            about = subject_of(facts)
            expected = one_by_one(session, about)
            assert by_index(built, about) == expected
            assert by_index(grown, about) == expected
            assert by_join(raw, about, standing(about, WORDS), TODAY, NOW) == expected


@examples(max_examples=400, deadline=None)
@given(
    word=st.one_of(
        st.sampled_from(WORDS), st.text("abes_ 电壶éÉＡ-", min_size=1, max_size=6).filter(str.strip)
    ),
    text=st.one_of(PHRASE, st.text("abes_ 电壶éÉＡ-\n", max_size=20)),
)
def test_a_word_is_found_among_many_exactly_where_it_is_found_alone(word: str, text: str) -> None:
    passage, one = Passage("title", text), spelling(word)
    where = together(passage)
    places = [at for at in range(len(where)) if where.startswith(one.text, at)]
    found = any(one.stands(where, at, at + len(one.text)) for at in places)
    assert found == (find(word, passage) is not None)


def test_the_index_follows_every_way_a_subscription_changes(world: Any, clock: Any) -> None:
    about = subject_of(
        {
            "title": "kettle", "products": "", "text": "", "hs": ["851671"], "days": None, "sector": [],
            "market": [], "country": [], "measure_type": [], "kin": None,
        }
    )  # fmt: skip
    one = Index()

    def seen() -> set[int]:
        with reading() as session:
            one.refresh(session)
            answer = set(by_index(one, about))
            assert answer == set(one_by_one(session, about))
            return answer

    assert seen() == set()
    first = world.reader(hs=["8516"])
    second = world.reader("wang@firm.example.org", keywords=["kettle"])
    assert seen() == {first.id, second.id}
    with unit_of_work() as session:
        person = session.get_one(Subscriber, first.subscriber_id)
        subscriptions.change(session, person, first.id, hs=["9503"])
    assert seen() == {second.id}
    clock.forward(days=-1)  # the machine's clock is set back
    with unit_of_work() as session:
        person = session.get_one(Subscriber, first.subscriber_id)
        subscriptions.change(session, person, first.id, hs=["85"])
        session.get_one(Subscriber, second.subscriber_id).ended_at = clock.at
    third = world.reader("zhao@firm.example.org", keywords=["KETTLE", "new word"])
    assert seen() == {first.id, third.id}
    with unit_of_work() as session:
        session.execute(subscriptions.update(Subscriber).values(ended_at=None))
    assert seen() == {first.id, second.id, third.id}
    with unit_of_work() as session:
        subscriptions.pause(
            session, session.get_one(Subscriber, third.subscriber_id), clock.at + dt.timedelta(1)
        )
    assert len(one.paused) == 0
    with reading() as session:
        assert one.refresh(session) == 1
    assert third.id in one.paused


def test_many_fresh_words_are_taken_into_the_great_automaton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "MOST_FRESH_WORDS", 3)
    words = indexes._Words()
    found = []
    for number, word in enumerate(["kettle", "toaster", "壶", "iron", "Kettle", "oven"]):
        words.add({word: [number]})
        found.append([list(bits) for bits in words.found("kettle iron oven 水壶")])
    assert sorted(map(tuple, found[-1])) == [(0,), (2,), (3,), (4,), (5,)]


def test_what_one_process_changes_the_index_of_another_sees_before_its_next_answer(world: Any) -> None:
    world.reader(hs=["8516"])
    notice = world.notice(hs=["851671"])
    with reading() as session:
        about = match.subjects(session, [notice])[notice]
        (before,) = indexes.concerned(session, [about], TODAY, NOW)
    late = world.reader("wang@firm.example.org", hs=["851671"])
    with reading() as session:
        (after,) = indexes.concerned(session, [about], TODAY, NOW)
    assert set(after["direct"]) - set(before["direct"]) == {late.id}
    assert Interest(late).wants(about, TODAY) is not None
