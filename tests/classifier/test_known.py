import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier import known
from classifier.grams import grams

KEYS = st.sets(st.integers(0, (1 << known.BITS) - 1), max_size=60).map(sorted)


@given(KEYS)
def test_keys_survive_being_packed(numbers):
    keys = np.array(numbers, np.uint32)
    assert known.keys(known.gaps(keys)).tolist() == numbers


def test_gaps_about_the_largest_byte_are_told_apart():
    keys = np.array([0, 254, 509, 764, 765, 1275, 100_000], np.uint32)
    assert known.keys(known.gaps(keys)).tolist() == keys.tolist()


def test_only_what_was_met_is_found_with_its_row():
    met, text = grams("toy cars"), grams("toy boats")
    keys = np.unique(known.short(met.keys))
    here, rows = known.rows(keys, text)
    said = {"toy boats"[start:end] for start, end in zip(text.starts[here], text.ends[here], strict=True)}
    assert "toy" in said
    assert not any("b" in piece for piece in said)
    assert np.array_equal(keys[rows], known.short(text.keys[here]))


def test_who_knows_nothing_finds_nothing():
    here, rows = known.rows(np.zeros(0, np.uint32), grams("toy"))
    assert len(here) == len(rows) == 0
