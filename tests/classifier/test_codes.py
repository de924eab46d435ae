import pytest

from classifier import codes
from classifier.records import Record
from config import taxonomy


@pytest.mark.parametrize(
    ("scheme", "stated", "sector"),
    [
        ("hs", "854340", "tobacco-vaping"),
        ("hs", "8543.70", "electronics-ict"),
        ("hs", "85.16", "household-appliances"),
        ("hs", "8548", "electrical-equipment"),
        ("hs", "HS 9503 00", "toys-children"),
        ("hs", "300510", "medical-devices"),
        ("hs", "3004", "pharmaceuticals"),
        ("hs", "9999", ""),
        ("hs", "0402.10.00.00", "food"),
        ("ics", "97.200.50", "toys-children"),
        ("ics", "97.200", "sports-leisure"),
        ("ics", "97.040.60", "household-goods"),
        ("ics", "97 040 30", "household-appliances"),
        ("ics", "13.220.10", "ppe-fire-safety"),
        ("ics", "13", "horizontal"),
    ],
)
def test_the_longest_prefix_over_all_sectors_wins(scheme, stated, sector):
    assert codes.sector(scheme, codes.plain(scheme, stated)) == sector


def test_every_prefix_of_the_taxonomy_leads_to_its_own_sector():
    for code, sector in taxonomy.sectors().items():
        assert {codes.sector("hs", prefix) for prefix in sector.hs} <= {code}
        assert {codes.sector("ics", prefix) for prefix in sector.ics} <= {code}


def test_an_ics_prefix_ends_where_a_group_ends():
    assert codes.sector("ics", "65.16") == "agriculture"  # not 65.160, tobacco


@pytest.mark.parametrize("stated", ["", "n/a", "8", "00", "ex", "1" * 15])
def test_what_is_no_code_names_no_sector_and_is_weak(stated):
    (one,) = codes.read(Record("1", hs=(stated,)))
    assert (one.sector, one.weak) == ("", True)


@pytest.mark.parametrize(("hs", "weak"), [("85", True), ("8516", False), ("9999", True)])
def test_a_chapter_or_an_unclaimed_code_is_weak(hs, weak):
    (one,) = codes.read(Record("1", hs=(hs,)))
    assert one.weak is weak


@pytest.mark.parametrize(
    ("field", "text", "hs", "ics", "written"),
    [
        ("products", "Toys (HS code(s): 950300)", ("950300",), (), "950300"),
        ("products", "Toys (HS 9503.00); dolls", ("9503.00",), (), "9503.00"),
        ("title", "玩具 税号 9503 的要求", ("9503",), (), "9503"),
        ("text", "Doors, ICS 91.060.50, and windows", (), ("91.060.50",), "91.060.50"),
    ],
)
def test_the_evidence_is_the_exact_place_in_the_text(field, text, hs, ics, written):
    (one,) = codes.read(Record("1", hs=hs, ics=ics, **{field: text}))
    assert (one.evidence.field, one.evidence.text) == (field, written)
    assert text[one.evidence.start : one.evidence.end] == written


@pytest.mark.parametrize("text", ["Since 2008 all flours", "part 12008", "no number", "20080", "1.2008"])
def test_a_year_or_part_of_a_number_is_no_evidence(text):
    (one,) = codes.read(Record("1", title=text, products=text, text=text, hs=("2008",)))
    assert (one.evidence.field, one.evidence.start, one.evidence.end, one.evidence.text) == (
        "hs",
        0,
        4,
        "2008",
    )
