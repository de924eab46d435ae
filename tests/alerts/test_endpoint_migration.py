"""Endpoints of an installation made before they could be steered go on as they were."""

import pytest
from alembic import command
from sqlalchemy import text

from alerts import endpoints
from database import migrate
from database.session import engine, unit_of_work
from database.tables import Endpoint, Subscriber


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_endpoint_from_before_is_on_for_all_subscriptions_and_survives_the_way_back(database):
    with unit_of_work() as session:
        session.add(person := Subscriber(email="li@firm.example.org", token="t"))
        session.flush()
        one = endpoints.add(session, person, "webhook", "https://example.org/hook")
        number, secret = one.id, one.secret
    command.downgrade(migrate._config(), "0001")
    with engine().connect() as connection:
        assert connection.execute(text("SELECT url FROM endpoint")).scalars().all() == [
            "https://example.org/hook"
        ]
    migrate.upgrade()
    with unit_of_work() as session:
        one = session.get_one(Endpoint, number)
        assert (one.secret, one.subscriptions, one.since, one.old_secret) == (secret, [], None, "")
        assert endpoints.find(session, person, number) is one
