import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts import (
    alarms,
    approvals,
    assistance,
    compose,
    deliver,
    feedback,
    gist,
    links,
    match,
    organisations,
    proof,
)
from alerts.errors import BadLink, InvalidSubscription
from alerts.interest import subject
from alerts.preview import preview
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Alert, Event, Feedback, Letter, Notice, Organisation, Subscriber

APPLIANCES = {"sectors": ["household-appliances"]}
SOON = dt.date(2026, 11, 30)


def plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def refused(call: Any, *words: Any, **named: Any) -> InvalidSubscription:
    with pytest.raises(InvalidSubscription) as caught, unit_of_work() as session:
        call(session, *words, **named)
    assert caught.value.sentence("zh")
    return caught.value


# -- preview


def test_a_preview_counts_what_would_have_come_and_stores_nothing(world: Any, clock: Any) -> None:
    day = clock.at.date()
    new = world.notice("Kettles", hs=["851671"], comment_deadline=day + dt.timedelta(days=9))
    world.notice("Old and closed", hs=["851671"], published_on=day - dt.timedelta(days=31))
    old = world.notice(
        "Old, still open", published_on=day - dt.timedelta(days=90), in_force_on=day + dt.timedelta(days=9)
    )
    world.notice("Toys", sectors=("toys-children",))
    with reading() as session:
        found = preview(session, {"hs": ["8516"], "sectors": ["household-appliances"]})
    assert (found.last_30_days, found.open_now, found.warned) == (1, 2, False)
    assert [(about.notice.id, relevance) for about, relevance in found.examples] == [
        (new, "direct"),
        (old, "broad"),
    ]
    assert not world.rows(Subscriber)


