import json

import pytest
from sqlmodel import SQLModel

from alerts import compose, endpoints, ledger, match, privacy, retention, subscriptions
from alerts.bounces import take
from alerts.reports import Report
from database.session import reading, unit_of_work
from database.tables import Alert, Attempt, Bounce, Endpoint, Letter, Subscriber, Subscription

ADDRESS = "li@firm.example.org"


@pytest.fixture
def reader(world, post):
    """A person with something in every table, beside another who must not be touched."""
    other = world.reader("wang@firm.example.org", sectors=["household-appliances"])
    one = world.reader(ADDRESS, sectors=["household-appliances"], name="李的水壶", consent={"text": "v1"})
    with unit_of_work() as session:
        who = session.get_one(Subscriber, one.subscriber_id)
        endpoints.add(session, who, "webhook", "https://example.org/hook")
    world.notice()
    world.run()
    with unit_of_work() as session:
        letter = session.exec(
            subscriptions.select(Letter).where(Letter.subscriber_id == one.subscriber_id)
        ).one()
        take(session, letter.id, Report("soft", "5.7.1", "552 no"))
    assert other.id != one.id
    return one


def held(one):
    with reading() as session:
        return privacy.export(session, session.get_one(Subscriber, one.subscriber_id))


def erase(one):
    with unit_of_work() as session:
        privacy.erase(session, session.get_one(Subscriber, one.subscriber_id))


def everything(world):
    """All that is stored, as text."""
    with reading() as session:
        return json.dumps(
            {
                table.name: [dict(row) for row in session.execute(table.select()).mappings()]
                for table in SQLModel.metadata.sorted_tables
            },
            default=str,
            ensure_ascii=False,
        )


def test_an_export_holds_everything_of_one_person_and_nothing_of_another(reader):
    found = held(reader)
    assert json.loads(json.dumps(found)) == found
    assert found["subscriber"]["email"] == ADDRESS
    assert found["subscriber"]["consent"]["text"] == "v1"
    assert [one["name"] for one in found["subscriptions"]] == ["李的水壶"]
    assert len(found["alerts"]) == 1
    assert found["endpoints"][0]["url"] == "https://example.org/hook"
    [letter] = found["letters"]
    assert [attempt["outcome"] for attempt in letter["attempts"]] == ["refused"]
    assert [bounce["kind"] for bounce in letter["bounces"]] == ["soft"]
    assert found["suppressed"] is False
    assert "wang@" not in json.dumps(found)


def test_an_export_holds_no_key_to_act_with(world, reader):
    words = json.dumps(held(reader))
    [endpoint] = world.rows(Endpoint)
    assert endpoint.secret not in words
    assert reader.token not in words


def test_every_table_that_names_a_person_is_exported_and_erased(reader):
    person = SQLModel.metadata.tables["subscriber"]
    referring = {
        table.name
        for table in SQLModel.metadata.sorted_tables
        for reference in table.foreign_keys
        if reference.column.table is person
    }
    assert {f"{name}s" for name in referring} <= set(held(reader))


def test_an_erased_person_is_nowhere_and_never_written_to_again(world, reader):
    erase(reader)
    words = everything(world)
    for trace in (ADDRESS, "firm.example.org/hook", "李的水壶", "https://example.org/hook", reader.token):
        assert trace not in words
    assert "wang@firm.example.org" in words
    for table in (Subscription, Alert, Endpoint):
        assert world.rows(table, table.subscriber_id == reader.subscriber_id) == []
    with reading() as session:
        assert ledger.is_suppressed(session, ADDRESS)
        assert not ledger.is_suppressed(session, "wang@firm.example.org")


def test_statistics_survive_an_erasure_without_the_person(world, reader):
    erase(reader)
    [letter] = world.rows(Letter, Letter.subscriber_id == reader.subscriber_id)
    [attempt] = world.rows(Attempt, Attempt.letter_id == letter.id)
    assert (attempt.outcome, attempt.reply) == ("refused", "")


def test_what_was_still_to_be_sent_to_an_erased_person_is_not(world, reader, post):
    world.notice()
    world.run(match, compose)
    before = len(post.letters())
    erase(reader)
    world.run()
    assert len(post.letters()) == before + 1
    assert ADDRESS not in str(post.read()[-1]["To"])


def test_an_earlier_reason_for_silence_outlives_the_erasure(world, reader):
    with unit_of_work() as session:
        ledger.suppress(session, ADDRESS, "complaint")
    erase(reader)
    assert [row.reason for row in world.rows_of_suppression()] == ["complaint"]


def test_an_address_is_kept_28_days_after_leaving_and_not_longer(world, reader, clock):
    with unit_of_work() as session:
        session.get_one(Subscriber, reader.subscriber_id).ended_at = clock()
    clock.forward(days=27)
    assert retention.tidy().persons == 0
    clock.forward(days=2)
    assert retention.tidy().persons == 1
    assert ADDRESS not in everything(world)
    with reading() as session:
        assert not ledger.is_suppressed(session, ADDRESS), "who comes back by themselves is welcome"
    assert retention.tidy() == retention.Tally(0, 0, 0, 0)


def test_ending_the_last_subscription_counts_as_leaving(world, reader, clock):
    with unit_of_work() as session:
        subscriptions.end(session, session.get_one(Subscriber, reader.subscriber_id), reader.id)
    second = world.reader(ADDRESS, keywords=["kettle"])
    clock.forward(days=40)
    assert retention.tidy().persons == 0, "one is still running"
    with unit_of_work() as session:
        subscriptions.end(session, session.get_one(Subscriber, second.subscriber_id), second.id)
    clock.forward(days=27)
    assert retention.tidy().persons == 0
    clock.forward(days=2)
    assert retention.tidy().persons == 1


def test_who_never_confirms_is_forgotten_after_a_week(world, post, clock):
    world.reader("typo@firm.example.org", confirmed=False, sectors=["household-appliances"])
    clock.forward(days=6)
    assert retention.tidy() == retention.Tally(0, 0, 0, 0)
    clock.forward(days=2)
    found = retention.tidy()
    assert (found.wishes, found.persons) == (1, 1)
    assert "typo@" not in everything(world)


def test_a_reader_in_good_standing_is_never_forgotten(world, reader, clock):
    clock.forward(days=800)
    found = retention.tidy()
    assert (found.wishes, found.persons, found.removed) == (0, 0, 0)
    assert len(world.rows(Subscriber)) == 2
    assert len(world.rows(Alert)) == 2


def test_attempts_go_after_a_year_and_nothing_is_owed_again_for_it(world, reader, clock, post):
    before = len(post.letters())
    clock.forward(days=300)
    retention.tidy()
    assert len(world.rows(Attempt)) == 2
    clock.forward(days=400)
    assert retention.tidy().attempts == 2
    assert world.rows(Attempt) == []
    world.run()
    assert len(post.letters()) == before


def test_the_last_traces_of_a_forgotten_person_go_after_a_year(world, reader, clock):
    erase(reader)
    clock.forward(days=300)
    assert retention.tidy().removed == 0
    clock.forward(days=70)
    assert retention.tidy().removed == 1
    assert [one.email for one in world.rows(Subscriber)] == ["wang@firm.example.org"]
    assert world.rows(Bounce) == []
    assert len(world.rows(Letter)) == 1
