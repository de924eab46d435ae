import time

import pytest

from alerts.words import Passage, find


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("kettle", "Electric Kettles and toasters", "Kettles"),
        ("car", "Carpets and scarves", None),
        ("电水壶", "關於電水壺的安全要求", "電水壺"),
        ("LED灯", "使用ＬＥＤ灯的产品", "ＬＥＤ灯"),
        ("led", "使用LED灯的产品", "LED"),
        ("café", "Machines for CAFE use", "CAFE"),
        ("electric kettle", "electric\n  kettle", "electric\n  kettle"),
        ("straße", "Die STRASSE", "STRASSE"),
        ("чайник", "Электрический чайник", "чайник"),
        ("ban", "bank and urban", None),
    ],
)
def test_a_word_is_found_where_it_stands_in_the_original(word: str, text: str, found: str | None) -> None:
    place = find(word, Passage("title", text))
    assert (text[place[0] : place[1]] if place else None) == found


@pytest.mark.parametrize("filling", ["rules of the road ", "правила дорожного движения ", "ǅ\u0301 ﷺ "])
def test_a_word_at_the_far_end_of_a_long_text_is_found_in_its_place(filling: str) -> None:
    text = filling * (500_000 // len(filling)) + "ＬＥＤ灯"
    passage, begun = Passage("text", text), time.process_time()
    for _ in range(50):
        assert find("led灯", passage) == (len(text) - 4, len(text))
    assert time.process_time() - begun < 10