def test_a_preview_warns_of_a_flood(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.preview.MOST_A_WEEK", 0.5)
    for _ in range(3):
        world.notice()
    with reading() as session:
        everything = preview(session, {})
        some = preview(session, APPLIANCES)
        none = preview(session, {"hs": ["9503"]})
    assert (everything.broad, everything.warned) == (True, True)
    assert (some.broad, some.many, some.a_week) == (False, True, 0.7)
    assert not none.warned
    assert refused(preview, {"hs": ["x"]}).field == "hs"


# -- organisations


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91440300708461136T"])
def test_a_credit_code_is_known_by_its_check_character(code: str) -> None:
    assert organisations.uscc(f" {code[:9].lower()} {code[9:]}") == code
    for place, wrong in ((3, "7"), (17, "A"), (0, "I")):
        with pytest.raises(InvalidSubscription):
            organisations.uscc(code[:place] + wrong + code[place + 1 :])


def test_an_organisation_has_several_recipients(world: Any) -> None:
    one, two = world.reader(**APPLIANCES), world.reader("wang@firm.example.org", **APPLIANCES)
    with unit_of_work() as session:
        people = [session.get_one(Subscriber, reader.subscriber_id) for reader in (one, two)]
        made = {
            organisations.join(session, who, "91350100M000100Y43", name).id
            for who, name in zip(people, ("", "甲厂"), strict=True)
        }
        (known,) = session.exec(match.select(Organisation)).all()
        assert made == {known.id}
        assert known.name == "甲厂"
        assert [who.id for who in organisations.recipients(session, known)] == [who.id for who in people]
        organisations.leave(session, people[0])
        assert [who.id for who in organisations.recipients(session, known)] == [people[1].id]
    assert refused(organisations.join, people[0], "12345").field == "uscc"


# -- pace


def test_a_pressing_alert_breaks_through_where_that_is_wanted(world: Any, clock: Any) -> None:
    world.reader(hs=["8516"], pace="weekly", urgent=True)
    world.reader("wang@firm.example.org", hs=["8516"], pace="weekly")
    world.reader("zhao@firm.example.org", hs=["8516"], pace="off", urgent=True)
    world.notice(hs=["851671"], comment_deadline=SOON)
    world.notice(hs=["8516"])
    world.run(match)
    now = [alert.due_at is not None and alert.due_at <= clock.at for alert in world.rows(Alert)]
    assert now == [True, False, False, False, False, False]


# -- feedback


def test_an_answer_needs_its_link_and_the_last_one_holds(world: Any, post: Any) -> None:
    world.reader(**APPLIANCES)
    notice = world.notice()
    world.run()
    text = plain(post.read()[0])
    urls = [line.split(": ")[1] for line in text.splitlines() if "/feedback/" in line]
    assert [url.partition("?answer=")[2] for url in urls] == list(feedback.ANSWERS)
    token = urls[0].rpartition("/")[2].partition("?")[0]
    with unit_of_work() as session:
        assert feedback.asked(session, token)[1:] == (session.get_one(Notice, notice), "")
        feedback.answer(session, token, "handled")
        feedback.answer(session, token, "need_help", " 求 助 ")
        assert feedback.asked(session, token)[2] == "need_help"
        assert [one.question for one, _, _ in assistance.requests(session, "open")] == ["求 助"]
        for wrong in (token + "x", links.token("feedback", "nobody", notice), links.token("manage", "x")):
            with pytest.raises(BadLink):
                feedback.answer(session, wrong, "handled")
    assert len(world.rows(Feedback)) == 1
    assert refused(feedback.answer, token, "hooray").field == "answer"


# -- red


@pytest.fixture
def banned(world: Any) -> int:
    world.reader(hs=["8516"], pace="weekly")
    world.reader("wang@firm.example.org", keywords=["kettles"], pace="daily")
    world.reader("zhao@firm.example.org", **APPLIANCES, pace="daily")
    world.reader("min@firm.example.org", hs=["8516"], min_level="red", pace="daily")
    return int(world.notice(hs=["851671"], measure_types=("ban-licence",), comment_deadline=SOON))


def test_red_waits_for_a_person_and_then_goes_at_once_to_whom_it_is_red_for(
    world: Any, post: Any, banned: int, clock: Any
) -> None:
    world.run()
    assert not post.read()
    assert len(world.rows(Alert)) == 3
    with unit_of_work() as session:
        assert approvals.waiting(session) == [banned]
        seen = approvals.dry_run(session, banned)
        assert (seen.recipients, len(seen.sample), seen.missing) == (3, 3, 1)
        assert not session.exec(match.select(Event).where(Event.reason == "warning")).all()
        assert approvals.approve(session, banned, "chen@tbt.example.org", recipients=3, sample="…")
        assert approvals.waiting(session) == []
    world.run()
    letters = post.read()
    assert sorted(mail["To"].partition("@")[0] for mail in letters) == ["li", "min", "wang"]
    for mail in letters:
        assert mail["Subject"].startswith("【红色预警】美国：家用电器")
        assert "[红色 · 紧急]" in plain(mail)
        assert plain(mail).count("原文标题") == 1
    assert {letter.kind for letter in world.rows(Letter)} == {"warning"}
    with unit_of_work() as session:
        approvals.approve(session, banned, "chen@tbt.example.org", recipients=3)
    world.run()
    assert len(post.read()) == 3
    clock.forward(days=1)
    world.run()
    assert "zhao@firm.example.org" in {mail["To"] for mail in post.read()}


def test_an_approval_of_another_number_of_people_is_refused(world: Any, banned: int) -> None:
    assert refused(approvals.approve, banned, "chen@tbt.example.org", recipients=2).field == "recipients"
    assert not world.rows(Event, Event.reason == "warning")


def test_a_second_person_may_be_required_and_one_refusal_holds(
    world: Any, banned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_RED_APPROVALS", "2")
    settings.cache_clear()
    with unit_of_work() as session:
        assert not approvals.approve(session, banned, "chen@tbt.example.org", recipients=3)
        assert not approvals.approve(session, banned, "chen@tbt.example.org", recipients=3)
        assert approvals.dry_run(session, banned).missing == 1
        assert approvals.approve(session, banned, "lin@tbt.example.org", recipients=3)
    other = world.notice(hs=["851671"], measure_types=("ban-licence",), comment_deadline=SOON)
    with unit_of_work() as session:
        approvals.refuse(session, other, "chen@tbt.example.org")
        assert not approvals.approve(session, other, "lin@tbt.example.org", recipients=3)
        assert approvals.waiting(session) == []


def test_a_warning_nobody_got_rings_an_alarm_after_an_hour_until_somebody_did(
    world: Any, post: Any, banned: int, clock: Any
) -> None:
    world.run(match)
    with unit_of_work() as session:
        approvals.approve(session, banned, "chen@tbt.example.org", recipients=3)
    world.run(match, compose, proof)
    clock.forward(minutes=61)
    world.run(proof)
    with reading() as session:
        assert [alarm.kind for alarm in alarms.ringing(session)] == ["red_unproven"]
    world.run(proof, deliver, proof)
    with reading() as session:
        assert not alarms.ringing(session)


# -- the gist

WORDS = st.text(
    st.characters(categories=("L", "N", "P", "Zs"), include_characters="0123456789.,-"), max_size=30
)
DAYS = st.one_of(st.none(), st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)))


@examples(max_examples=300, deadline=None)
@given(
    title=WORDS,
    who=WORDS,
    hs=st.lists(st.from_regex(r"\d{2,6}", fullmatch=True), max_size=4),
    close=DAYS,
    force=DAYS,
    kind=st.sampled_from(["regular", "addendum", "corrigendum", "revision", "supplement", "alert"]),
    language=st.sampled_from(["zh", "zh-Hant", "en"]),
    withdrawn=st.booleans(),
)
def test_no_figure_of_a_gist_is_foreign_to_its_notice(
    title: str, who: str, hs: list[str], close: Any, force: Any, kind: str, language: str, withdrawn: bool
) -> None:
    notice = Notice(
        source="s", source_id="1", title=title, hs=hs, comment_deadline=close, in_force_on=force, kind=kind,
        withdrawn=withdrawn,
    )  # fmt: skip
    lines = gist.gist(subject(notice, []), who, "", "标准", language, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    stated = gist.figures(title) | set(hs) | {day.isoformat() for day in (close, force) if day}
    assert len(lines) <= 3
    assert all(gist.figures(line) <= stated for line in lines)
    assert len(lines) >= 2  # only a foreign name can bring a foreign figure
