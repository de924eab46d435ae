from collections.abc import Callable

import pytest

from crawlers.form import form
from crawlers.record import RawNotice, normalise
from crawlers.standards import find


@pytest.mark.parametrize(
    ("words", "cited"),
    [
        ("ISO 8124-1:2018 and IEC 60335-2-40:2022+A1", ["ISO 8124-1:2018", "IEC 60335-2-40:2022+A1"]),
        ("EN 71-1: 2014 + A1:2018; EN 71-3", ["EN 71-1:2014+A1:2018", "EN 71-3"]),
        ("ISO/IEC 17025:2017, EN IEC 60335-1", ["ISO/IEC 17025:2017", "EN IEC 60335-1"]),
        ("ASTM F963-23 and UL 60335-2-40, UL 94", ["ASTM F963-23", "UL 60335-2-40", "UL 94"]),
        ("GB 4706.1-2005 and GB / T 5296.5-2006", ["GB 4706.1-2005", "GB/T 5296.5-2006"]),
        (
            "ГОСТ Р 51318.14.1-2006; ГОСТ IEC 60335-1-2015",
            ["GOST R 51318.14.1-2006", "GOST IEC 60335-1-2015"],
        ),
        ("ГОСТ 12.2.007.0-75, СТБ 1250-2009", ["GOST 12.2.007.0-75", "STB 1250-2009"]),
        ("TCVN 6238-1:2017 (ISO 8124-1:2014)", ["TCVN 6238-1:2017", "ISO 8124-1:2014"]),
        ("QCVN 3:2019/BKHCN", ["QCVN 3:2019/BKHCN"]),
        (
            "SASO 2870:2018, SASO IEC 60335-1, GSO 1943:2016",
            ["SASO 2870:2018", "SASO IEC 60335-1", "GSO 1943:2016"],
        ),
        (
            "CISPR 14-1; BS EN 60335-1:2012; JIS C 9335-1",
            ["CISPR 14-1", "BS EN 60335-1:2012", "JIS C 9335-1"],
        ),
        ("SNI 04-6292.1-2003, MS IEC 60335-1:2012", ["SNI 04-6292.1-2003", "MS IEC 60335-1:2012"]),
        ("TS EN 71-3, ETSI EN 300 328", ["TS EN 71-3", "EN 300 328"]),
        ("ТР ТС 004/2011 и ТР ЕАЭС 037/2016", ["TR CU 004/2011", "TR EAEU 037/2016"]),
        ("EN\u00a071\u20111:2014 twice: EN 71-1:2014", ["EN 71-1:2014"]),
    ],
)
def test_cited_standards_are_spelled_one_way(words: str, cited: list[str]):
    assert find(words) == cited


@pytest.mark.parametrize(
    "words",
    [
        "the EN 2026 edition",
        "Regulation (EU) 2019/2020",
        "it IS 2 of 3",
        "MS 12",
        "GB 1",
        "OPEN 20 DIN",
        "ТУ 14",
    ],
)
def test_letters_and_figures_that_cite_nothing_are_left(words: str):
    assert find(words) == []


def test_a_notice_holds_what_its_words_cite(notice: Callable[..., RawNotice]):
    facts = normalise(notice(text="As in EN 71-1:2014.", products="Toys (ISO 8124-1)"), form("wto_eping"))
    assert facts.standards == ["ISO 8124-1", "EN 71-1:2014"]
