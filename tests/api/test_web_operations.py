import datetime as dt
from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import text as sql

from database.session import unit_of_work
from database.tables import Run

Make = Callable[..., int]


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_not_ready_with_other_tables(client: TestClient) -> None:
    with unit_of_work() as session:
        session.execute(sql("UPDATE alembic_version SET version_num = 'older'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "tbt db upgrade" in answer.json()["detail"]
    assert client.get("/healthz").status_code == 200


def test_metrics_tell_notices_letters_and_ages(client: TestClient, make: Make) -> None:
    make()
    now = dt.datetime.now(dt.UTC)
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="ok", started_at=now, ended_at=now, read=30))
    found = client.get("/metrics").text
    assert 'tbt_notices{source="wto_eping"} 1.0' in found
    assert "tbt_alerts_owed 0.0" in found
    assert 'tbt_source_success_age_seconds{source="wto_eping"}' in found


def test_the_state_of_each_source_is_told(client: TestClient) -> None:
    now = dt.datetime.now(dt.UTC)
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="failed", message="answered 503", ended_at=now))
    found = {one["name"]: one for one in client.get("/api/v1/sources").json()["items"]}
    assert found["wto_eping"]["state"] == "never"
    assert found["wto_eping"]["message"] == "answered 503"
    assert "answered 503" in client.get("/sources").text


def test_the_interface_describes_itself_without_anybodys_script(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    page = client.get("/api/docs").text
    for path in document["paths"]:
        assert path in page
    assert "/api/v1/notices" in document["paths"]
    names = [one["name"] for one in document["paths"]["/api/v1/notices"]["get"]["parameters"]]
    assert {"sector", "market", "q", "cursor", "format"} <= set(names)
    assert "cdn" not in page
