"""Quality is public: what was measured, what analysts decided since, and what nobody measured."""

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api import agreement
from classifier import chosen, compare, tags
from database.session import reading, unit_of_work
from database.tables import Decision, Reading, Trial

YEAR = dt.timedelta(days=365)


@pytest.fixture
def figures(data_dir: Path, tmp_path: Path) -> Any:
    """Have a model in use with these figures."""

    def use(content: object) -> None:
        home = tmp_path / f"model{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        (home / "figures.json").write_text(json.dumps(content), encoding="utf-8")
        chosen.copy(home, home.name)

    return use


def decision(number: int, code: str, concerned: bool, machine: bool | None, **more: Any) -> None:
    with unit_of_work() as session:
        session.add(
            Decision(
                notice_id=number, kind="sector", code=code, concerned=concerned, machine=machine,
                by="a@example.org", **more,
            )
        )  # fmt: skip


def table(now: dt.datetime) -> dict[str, tuple[int, int, int]]:
    with reading() as session:
        found = agreement.table(agreement.decisions(session, now - YEAR, now + dt.timedelta(seconds=1)))
    return {one.code: (one.said, one.right, one.missed) for one in found}


def test_the_bundled_figures_are_shown_with_intervals_and_what_is_missing_is_said(client):
    found = client.get("/api/v1/quality").json()
    english = next(
        one for one in found["measured"] if (one["of"], one["code"]) == ("notices_without_codes", "en")
    )
    assert english["low"] < english["right_first"] < english["high"]
    assert english["n"] > 30
    assert found["date"]
    assert found["decided"] == []
    page = client.get("/quality", headers={"Accept-Language": "en"}).text
    assert "Real notices, by their text alone" in page
    assert "Nobody has reviewed anything yet: not measured." in page
    assert 'href="/quality"' in client.get("/").text


def test_figures_by_sector_are_read_wherever_they_stand(client, figures):
    row = {"notices": 40, "right_first": 0.9, "micro_f1": 0.8}
    figures({"version": "7", "date": "2026-02-03", "sectors": {"notices": {"food": row}}, "toys": 3})
    (one,) = client.get("/api/v1/quality").json()["measured"]
    assert (one["of"], one["by"], one["code"], one["micro_f1"]) == ("sectors.notices", "sector", "food", 0.8)
    assert one["low"] == pytest.approx(0.769, abs=0.001)
    page = client.get("/quality", headers={"Accept-Language": "en"}).text
    assert "By sector: not measured" not in page
    assert "2026-02-03" in page


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"notices": {"en": {"right_first": "high", "n": 3}, "zh": {"right_first": 2, "n": 3}}},
        {"notices": {"en": {"right_first": 0.5}}, "calibration_error": "low", "date": None},
    ],
)
def test_figures_that_say_nothing_are_not_measured(client, figures, content):
    figures(content)
    found = client.get("/api/v1/quality").json()
    assert (found["measured"], found["calibration_error"], found["date"]) == ([], None, None)
    page = client.get("/quality", headers={"Accept-Language": "en"}).text
    assert "No figures came with the model in use." in page


def test_rules_that_stand_in_are_told_loudly(client, make):
    number = make()
    with unit_of_work() as session:
        session.add(Reading(notice_id=number, version=1, fingerprint="tax-1-rules"))
    assert client.get("/api/v1/quality").json()["read_with"] == "rules"
    assert "rules stand in" in client.get("/quality", headers={"Accept-Language": "en"}).text


def test_agreement_counts_the_newest_word_of_a_person_who_looked(make, moment):
    first, second, third, fourth = (make(language=code) for code in ("en", "en", "fr-CA", ""))
    decision(first, "food", False, True, at=moment)
    decision(first, "food", True, True, at=moment)  # thought again
    decision(second, "food", False, True, at=moment)
    decision(third, "toys-children", True, False, at=moment)
    decision(fourth, "food", True, True, at=moment, note="bulk")
    decision(fourth, "lighting", True, None, at=moment)  # the machine had not read it
    decision(third, "furniture", True, True, at=moment - 2 * YEAR)
    assert table(moment) == {
        "all": (2, 1, 1),
        "food": (2, 1, 0),
        "toys-children": (0, 0, 1),
        "en": (2, 1, 0),
        "fr": (0, 0, 1),
    }


