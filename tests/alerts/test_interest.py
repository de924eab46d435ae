import datetime as dt

import pytest

from alerts.interest import Interest, hs_relevance, subject
from alerts.level import level
from database.tables import Notice, Subscription, Tag

TODAY = dt.date(2026, 11, 21)


def about(tags: dict[str, str] | None = None, **fields: object):
    fields.setdefault("title", "Electric kettles")
    notice = Notice(id=1, source="s", source_id="1", published_on=TODAY, **fields)
    return subject(notice, [Tag(notice_id=1, kind=kind, code=code) for code, kind in (tags or {}).items()])


def interest(**wish: object) -> Interest:
    return Interest(Subscription(id=1, subscriber_id=1, token="t", **wish))


@pytest.mark.parametrize(
    ("asked", "stated", "relevance"),
    [
        ("851671", "851671", "direct"),
        ("8516", "851671", "direct"),
        ("851671", "8516", "broad"),
        ("8516", "8516", "broad"),
        ("851671", "85", "broad"),
        ("85", "851671", "broad"),
        ("85", "85", "reference"),
        ("851671", "851672", None),
        ("8516", "8517", None),
    ],
)
def test_hs_codes_are_direct_only_down_to_six_digits(asked: str, stated: str, relevance: str | None) -> None:
    assert hs_relevance(asked, stated) == relevance


def test_a_chapter_alone_never_makes_a_six_digit_reader_directly_concerned() -> None:
    match = interest(hs=["851671"]).relevance(about(hs=["85"]))
    assert match is not None
    assert match.relevance == "broad"


def test_a_keyword_counts_however_far_down_the_text_it_stands() -> None:
    far = about(
        {"toys-children": "sector"},
        title="Rules",
        text="General provisions. " * 5_000 + "Annex 9: electric kettles.",
    )
    match = interest(keywords=["kettle"]).relevance(far)
    assert match is not None
    assert (match.relevance, match.matched[0]["start"]) == ("broad", 100_018)
    assert not interest(sectors=["toys-children"], excludes=["kettle"]).relevance(far)


def test_any_product_answer_will_do_and_the_closest_names_the_relevance() -> None:
    asked = interest(hs=["9503"], keywords=["kettle"], sectors=["household-appliances"])
    match = asked.relevance(about({"household-appliances": "sector"}, hs=["851671"]))
    assert match is not None
    assert match.relevance == "direct"
    assert match.matched[0] == {
        "what": "keyword", "value": "kettle", "field": "title", "start": 9, "end": 16, "text": "kettles"
    }  # fmt: skip
    assert [m["what"] for m in match.matched] == ["keyword", "sector"]


def test_a_market_or_a_country_will_do_but_one_of_them_must() -> None:
    asked = interest(sectors=["toys-children"], markets=["EU"], countries=["VNM"])
    toys = {"toys-children": "sector"}
    assert asked.relevance(about({**toys, "VNM": "country", "BRI": "market"}))
    assert asked.relevance(about({**toys, "EU": "market"}))
    assert not asked.relevance(about({**toys, "USA": "country", "US": "market"}))


def test_a_measure_of_the_union_concerns_a_reader_who_asked_for_one_member() -> None:
    union = {"toys-children": "sector", "EU": "country"}
    assert interest(countries=["DEU"]).relevance(about(union))
    assert not interest(countries=["CHE"]).relevance(about(union))


def test_excluded_words_and_other_measure_types_keep_a_notice_away() -> None:
    tags = {"household-appliances": "sector", "labelling": "measure_type"}
    assert interest(sectors=["household-appliances"], measure_types=["labelling"]).relevance(about(tags))
    assert not interest(sectors=["household-appliances"], measure_types=["recall"]).relevance(about(tags))
    assert not interest(sectors=["household-appliances"], excludes=["kettle"]).relevance(about(tags))


def test_a_horizontal_measure_is_for_reference_whatever_is_made() -> None:
    match = interest(hs=["9503"]).relevance(about({"horizontal": "sector"}))
    assert match is not None
    assert match.relevance == "reference"


def test_a_reader_who_asks_nothing_hears_of_everything_for_reference() -> None:
    match = interest().relevance(about())
    assert match is not None
    assert (match.relevance, match.matched) == ("reference", [])


def test_a_follow_up_is_about_what_its_measure_is_about() -> None:
    original = Notice(id=2, source="s", source_id="2", title="Toasters", hs=["851672"])
    addendum = Notice(id=1, source="s", source_id="1", title="Addendum", kind="addendum")
    both = subject(addendum, [], [original])
    assert interest(hs=["851672"]).relevance(both)
    assert interest(keywords=["toaster"]).relevance(both)


def test_a_word_in_the_title_of_the_measure_counts_before_one_in_the_running_text() -> None:
    addendum = Notice(id=1, source="s", source_id="1", title="Addendum", text="of kettles", kind="addendum")
    about = subject(addendum, [], [Notice(id=2, source="s", source_id="2", title="Electric kettles")])
    found = Interest(Subscription(keywords=["kettles"])).relevance(about)
    assert found is not None
    assert (found.relevance, found.matched[0]["field"]) == ("direct", "measure")


@pytest.mark.parametrize(
    ("types", "relevance", "days", "name"),
    [
        (["labelling"], "reference", None, "blue"),
        (["safety"], "broad", 60, "yellow"),
        (["safety"], "direct", 14, "orange"),
        (["ban-licence"], "direct", 15, "orange"),
        (["ban-licence"], "direct", 14, "red"),
        (["ban-licence"], "broad", 3, "orange"),
        ([], "broad", None, "blue"),
    ],
)
def test_the_level_follows_from_its_parts(
    types: list[str], relevance: str, days: int | None, name: str
) -> None:
    deadline = None if days is None else TODAY + dt.timedelta(days=days)
    found = level(Notice(source="s", source_id="1", comment_deadline=deadline), types, relevance, TODAY)
    assert found.name == name
    assert found.parts["days_left"] == days


def test_a_withdrawn_measure_presses_nobody() -> None:
    notice = Notice(source="s", source_id="1", withdrawn=True, comment_deadline=TODAY)
    assert level(notice, ["recall"], "direct", TODAY).name == "blue"


def test_the_least_level_asked_for_is_obeyed() -> None:
    calm = about({"labelling": "measure_type"}, hs=["8516"])
    assert interest(hs=["8516"], min_level="blue").wants(calm, TODAY)
    assert not interest(hs=["8516"], min_level="orange").wants(calm, TODAY)
