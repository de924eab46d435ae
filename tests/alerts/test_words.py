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