def test_what_an_analyst_decides_on_the_page_is_on_the_quality_page(make, log_in, client):
    analyst = log_in("analyst")
    number = make(tags={"sectors": ["toys-children"], "measure_types": ["safety"]})
    with unit_of_work() as session:
        session.add(Reading(notice_id=number, version=1, fingerprint="t-1-model7", review="weak_sector"))
    page = analyst.get(f"/review/{number}").text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    analyst.post(f"/review/{number}", data={**form, "tag": ["sector:furniture", "measure_type:safety"]})
    found = {one["code"]: one for one in client.get("/api/v1/quality").json()["decided"]}
    assert (found["toys-children"]["said"], found["toys-children"]["precision"]) == (1, 0.0)
    assert (found["furniture"]["missed"], found["furniture"]["recall"]) == (1, 0.0)
    assert client.get("/api/v1/quality").json()["read_with"] == "model7"
    public = client.get("/quality", headers={"Accept-Language": "en"}).text
    assert "Since " in public
    assert "a@example.org" not in public


def test_accepting_in_bulk_proves_nothing(make, log_in, client):
    analyst = log_in("analyst")
    number = make(tags={"sectors": ["toys-children"]})
    with unit_of_work() as session:
        session.add(Reading(notice_id=number, version=1, fingerprint="t-1-model7"))
    analyst.post("/review", data={"csrf": analyst.csrf, "shown": str(number), "least": "0.8"})
    with reading() as session:
        assert {one.note for one in session.exec(select(Decision))} == {tags.BULK}
    assert client.get("/api/v1/quality").json()["decided"] == []


def test_a_sector_that_fell_is_marked_and_chance_is_not(make, log_in, moment):
    analyst = log_in("analyst")
    for number in range(40):
        one = make(language="en")
        decision(one, "food", True, True, at=moment - dt.timedelta(days=60))
        decision(one, "lighting", number % 3 > 0, True, at=moment - dt.timedelta(days=60))
        other = make(language="en")
        decision(other, "food", number % 2 == 0, True, at=moment - dt.timedelta(days=2))
        decision(other, "lighting", number % 3 > 0, True, at=moment - dt.timedelta(days=2))
    page = analyst.get("/review/health", headers={"Accept-Language": "en"}).text
    rows = {re.sub("<.*?>| ", "", head): row for head, row in re.findall(r'row">(.*?)</th>(.*?)</tr>', page)}
    assert any(head.startswith("Food") and head.endswith("fell") for head in rows), rows.keys()
    assert not any(head.startswith("Lighting") and head.endswith("fell") for head in rows)
    food = next(row for head, row in rows.items() if head.startswith("Food"))
    assert "<strong>100 %</strong>" in food
    assert "<strong>50 %</strong>" in food


def test_the_last_challenger_is_shown_to_analysts_alone(make, log_in, client):
    import numpy as np

    part = compare.figures(np.tile([1.0, 1, 0, 0, 0, 0, 1, 1], (40, 1)))
    figures = {"whole": part, "languages": {"en": part}, "sectors": {"food": part}}
    empty = {"whole": compare.figures(np.zeros((0, 8))), "languages": {}, "sectors": {}}
    with unit_of_work() as session:
        session.add(
            Trial(champion="1-aaa", challenger="2-bbb", figures={"notices": figures, "decisions": empty})
        )
    analyst = log_in("analyst")
    page = analyst.get("/review/health", headers={"Accept-Language": "en"}).text
    assert "in use 1-aaa, challenger 2-bbb" in page
    assert page.count(">worse</strong>") == 3
    assert "Nothing to compare on." in page
    assert 'href="/review/health"' in analyst.get("/review").text
    assert client.get("/review/health").status_code == 303
    assert log_in("official").get("/review/health").status_code == 403


def test_the_web_reads_figures_without_loading_a_model():
    script = (
        "import sys, api.app; from api import quality; quality.measured();"
        "heavy = 'onnxruntime', 'tokenizers', 'transformers', 'classifier.bundle', 'classifier.model';"
        "print([name for name in heavy if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
