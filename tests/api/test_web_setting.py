"""Words on paper: every script, in its direction, within the margins."""

import io
import unicodedata

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.papers import pdf, setting
from api.papers.blocks import Items, Paper, Table, Words

ROOM = 200.0


def printed(*words: str, language: str = "zh") -> str:
    blocks = [*map(Words, words), Table(["", ""], [[one, one] for one in words])]
    body = pdf.write(Paper("t", "s", "a", language, "f", blocks))
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize(
    "words",
    [
        "儿童玩具安全", "兒童玩具", "Dự thảo Thông tư đồ chơi", "Технический регламент № 90", "Қазақ ойыншық",
        "Ελληνικά", "Łódź façade", "장난감 안전", "おもちゃ", "ร่างประกาศ", "სათამაშო", "90 µg/kg ≤ 5 €",
    ],
)  # fmt: skip
def test_a_script_is_printed_as_it_is_written(words):
    # Marks above and below are drawn by themselves and come back apart.
    letters = [c for c in unicodedata.normalize("NFKC", words) if c.isalnum()]
    assert not {*letters} - {*printed(words)}


def test_arabic_letters_are_joined_and_run_from_right_to_left():
    line = setting.visual(setting.lines("لعب 90 الأطفال (EN 71)", 10, 500, 1)[0])
    said = [one.words for one in line if not one.words.isspace()]
    assert said == ["(", "EN", "71", ")", "الأطفال", "90", "لعب"]
    assert setting.width("لعب", setting.OWN, 10) < sum(setting.width(c, setting.OWN, 10) for c in "لعب")
    assert "\ufedf" in unicodedata.normalize("NFC", _raw("لعب"))  # lam as it begins a word


def _raw(words: str) -> str:
    body = pdf.write(Paper("t", "s", "a", "zh", "f", [Words(words)]))
    return pypdf.PdfReader(io.BytesIO(body)).pages[0].extract_text()


def test_chinese_with_some_arabic_in_it_stays_from_left_to_right():
    line = setting.visual(setting.lines("玩具 لعب الأطفال 通报", 10, 500, 0)[0])
    said = "".join(one.words for one in line)
    assert said.split() == ["玩具", "الأطفال", "لعب", "通报"]


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "〔孟加拉文，见网页〕"), ("en", "[Bengali, see the page]")]
)
def test_a_script_without_a_font_is_named_once_and_never_a_box(language, told):
    found = setting.showable("খেলনা নিরাপত্তা 90 mg 😀", language)
    assert found == f"{told} 90 mg "
    assert "\u25a1" not in found


def test_a_long_list_goes_on_on_the_next_page():
    body = pdf.write(Paper("t", "s", "a", "en", "f", [Items([("word " * 900, "more")])]))
    assert len(pypdf.PdfReader(io.BytesIO(body)).pages) == 2


def _letters(words: str) -> list[str]:
    """Whatever order and whichever way brackets look."""
    return sorted(min(c, c.translate(setting.MIRRORED)) for c in words)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_stays_within_the_margin_and_whole(words):
    shown = setting.showable(words, "en")
    found = setting.lines(shown, 9, ROOM, setting._base(shown))
    assert _letters("".join(one.words for line in found for one in line)) == _letters(shown.replace("\n", ""))
    for line in found:
        assert sum(one.width for one in setting.visual(line)) <= ROOM + 0.01
