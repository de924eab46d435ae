import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawlers import codes


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Lamps (HS code(s): 841510); fans (ICS code(s): 23.120)", "841510"),
        ("HS 8516.71, 8516.79", "851671 851679"),
        ("HS code(s): 9503", "9503"),
        ("(HS code(s): 02; 03)", "02 03"),
        ("falling under HS: ex 8507.60 and ex 8548", "850760 8548"),
        ("HS 8501 to 8504", "8501 8502 8503 8504"),
        ("HS chapters 01-04", "01 02 03 04"),
        ("HS headings 8471-8504", "8471 8504"),
        ("HS 2022: 8517.62", "851762"),
        ("HS Nos. 8471.30.0100", "8471300100"),
        ("harmonized system code 4011", "4011"),
        ("tariff heading 64.03", "6403"),
        ("Codes SH: 0901.11, 0901.12", "090111 090112"),
        ("Código SA 9503.00", "950300"),
        ("код ТН ВЭД ЕАЭС 8450", "8450"),
        ("HS 8516 7100", "8516"),
        ("published in 2026, 95 % of toys, EN 71-1, 8516 units", ""),
        ("HS standards of 2026", ""),
        ("HSBC 9503", ""),
    ],
)
def test_hs_codes_stand_after_a_word_for_the_system(words: str, found: str):
    assert codes.hs_of_text(words) == set(found.split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("8415.10 - Window units; 8418 - Refrigerators, 3 doors", "841510 8418"),
        ("0409, 041090", "0409 041090"),
        ("02; 03", "02 03"),
        ("ex 9503", "9503"),
        ("To be determined", ""),
    ],
)
def test_a_field_for_hs_codes_holds_nothing_else_at_its_beginnings(words: str, found: str):
    assert codes.hs_of_field(words) == set(found.split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ICS 97.040.50", "97.040.50"),
        ("(ICS code(s): 67.060, 67.080.10)", "67.060 67.080.10"),
        ("ICS: 97", "97"),
        ("costs 12.500 and 97.040 euros", ""),
        ("ICS 02.040", ""),
    ],
)
def test_ics_codes_stand_after_the_word(words: str, found: str):
    assert codes.ics_of_text(words) == set(found.split())


def test_a_field_for_ics_codes_names_each_with_its_title():
    found = codes.ics_of_field("23.120 - Ventilators. Fans. Air-conditioners; 97.030 - Domestic appliances")
    assert found == {"23.120", "97.030"}


@given(st.text(alphabet="HS ICS:.;,-0123456789exand()", max_size=200))
def test_whatever_is_written_codes_have_the_form_of_codes(words: str):
    for code in codes.hs_of_text(words) | codes.hs_of_field(words):
        assert code.isdigit()
        assert 2 <= len(code) <= 10
    for code in codes.ics_of_text(words):
        assert code[:2] in codes.ICS_FIELDS


NATIONAL = st.from_regex(r"(?:0[1-9]|[1-8][0-9]|9[0-7])(?:[0-9]{2})(?:[0-9]{2}){2,3}", fullmatch=True)
FINER = st.from_regex(r"(?:0[1-9]|[1-8][0-9]|9[0-7])[0-9]{2}(?:[0-9]{2}){1,3}", fullmatch=True)


def _written(code: str, step: str) -> str:
    """8516710090 as 8516.71.0090, 8516 71 00 90 or undivided."""
    if step == ".":
        return ".".join(filter(None, [code[:4], code[4:6], code[6:]]))
    return " ".join([code[:4], *(code[i : i + 2] for i in range(4, len(code), 2))]) if step == " " else code


@given(
    FINER, st.sampled_from(["", ".", " "]), st.sampled_from(["HS {}", "HS code: ex {}", "tariff heading {}"])
)
def test_a_national_code_of_8_to_10_digits_is_kept_whole_in_free_text(code: str, step: str, said: str):
    assume(code not in codes.EDITIONS)
    assert codes.hs_of_text(f"Toys ({said.format(_written(code, step))}), 12 kg.") == {code}


@given(
    st.lists(NATIONAL, min_size=1, max_size=6, unique=True), st.sampled_from([", ", "; ", " and ", ", ex "])
)
def test_every_code_of_a_list_is_found_and_nothing_more(listed: list[str], between: str):
    assert codes.hs_of_text(f"HS codes: {between.join(listed)}. Others in 2026.") == set(listed)
    assert codes.hs_of_field("; ".join(f"{one} - toys of 3 kinds" for one in listed)) == set(listed)


@given(st.integers(1, 97), st.integers(0, 99), st.integers(0, 20))
def test_a_range_of_headings_names_each_and_none_beyond_its_chapter(chapter: int, first: int, more: int):
    last = min(first + more, 99)
    low, high = f"{chapter:02}{first:02}", f"{chapter:02}{last:02}"
    assume(not {low, high} & codes.EDITIONS)
    found = codes.hs_of_text(f"HS {low} to {high}")
    assert found == {f"{chapter:02}{heading:02}" for heading in range(first, last + 1)}
    assert codes.hs_of_field(f"ex {low} - ex {high}") == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Toys (ex 9503) and parts, ex. 9504.90", "9503 950490"),
        ("a plant closed since ex 2008, 3 ex 12", ""),
        ("ex 2009.11 orange juice", "200911"),
        ("ТН ВЭД ЕАЭС 8516 60 101 0", "8516601010"),
        ("CN codes 3923 30 10 and 3923 50 10; CN 42 is no code", "39233010 39235010"),
    ],
)
def test_parts_of_headings_and_national_codes_are_found_in_free_text(words: str, found: str):
    assert codes.hs_of_text(words) == set(found.split())


def test_a_field_that_names_its_system_is_read_from_its_first_code_on():
    assert codes.hs_of_field("HS: 8516.71, 8516.79") == {"851671", "851679"}
    assert codes.ics_of_field("ICS 97.040.50") == {"97.040.50"}
