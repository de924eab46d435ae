import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import known
from classifier.counts import Counts, inside
from classifier.grams import KINDS, WORD, grams, plain
from config import taxonomy

CODES = list(taxonomy.sectors())


@pytest.fixture(scope="module")
def toys_and_food():
    """Counts that met "zorbles" for toys and "zorble" both for toys and food."""
    met = {}
    for text, sector in (("zorbles", "toys-children"), ("zorble", "toys-children"), ("zorble", "food")):
        for key in known.short(grams(text).keys).tolist():
            met.setdefault(key, set()).add(CODES.index(sector))
    keys = sorted(met)
    return Counts(
        {
            "keys": known.gaps(np.array(keys, np.uint32)),
            "sizes": np.array([len(met[key]) for key in keys], np.uint8),
            "sectors": np.array([sector for key in keys for sector in sorted(met[key])], np.uint8),
            "clear": np.full(sum(map(len, met.values())), 8, np.uint8),
            "weights": np.ones(2 * len(KINDS), np.float32),
            "bias": np.zeros(len(CODES), np.float32),
        }
    )


def test_what_was_met_speaks_and_what_was_not_is_silent(toys_and_food):
    said = toys_and_food.logits(grams("the zorbles"))
    assert CODES[int(said.argmax())] == "toys-children"
    assert not toys_and_food.logits(grams("quux")).any()


def test_the_word_speaks_apart_from_its_parts(toys_and_food):
    groups = toys_and_food.groups(grams("zorbles"))
    word = groups[KINDS.index(WORD)]
    assert word[CODES.index("toys-children")] > 0 == word[CODES.index("food")]
    parts = groups[len(KINDS) :]
    assert parts[:, CODES.index("food")].any()


def test_a_stretch_in_a_longer_one_is_inside():
    starts, ends = np.array([0, 0, 3, 9], np.int32), np.array([7, 3, 8, 12], np.int32)
    assert inside(starts, ends).tolist() == [False, True, False, False]


@given(st.text(max_size=80))
def test_any_text_can_be_read(toys_and_food, text):
    assert np.isfinite(toys_and_food.logits(grams(plain(text).text))).all()
