"""Enforcement cases under a measure: by what both state, and by nothing else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from database.session import reading, unit_of_work
from database.tables import MeasureKey, Notice, NoticeCode
from database.types import now

Make = Callable[..., int]


def case(make: Make, code: str, scheme: str = "standard", **values: Any) -> int:
    facts = {"source": "eu_safety_gate", "kind": "alert", "members": ["EU", "DEU"], "symbols": [], **values}
    number = make("Dangerous toy", **facts)
    with unit_of_work() as session:
        session.add(NoticeCode(notice_id=number, scheme=f"case-{scheme}", code=code))
    return number


def cites(number: int, code: str, scheme: str = "standard") -> int:
    with unit_of_work() as session:
        session.add(NoticeCode(notice_id=number, scheme=scheme, code=code))
        return session.get_one(Notice, number).measure_id or 0


def test_cases_that_state_the_same_standard_stand_under_the_measure(client: TestClient, make: Make) -> None:
    draft = make("Safety of toys", members=["EU"])
    measure = cites(draft, "EN 71-1")
    today = now().date()
    mine = case(make, "EN 71-1", origin="CHN", published_on=today - dt.timedelta(days=9))
    case(make, "EN 71-1", published_on=today - dt.timedelta(days=900))
    case(make, "EN 71-2")
    case(make, "EN 71-1", members=["USA"])
    make("Another draft", members=["EU"])
    found = client.get(f"/api/v1/measures/{measure}").json()
    (told,) = found["enforcement"]
    assert (told["citation"], told["cases"], told["in_a_year"], told["from_china"]) == ("EN 71-1", 2, 1, 1)
    assert told["newest"][0]["notice_id"] == mine
    assert [(one["notice_id"], one["after"]) for one in found["timeline"] if one["what"] == "case"][-1] == (
        mine,
        "EN 71-1",
    )
    page = client.get(f"/notices/{draft}?lang=en").text
    assert "Enforcement under this measure" in page
    assert "1 case in 12 months" in page
    assert "Enforcement under this measure" not in client.get(f"/notices/{mine}?lang=en").text


def test_cases_that_state_an_act_stand_under_the_act_itself(client: TestClient, make: Make) -> None:
    act = make("Toy safety", members=["EU"], source="eu_cellar")
    with unit_of_work() as session:
        measure = session.get_one(Notice, act).measure_id or 0
        session.add(MeasureKey(key="CELEX 32009L0048", measure_id=measure))
    case(make, "CELEX 32009L0048", "act")
    (told,) = client.get(f"/api/v1/measures/{measure}").json()["enforcement"]
    assert told["citation"] == "CELEX 32009L0048"


@pytest.mark.usefixtures("client")
def test_the_crawlers_write_down_what_is_cited(make: Make) -> None:
    from crawlers import store
    from crawlers.form import form
    from crawlers.record import RawNotice

    text = "Does not comply with Directive 2009/48/EC and EN 71-1:2014."
    with unit_of_work() as session:
        for source, kind in (("eu_safety_gate", "alert"), ("eu_tris", "regular")):
            raw = RawNotice(source, "Toys", "2026-11-01", kind=kind, members=("EU",), text=text)
            store.put(session, raw, form(source), None)
    with reading() as session:
        rows = {(row.scheme, row.code) for row in session.exec(select(NoticeCode))}
    assert rows == {
        ("act", "CELEX 32009L0048"),
        ("standard", "EN 71-1"),
        ("case-act", "CELEX 32009L0048"),
        ("case-standard", "EN 71-1"),
    }
