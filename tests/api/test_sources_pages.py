"""What people see of sources: alarms, switches, and what rules kept out."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from sqlmodel import select

from crawlers import refusals
from database.session import reading, unit_of_work
from database.tables import Audit, Body, Refusal, Run, Snapshot, SourceAlarm, SourceSwitch
from database.types import now

LogIn = Callable[..., Any]


def put_refusal(record: str = "/rus/docs/V1", rule: str = "public services", **values: Any) -> int:
    with unit_of_work() as session:
        if session.get(Body, "ab" * 32) is None:
            session.add(Body(sha256="ab" * 32, compressed=b""))
        url = f"https://adilet.zan.kz/{record}"
        snapshot = Snapshot(source="kz_adilet", url=url, sha256="ab" * 32, size=1)
        session.add(snapshot)
        session.flush()
        row = Refusal(
            source="kz_adilet", record=record, rule=rule, digest="x", snapshot_id=snapshot.id, **values
        )
        session.add(row)
        session.flush()
        return row.id or 0


def test_analysts_see_what_was_refused_by_which_rule_and_others_do_not(
    client: TestClient, log_in: LogIn
) -> None:
    put_refusal(title="Об <b>услугах</b>")
    put_refusal("/rus/docs/V2", "local government", title="О маслихате")
    assert client.get("/sources/kz_adilet/refused").status_code == 303
    assert log_in("official").get("/sources/kz_adilet/refused").status_code == 403
    analyst = log_in("analyst")
    page = analyst.get("/sources/kz_adilet/refused?lang=en").text
    assert "Об &lt;b&gt;услугах" in page
    assert "public services" in page
    assert "https://adilet.zan.kz//rus/docs/V2" in page
    one = analyst.get("/sources/kz_adilet/refused", params={"rule": "local government"}).text
    assert "О маслихате" in one
    assert "услугах" not in one
    assert analyst.get("/sources/nothing/refused").status_code == 404
    assert analyst.get("/sources/wto_eping/refused").status_code == 200


def test_an_analyst_lets_records_in_once_and_it_is_written_down(log_in: LogIn) -> None:
    number, analyst = put_refusal(), log_in("analyst")
    path, form = "/sources/kz_adilet/refused", {"record": number, "csrf": analyst.csrf}
    assert analyst.post(path, data={"record": number}).status_code == 403
    answer = analyst.post(path, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?asked=1")
    with reading() as session:
        assert refusals.waiting(session) == ["kz_adilet"]
        row = session.exec(select(Audit)).one()
    assert (row.what, row.object, row.after) == (
        "record.let_in",
        "source kz_adilet",
        {"record": "/rus/docs/V1"},
    )
    assert 'type="checkbox"' not in analyst.get(path).text, "it waits to be taken in"
    assert analyst.post(path, data={"csrf": analyst.csrf}).status_code == 303
    assert analyst.post(path, data={**form, "record": 999}).status_code == 404
    assert analyst.post("/sources/wto_eping/refused", data=form).status_code == 404
    assert log_in("admin").get("/admin/audit").status_code == 200


def test_alarms_and_their_end_are_told_to_everybody_and_what_to_do_to_administrators(
    client: TestClient, log_in: LogIn
) -> None:
    with unit_of_work() as session:
        session.add(
            SourceAlarm(source="wto_eping", kind="silent", figures={"days": 9, "newest": "2026-06-01"})
        )
        past = {"source": "eu_rasff", "kind": "late", "figures": {"due": "2026-06-01T05:20"}}
        session.add(SourceAlarm(**past, recovered_at=now()))
        session.add(SourceAlarm(**{**past, "kind": "low"}, recovered_at=now() - dt.timedelta(days=9)))
    page = client.get("/sources?lang=en").text
    assert "wto_eping has brought nothing new for 9 days" in page
    assert page.count("Recovered") == 1, "what passed long ago is told no more"
    assert "is there really nothing?" not in page
    assert "is there really nothing?" in log_in("admin").get("/admin?lang=en").text
    found = {one["name"]: one for one in client.get("/api/v1/sources").json()["items"]}
    (alarm,) = found["wto_eping"]["alarms"]
    assert (alarm["kind"], alarm["recovered_at"]) == ("silent", None)
    assert found["eu_rasff"]["alarms"][0]["recovered_at"] is not None
    assert found["us_cpsc_recalls"]["alarms"] == []


def test_a_source_that_is_switched_off_is_neither_late_nor_silent_and_says_so(client: TestClient) -> None:
    with unit_of_work() as session:
        old = now() - dt.timedelta(days=40)
        session.add(Run(source="wto_eping", status="ok", started_at=old, ended_at=old, read=1))
        session.add(SourceSwitch(source="wto_eping", enabled=False, by="x"))
    found = {one["name"]: one for one in client.get("/api/v1/sources").json()["items"]}
    assert (found["wto_eping"]["state"], found["wto_eping"]["enabled"]) == ("off", False)
    assert found["us_cpsc_recalls"]["enabled"] is True
    assert "state-off" in client.get("/sources").text
