import datetime as dt
import re

import pytest
from lxml import etree

from alerts import compose, match, subscriptions
from alerts.feed import feed
from alerts.followed import renew_token
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Notice, Subscriber, Subscription

ATOM = {"a": "http://www.w3.org/2005/Atom"}
APPLIANCES = {"sectors": ["household-appliances"]}


@pytest.fixture(autouse=True)
def _public(world, monkeypatch):
    monkeypatch.setenv("TBT_PUBLIC_URL", "https://tbt.example.org")
    settings.cache_clear()


def read(one):
    with reading() as session:
        raw = feed(session, one.token)
    return None if raw is None else etree.fromstring(raw)


def texts(root, path):
    return [element.text for element in root.findall(path, ATOM)]


def test_a_feed_is_valid_atom_with_every_element_the_standard_requires(world):
    one = world.reader(**APPLIANCES)
    world.notice(comment_deadline=dt.date(2026, 12, 31))
    world.run(match)
    root = read(one)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"
    for parent in (root, *root.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{name}", ATOM)) == 1
        # a link without rel is an alternate
        links = parent.findall("a:link", ATOM)
        assert len([link for link in links if link.get("rel", "alternate") == "alternate"]) == 1
        assert dt.datetime.fromisoformat(parent.find("a:updated", ATOM).text).tzinfo is not None
        assert re.fullmatch(r"tag:tbt\.example\.org,2026:[\w/.-]+", parent.find("a:id", ATOM).text)
    assert root.find("a:author/a:name", ATOM).text
    assert root.find("a:link[@rel='self']", ATOM).get("href").endswith(f"/feeds/{one.token}.atom")


def test_an_entry_says_what_the_letter_says_but_no_days_left(world):
    one = world.reader(**APPLIANCES, name="水壶")
    number = world.notice("<b>Kettles</b> & more", comment_deadline=dt.date(2026, 12, 31))
    world.run(match)
    [entry] = read(one).findall("a:entry", ATOM)
    content = entry.find("a:content", ATOM)
    assert content.get("type") == "html"
    assert "&lt;b&gt;Kettles&lt;/b&gt; &amp; more" in content.text
    assert "2026-12-31（北京时间 2027-01-01 06:59 止）" in content.text
    assert "水壶" in content.text
    assert not re.search(r"剩 ?\d+ ?天", content.text)
    assert 'href="https://example.org/notices/' in content.text
    assert entry.find("a:link", ATOM).get("href").endswith(f"/notices/{number}")
    assert "美国" in entry.find("a:title", ATOM).text


def test_identities_stay_and_a_new_version_shows_as_updated(world, clock):
    one = world.reader(**APPLIANCES)
    number = world.notice()
    world.run(match)
    before = read(one)
    assert etree.tostring(before) == etree.tostring(read(one))
    clock.forward(days=1)
    with unit_of_work() as session:
        notice = session.get_one(Notice, number)
        notice.changed_at, notice.title = clock(), "Kettles, corrected"
        session.add(notice)
    after = read(one)
    assert texts(after, "a:entry/a:id") == texts(before, "a:entry/a:id")
    assert texts(after, "a:entry/a:updated")[0] > texts(before, "a:entry/a:updated")[0]
    assert texts(after, "a:updated")[0] > texts(before, "a:updated")[0]


def test_every_event_is_an_entry_of_its_own_newest_first(world, clock):
    one = world.reader(**APPLIANCES)
    number = world.notice()
    world.run(match)
    clock.forward(hours=1)
    world.event(number, "deadline_moved", 2, before="2026-12-01", after="2026-12-31")
    world.run(match)
    assert [name.rpartition("/")[2] for name in texts(read(one), "a:entry/a:id")] == ["deadline_moved", "new"]


def test_a_second_subscription_of_a_person_has_what_the_first_was_told(world):
    world.reader(**APPLIANCES)
    world.notice()
    world.notice(sectors=("toys",))
    world.run(match, compose)
    second = world.reader(keywords=["kettles"])
    other = world.reader(sectors=["lighting"])
    assert len(read(second).findall("a:entry", ATOM)) == 1
    assert "kettles" in read(second).find("a:entry/a:content", ATOM).text
    assert len(read(other).findall("a:entry", ATOM)) == 0


def test_a_quiet_subscription_still_has_its_feed(world):
    one = world.reader(**APPLIANCES, pace="off")
    world.notice()
    world.run(match, compose)
    assert len(read(one).findall("a:entry", ATOM)) == 1


def test_a_revoked_ended_unknown_or_unconfirmed_token_opens_nothing(world):
    one = world.reader(**APPLIANCES)
    waiting = world.reader("new@firm.example.org", confirmed=False, **APPLIANCES)
    assert read(waiting) is None
    with reading() as session:
        assert feed(session, "guess") is None
    with unit_of_work() as session:
        fresh = renew_token(session, session.get_one(Subscription, one.id))
    assert read(one) is None
    with reading() as session:
        assert feed(session, fresh) is not None
    with unit_of_work() as session:
        subscriptions.end(session, session.get_one(Subscriber, one.subscriber_id), one.id)
    with reading() as session:
        assert feed(session, fresh) is None


def test_characters_xml_cannot_hold_do_not_break_a_feed(world):
    one = world.reader(**APPLIANCES)
    world.notice("Kettles \ufffe\uffff \x0b\x1f ]]> 壺", agency="A\ufffe")
    world.run(match)
    assert "]]&gt; 壺" in read(one).find("a:entry/a:content", ATOM).text
