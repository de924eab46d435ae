import datetime as dt
import re
from typing import Any

import pytest
from sqlmodel import Session

from alerts import compose, deliver, links, lookback, match, subscriptions
from alerts.errors import BadLink, ExpiredLink, InvalidSubscription
from alerts.ledger import suppress
from database.session import reading, unit_of_work
from database.tables import Alert, Letter, Subscriber, Subscription


def subscribe(email: str = "li@firm.example.org", **wish: Any) -> Subscription:
    with unit_of_work() as session:
        return subscriptions.subscribe(session, email, **wish)


def the_only(session: Session) -> Subscriber:
    return session.exec(subscriptions.select(Subscriber)).one()


def confirm_token(message: Any) -> str:
    found = re.search(r"/confirm/(\S+)", message.get_body(("plain",)).get_content())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.org\nBcc: c@d.org"}, "email"),
        ({"language": "fr"}, "language"),
        ({"sectors": ["shoes"]}, "sectors"),
        ({"markets": ["MARS"]}, "markets"),
        ({"countries": ["VN"]}, "countries"),
        ({"hs": ["8"]}, "hs"),
        ({"hs": ["85167a"]}, "hs"),
        ({"keywords": [" "]}, "keywords"),
        ({"keywords": ["x" * 61]}, "keywords"),
        ({"excludes": ["!"]}, "excludes"),
        ({"measure_types": ["tariff"]}, "measure_types"),
        ({"min_level": "green"}, "min_level"),
        ({"pace": "hourly"}, "pace"),
        ({"weekday": 7}, "weekday"),
        ({"hour": 24}, "hour"),
        ({"hour": True}, "hour"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_a_wish_that_cannot_be_kept_is_refused_by_the_name_of_its_field(
    wish: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidSubscription) as caught:
        subscriptions.subscribe(Session(), **{"email": "li@firm.example.org", **wish})
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")
    assert caught.value.sentence("zh") != caught.value.sentence("en")


def test_a_wish_is_stored_as_it_is_compared(world: Any) -> None:
    one = subscribe(
        "Li@Firm.Example.ORG", hs=["8516.71", "8516710000", "８５"], countries=["vnm"], keywords=" 电水壶 "
    )
    assert (one.hs, one.countries, one.keywords) == (["851671", "85"], ["VNM"], ["电水壶"])
    assert world.rows(Subscriber)[0].email == "Li@firm.example.org"


def test_nothing_is_owed_before_the_person_confirms(world: Any, post: Any) -> None:
    subscribe(sectors=["household-appliances"], pace="at_once", consent={"text": "v1"})
    world.notice()
    world.run()
    (letter,) = post.read()
    assert "List-Unsubscribe" not in letter
    assert letter["Auto-Submitted"] == "auto-generated"
    with unit_of_work() as session:
        person = subscriptions.confirm(session, confirm_token(letter))
    assert person.confirmed_at is not None
    assert person.consent["text"] == "v1"
    assert not world.rows(Alert)
    world.notice("Kettles, second notice")
    world.run()
    assert len(post.read()) == 2


def test_a_confirmation_goes_out_once_in_ten_minutes_and_then_ever_more_rarely(
    world: Any, post: Any, clock: Any
) -> None:
    for minutes, sent in [(0, 1), (5, 1), (6, 2), (10, 2), (11, 3)]:
        clock.forward(minutes=minutes)
        subscribe(keywords=[f"word {clock.at.minute}"])
        world.run(deliver)
        assert len(post.read()) == sent


def test_pressing_the_button_twice_asks_for_one_subscription(world: Any) -> None:
    assert subscribe(hs=["8516"]).id == subscribe(hs=["8516"]).id
    assert len(world.rows(Letter)) == 1


def test_a_stranger_cannot_change_or_add_to_what_a_confirmed_person_gets(world: Any, post: Any) -> None:
    world.reader(keywords=["kettle"], language="zh")
    stranger = subscribe(
        language="en", keywords=["toaster", "http://spam.example"], name="Win money", pace="at_once"
    )
    assert stranger.confirmed_at is None
    world.notice("Toasters")
    world.run(match)
    assert not world.rows(Alert)
    assert world.rows(Subscriber)[0].language == "zh"
    world.run(deliver)
    (letter,) = post.read()
    for kind in ("plain", "html"):
        assert "spam" not in letter.get_body((kind,)).get_content()
        assert "Win money" not in letter.get_body((kind,)).get_content()


def test_a_link_confirms_only_what_its_letter_listed(world: Any, post: Any) -> None:
    first = subscribe(hs=["8516"])
    world.run(deliver)
    second = subscribe(hs=["9503"])
    with unit_of_work() as session:
        subscriptions.confirm(session, confirm_token(post.read()[0]))
    by_id = {one.id: one for one in world.rows(Subscription)}
    assert by_id[first.id].confirmed_at is not None
    assert by_id[second.id].confirmed_at is None


def test_a_confirmation_link_ends_after_two_days_and_no_other_link_does(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe()
    with reading() as session:
        person = the_only(session)
        confirm = links.token("confirm", person.token, [1])
        manage = links.token("manage", person.token)
    import time

    later = time.time() + 48 * 3600 + 60
    monkeypatch.setattr(time, "time", lambda: later)
    with unit_of_work() as session:
        with pytest.raises(ExpiredLink):
            subscriptions.confirm(session, confirm)
        assert subscriptions.holder(session, "manage", manage).email == person.email


def test_a_link_serves_its_own_purpose_only_and_ends_when_revoked(world: Any) -> None:
    subscribe()
    with unit_of_work() as session:
        person = the_only(session)
        manage = links.token("manage", person.token)
        for purpose, token in [("unsubscribe", manage), ("manage", manage + "x"), ("manage", "")]:
            with pytest.raises(BadLink):
                subscriptions.holder(session, purpose, token)
        subscriptions.revoke_links(session, person)
        with pytest.raises(BadLink):
            subscriptions.holder(session, "manage", manage)


def test_unsubscribing_ends_everything_once_and_can_be_undone(world: Any, clock: Any) -> None:
    world.reader(hs=["8516"])
    with unit_of_work() as session:
        token = links.token("unsubscribe", the_only(session).token)
        ended = subscriptions.unsubscribe(session, token).ended_at
        clock.forward(minutes=1)
        assert subscriptions.unsubscribe(session, token).ended_at == ended
    world.notice(hs=["851671"])
    world.run(match)
    assert not world.rows(Alert)
    with unit_of_work() as session:
        assert subscriptions.undo(session, token).ended_at is None
    world.notice(hs=["851671"])
    world.run(match)
    assert len(world.rows(Alert)) == 1


def test_an_old_link_does_not_bring_back_a_person_who_left_long_ago(world: Any, clock: Any) -> None:
    world.reader()
    with unit_of_work() as session:
        token = links.token("unsubscribe", the_only(session).token)
        subscriptions.unsubscribe(session, token)
        clock.forward(days=29)
        with pytest.raises(ExpiredLink):
            subscriptions.undo(session, token)


def test_coming_back_starts_afresh(world: Any, post: Any) -> None:
    old = world.reader(hs=["8516"])
    with unit_of_work() as session:
        subscriptions.unsubscribe(session, links.token("unsubscribe", the_only(session).token))
    new = subscribe(hs=["9503"])
    world.run(deliver)
    with unit_of_work() as session:
        subscriptions.confirm(session, confirm_token(post.read()[0]))
        person = the_only(session)
        assert person.ended_at is None
        assert [one.id for one in subscriptions.subscriptions(session, person)] == [new.id]
    assert old.id != new.id


def test_a_pause_owes_nothing_and_its_end_looks_back(world: Any, clock: Any) -> None:
    world.reader(hs=["8516"])
    with unit_of_work() as session:
        subscriptions.pause(session, the_only(session), clock.at + dt.timedelta(days=7))
    world.notice(hs=["851671"], comment_deadline=clock.at.date() + dt.timedelta(days=30))
    world.run(match, lookback)
    assert not world.rows(Alert)
    with unit_of_work() as session:
        subscriptions.resume(session, the_only(session))
    world.run(match, lookback)
    assert [alert.late for alert in world.rows(Alert)] == ["lookback"]


def test_a_change_moves_what_waits_to_the_new_pace_and_brings_nothing_twice(world: Any, clock: Any) -> None:
    one = world.reader(hs=["8516"], pace="daily", hour=8)
    world.notice(hs=["851671"], comment_deadline=clock.at.date() + dt.timedelta(days=30))
    world.run(match, compose)
    assert not world.rows(Letter, Letter.kind == "digest")
    with unit_of_work() as session:
        subscriptions.change(session, the_only(session), one.id, pace="at_once")
        with pytest.raises(InvalidSubscription):
            subscriptions.change(session, the_only(session), one.id + 1, pace="off")
    world.run(match, lookback, compose)
    assert len(world.rows(Letter, Letter.kind == "digest")) == 1
    assert len(world.rows(Alert)) == 1


def test_a_suppressed_address_gets_nothing_and_the_form_answers_the_same(world: Any, post: Any) -> None:
    with unit_of_work() as session:
        suppress(session, "LI@firm.example.org", "complaint")
        suppress(session, "li@firm.example.org", "complaint")
    assert subscribe().id is not None
    world.run()
    assert not post.read()
    assert [letter.outcome for letter in world.rows(Letter)] == ["dropped"]
