import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.fold import fold, folded

SCRIPTS = (
    "aÉıß电電サｶﾞ한각ксёйЇўңالبطّاريةکیधर्मকাপไฟฟ้าộ̣ơfiﬁ①Ⅷ"
    "🧸👩‍👧🇨🇳 \u00a0\t\n­‌‏\ufeff-–’'a\u0301\u0323e\u0302ĳǆ㎏㍿\ud800"
)
texts = st.one_of(st.text(max_size=60), st.text(alphabet=SCRIPTS, max_size=60))


@given(texts, st.booleans(), st.data())
def test_whatever_is_found_in_the_folded_text_has_its_exact_place_in_the_original(text, accents, data):
    one = fold(text, accents=accents)
    start = data.draw(st.integers(0, len(one.text)))
    end = data.draw(st.integers(start, len(one.text)))
    span = one.span(start, end)
    if span is None:
        return
    first, last = span
    assert 0 <= first < last <= len(text)
    # The original part alone folds to what was found, spaces at its ends aside.
    assert fold(text[first:last], accents=accents).text.strip() == one.text[start:end].strip()


@given(texts, st.booleans())
def test_the_whole_folded_text_is_found_again(text, accents):
    one = fold(text, accents=accents)
    if one.text.strip():
        assert one.span(0, len(one.text)) is not None


@given(texts)
def test_composed_and_decomposed_spellings_fold_alike(text):
    clean = text.encode("utf-8", "ignore").decode()
    assert folded(unicodedata.normalize("NFC", clean)) == folded(unicodedata.normalize("NFD", clean))


@given(texts)
def test_folding_twice_changes_nothing(text):
    assert folded(folded(text)) == folded(text)


@given(texts, st.data())
def test_what_endings_leave_still_has_its_exact_place(text, data):
    one = fold(text).without(re.compile(r"(?<=\w)[aeи]+\b"))
    start = data.draw(st.integers(0, len(one.text)))
    end = data.draw(st.integers(start, len(one.text)))
    span = one.span(start, end)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("電動玩具", "电动玩具"),
        ("ＴＯＹ　９５０３", "toy 9503"),
        ("Électro-ménager", "electro menager"),
        ("игрушёк", "игрушек"),
        ("بَطَّارِيَّة", "بطاريه"),
        ("کودک", "كودك"),
        ("BATTERİ", "batteri"),
        ("soft\u00adware", "software"),
        ("می‌شود", "ميشود"),
        ("o‘yinchoq", "o'yinchoq"),
        ("rice \n  cooker", "rice cooker"),
        ("ガラス", "ｶﾞﾗｽ"),
        ("장난감", unicodedata.normalize("NFD", "장난감")),
    ],
)
def test_spellings_of_one_word_are_equal(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("sữa", "sửa"), ("bộ", "bò")])
def test_vietnamese_words_that_differ_by_accents_stay_apart_when_asked(one, other):
    assert folded(one, accents=True) != folded(other, accents=True)
    assert folded(one) == folded(other)


def test_indic_and_thai_vowels_are_no_accents():
    assert folded("कि") != folded("कु")
    assert folded("มี") != folded("มา")


def test_a_part_that_ends_inside_a_character_has_no_place():
    one = fold("groß")
    assert one.text == "gross"
    assert one.span(0, 4) is None
    assert one.span(0, 5) == (0, 4)


def test_what_folded_away_after_a_word_belongs_to_it():
    text = "cafe\u0301s\u200d!"
    start, end = fold(text).span(0, 5)
    assert text[start:end] == "cafe\u0301s\u200d"


def test_a_long_text_folds_in_seconds_at_most():
    text = "电动玩具 électrique игрушки " * 80_000
    one = fold(text)
    assert one.span(len(one.text) - 9, len(one.text) - 1) is not None
