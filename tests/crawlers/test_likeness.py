"""Titles that are nearly the same propose a link to a person, and join nothing."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from crawlers import likeness
from crawlers.record import RawNotice
from database.session import reading
from database.tables import LinkProposal, Notice, TitleBand

Make = Callable[..., RawNotice]
Keep = Callable[..., object]
TITLE = "Energy Conservation Program: Energy Conservation Standards for Dedicated-Purpose Pool Pump Motors"


def proposed() -> list[tuple[str, str, str]]:
    with reading() as session:
        names = dict(session.exec(select(Notice.id, Notice.source_id)).all())
        rows = session.exec(select(LinkProposal)).all()
        return [(names[row.notice_id], names[row.other_id], row.state) for row in rows]


@pytest.mark.parametrize(
    "title",
    [
        TITLE.upper(),
        f"{TITLE}; Proposed",
        TITLE.replace("Dedicated-Purpose ", "dedicated purpose, "),
    ],
)
def test_nearly_the_same_title_of_another_publisher_is_proposed_and_not_joined(
    notice: Make, keep: Keep, title: str
):
    keep(notice("G/TBT/N/USA/2311", title=TITLE))
    keep(notice("2026-1", title=title), source="us_federal_register")
    assert proposed() == [("2026-1", "G/TBT/N/USA/2311", "open")]
    with reading() as session:
        assert len(set(session.exec(select(Notice.measure_id)))) == 2
    keep(notice("2026-1", title=f"{title} rule"), source="us_federal_register")
    assert len(proposed()) == 1, "once"


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Safety standard for pool pumps of some other kind"},
        {"title": f"{TITLE} 2026"},  # figures differ
        {"members": ("VNM",)},
        {"kind": "alert"},
        {"published": "2023-01-01"},
        {"keys": ("docket X-1",)},  # one measure already
        {"title": "Draft regulation"},  # says nothing
    ],
)
def test_what_is_not_alike_is_not_proposed(notice: Make, keep: Keep, other: dict[str, object]):
    title = other.get("title") if other.get("title") == "Draft regulation" else TITLE
    keep(notice("G/TBT/N/USA/2311", title=title, keys=("docket X-1",)))
    keep(notice("2026-1", **{"title": TITLE, **other}), source="us_federal_register")
    assert proposed() == []


def test_documents_of_one_publisher_are_not_compared(notice: Make, keep: Keep):
    keep(notice("G/TBT/N/USA/2311", title=TITLE), notice("G/TBT/N/USA/2312", title=TITLE))
    assert proposed() == []


def test_the_numbers_of_a_title_are_few_and_follow_it(notice: Make, keep: Keep):
    keep(notice("G/TBT/N/USA/2311", title=TITLE))
    with reading() as session:
        bands = set(session.exec(select(TitleBand.band)))
    assert bands == set(likeness.bands(TITLE))
    assert len(bands) == likeness.BANDS
    assert all(0 <= band < 2**63 for band in bands)
    keep(notice("G/TBT/N/USA/2311", title="Something else about toys and children altogether"))
    with reading() as session:
        assert not bands & set(session.exec(select(TitleBand.band)))
