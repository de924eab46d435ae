import dataclasses
import json
from pathlib import Path

import pytest

from crawlers import recorded
from crawlers.errors import UnknownSource, UnreadableAnswer
from crawlers.form import KNOWN, form, forms
from crawlers.source import Order, Source
from crawlers.sources import names, source
from crawlers.sources.us_federal_register import UsFederalRegister
from crawlers.sources.wto_eping import WtoEping

PAGES = recorded.HOME


@pytest.mark.parametrize("name", names())
def test_a_source_is_complete(name: str):
    made = source(name)
    assert made.name == name
    assert issubclass(made, Source)
    assert any(PAGES.glob(f"{name}/*")), f"run: tbt record {name} URL"
    known = forms()[name]
    for entry in KNOWN:
        assert getattr(made, entry) == getattr(known, entry), f"{name}: {entry} must be written as a literal"


@pytest.mark.parametrize("name", names())
def test_the_recorded_pages_are_read_as_a_person_found_right(name: str):
    expected = PAGES / name / "notices.json"
    found = json.loads(json.dumps(list(recorded.read(name))))
    if not expected.exists():
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{expected} was written: read it by eye, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


NOTHING = {"us_cpsc_recalls": b"[]"}  # the whole answer when nothing happened


@pytest.mark.parametrize("name", names())
def test_a_layout_that_changed_is_no_empty_page(name: str):
    reader = source(name)()
    for body in (b'{"rows": []}', b"<html><body>busy</body></html>", b"<other/>", b'{"items": [', b"[]"):
        if body == NOTHING.get(name):
            assert reader.page("https://recorded/?page=1", body).rows == []
            continue
        with pytest.raises(UnreadableAnswer):
            reader.page("https://recorded/?page=1", body)


def test_an_unknown_source_is_told_with_those_there_are():
    with pytest.raises(UnknownSource, match="wto_eping"):
        source("wto_epong")
    with pytest.raises(UnknownSource, match="wto_eping"):
        form("../wto_eping")


def test_the_key_of_the_wto_goes_to_the_keyed_address_only(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    from config.settings import settings

    day = form("wto_eping") and __import__("datetime").date(2026, 6, 1)
    assert next(WtoEping().addresses(day, day)).startswith(
        "https://epingalert.org/api/v1/azureSearch/getAll?"
    )
    monkeypatch.setenv("TBT_WTO_KEY", "secret")
    settings.cache_clear()
    keyed = next(WtoEping().addresses(day, day))
    assert keyed.startswith("https://api.wto.org/eping/notifications/search?")
    assert WtoEping().headers(keyed)["Ocp-Apim-Subscription-Key"] == "secret"
    assert "Ocp-Apim-Subscription-Key" not in WtoEping().headers("https://epingalert.org/x")
    assert "TBT_WTO_KEY" in WtoEping().explain(keyed, 404)
    assert WtoEping().explain("https://epingalert.org/x", 404) == ""


def test_long_windows_are_cut_where_the_federal_register_ends_its_answers():
    from datetime import date

    found = list(UsFederalRegister().addresses(date(2025, 1, 1), date(2026, 1, 1)))
    assert len(found) == 3
    assert "gte%5D=2025-01-01" in found[0]
    assert "lte%5D=2026-01-01" in found[-1]


@pytest.mark.parametrize("change", ["title", "documentSymbol", "commentDeadlineDate", "distributionDate"])
def test_a_renamed_field_is_an_error_of_its_record(change: str):
    row = json.loads((PAGES / "wto_eping" / "page.json").read_bytes())["items"][0]
    row[f"{change}New"] = row.pop(change)
    with pytest.raises(ValueError, match=change):
        WtoEping().read(row)


def test_a_new_field_is_named():
    row = json.loads((PAGES / "wto_eping" / "page.json").read_bytes())["items"][0]
    assert WtoEping().read({**row, "annexUrl": "x"}).unread == ("annexUrl",)


def test_an_order_survives_the_command_line():
    from datetime import date

    order = Order(1, "wto_eping", date(2026, 1, 1), date(2026, 2, 1), 7, "http://127.0.0.1:1", 5)
    assert Order.of_json(order.as_json()) == order
    assert Order.of_json(dataclasses.replace(order, limit=None).as_json()).limit is None
