import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.citations import acts, undated


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("does not comply with the Toy Safety Directive 2009/48/EC", "CELEX 32009L0048"),
        ("Regulation (EU) 2023/988 on general product safety", "CELEX 32023R0988"),
        ("Regulation (EC) No 1907/2006 (REACH)", "CELEX 32006R1907"),
        ("Commission Regulation (EU) No 10/2011", "CELEX 32011R0010"),
        ("Council Directive 76/768/EEC", "CELEX 31976L0768"),
        ("Decision No 768/2008/EC", "CELEX 32008D0768"),
        ("Decision 2010/15/EU", "CELEX 32010D0015"),
        ("in violation of 16 CFR Part 1303", "16 CFR 1303"),
        ("16 C.F.R. § 1120.3 and 16 CFR 1500.18(a)(9)", "16 CFR 1120|16 CFR 1500"),
        ("10 CFR parts 429 and 431", "10 CFR 429|10 CFR 431"),
        ("the toy directive, regulation 9999/1, Directive 12/34, 16 CF 1303, page 3/2009", ""),
    ],
)
def test_an_act_is_cited_by_its_number_however_it_is_written(words: str, found: str):
    assert acts(words) == [one for one in found.split("|") if one]


@given(st.text(alphabet="RegulationDirective (EU)No 0123456789/CFR.,", max_size=120))
def test_whatever_is_written_a_citation_has_the_form_of_one(words: str):
    for one in acts(words):
        assert one.split(" ")[0] == "CELEX" or one.split(" ")[1] == "CFR"


def test_a_standard_is_the_same_in_every_edition():
    assert undated(
        ["EN 71-1:2014+A1:2018", "EN 71-1", "GB 4706.1-2005", "ASTM F963-17", "IEC 60335-2-40:2022"]
    ) == [
        "EN 71-1",
        "GB 4706.1",
        "ASTM F963",
        "IEC 60335-2-40",
    ]
