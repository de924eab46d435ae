import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.grams import BUCKETS, grams, plain


def pieces(text):
    found = grams(text)
    return {text[start:end] for start, end in zip(found.starts, found.ends, strict=True)}


def test_words_pairs_of_words_and_parts_of_words_are_found():
    assert {"toy", "cars", "toy cars"} <= pieces("toy cars")
    assert "y ca" not in pieces("toy cars")


def test_scripts_without_spaces_are_read_by_one_two_and_three_letters():
    assert {"洗", "衣机", "洗衣机"} <= pieces("洗衣机")
    assert {"ข", "ข้", "ข้า"} <= pieces("ข้าว")


def test_case_width_and_traditional_characters_make_no_difference():
    assert plain("ＴＯＹ 電池").text == plain("toy 电池").text
    assert plain("a \n\u3000b").text == "a b"


def test_a_composed_letter_and_its_parts_are_read_alike():
    assert plain("e\u0301").text == plain("é").text


def test_a_word_has_the_same_bucket_wherever_it_stands():
    text = "no toy cars for toy makers"
    found = grams(text)
    places = zip(found.buckets, found.starts, found.ends, strict=True)
    words = [bucket for bucket, start, end in places if text[start:end] == "toy"]
    assert len(words) == 4
    assert len(set(words)) == 2  # the word, and its three letters


@pytest.mark.parametrize("text", ["", " ", "…", "\x00", "a", "\ud800", "🧸" * 3])
def test_little_or_no_text_is_no_error(text):
    found = grams(plain(text).text)
    assert len(found.buckets) == len(found.starts) == len(found.ends)


@given(st.text(max_size=200))
def test_buckets_and_places_are_always_inside(text):
    read = plain(text).text
    found = grams(read)
    assert np.all((found.buckets >= 0) & (found.buckets < BUCKETS))
    assert np.all((found.starts >= 0) & (found.starts <= found.ends) & (found.ends <= len(read) + 1))
    assert np.array_equal(found.buckets, grams(read).buckets)
