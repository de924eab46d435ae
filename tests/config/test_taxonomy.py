import datetime as dt

import pytest

from config import taxonomy
from config.errors import ConfigError
from config.texts import LANGUAGES, catalogue, text

FULL = ("zh", "en", "es", "fr", "pt", "ru", "ar", "vi", "id", "th", "tr")


def test_every_file_is_read():
    taxonomy.check()
    assert len(taxonomy.sectors()) == 32
    assert len(taxonomy.measure_types()) == 13
    assert len(taxonomy.countries()) >= 249


def test_the_longest_prefix_belongs_to_one_sector_alone():
    prefixes = [p for s in taxonomy.sectors().values() for p in s.hs]
    assert len(prefixes) == len(set(prefixes))


@pytest.mark.parametrize("code", FULL)
def test_a_full_language_has_words_for_every_sector_and_measure_type(code):
    language = taxonomy.languages()[code]
    missing = {s: len(words) for s, words in language.terms.items() if len(words) < 60}
    assert not missing, f"config/languages/{code}.toml: fewer than 60 terms: {missing}"
    assert not [m for m, words in language.measure_types.items() if len(words) < 8]
    assert len(language.sentences) >= 25


@pytest.mark.parametrize("code", sorted(taxonomy.languages()))
def test_a_term_stands_in_one_sector_of_its_language(code):
    owner = {}
    for sector, words in taxonomy.languages()[code].terms.items():
        for word in words:
            assert owner.setdefault(word, sector) == sector, f"{code}: {word!r} in {owner[word]} and {sector}"


def test_a_market_is_what_it_was_on_the_day():
    bri, eu = taxonomy.markets()["BRI"], taxonomy.markets()["EU"]
    assert "ITA" in bri.on(dt.date(2022, 1, 1))
    assert "ITA" not in bri.on(dt.date(2025, 1, 1))
    assert "GBR" in eu.on(dt.date(2019, 1, 1))
    assert "GBR" not in eu.on(dt.date(2021, 1, 1))
    assert len(eu.on(dt.date(2026, 1, 1))) == 28  # 27 and the Union itself
    assert "POL" in bri.on(dt.date(2026, 1, 1))


def test_bodies_map_to_their_members():
    on = {code: body.on(dt.date(2026, 1, 1)) for code, body in taxonomy.bodies().items()}
    assert on["EAEU"] == {"RUS", "KAZ", "BLR", "ARM", "KGZ"}
    assert {"SAU", "ARE", "QAT", "KWT", "BHR", "OMN"} <= on["GCC"]
    assert {"BDI", "KEN", "RWA", "TZA", "UGA"} <= on["EAC"]
    assert {"EAEU", "GCC", "EAC", "ASEAN", "CAN"} <= set(on)


def test_member_codes_of_eping_are_derived():
    assert taxonomy.countries()["EU"].eping == "U918"
    assert taxonomy.countries()["CHN"].eping == "C156"
    codes = [c.eping for c in taxonomy.countries().values() if c.numeric]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('[toys]\nen = "Toys"\n', r"\[toys\]: zh must be"),
        ('[toys]\nen = "Toys"\nzh = "玩具"\nhs = ["95O3"]\n', r"\[toys\]: hs .*'95O3'"),
        ('[toys]\nen = "Toys"\nzh = "玩具"\nhsx = []\n', r"\[toys\]: unknown field 'hsx'"),
        (
            '[a]\nen="A"\nzh="甲"\nhs=["95"]\n[b]\nen="B"\nzh="乙"\nhs=["95"]\n',
            r"\[b\]: hs 95 stands in \[a\]",
        ),
        ("[toys\n", r"cannot be read"),
        ("", r"holds no sector"),
    ],
)
def test_a_fault_in_a_file_names_file_entry_and_fault(tmp_path, monkeypatch, content, fault):
    (tmp_path / "sectors.toml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(taxonomy, "HOME", tmp_path)
    taxonomy.sectors.cache_clear()
    try:
        with pytest.raises(ConfigError, match=rf"sectors\.toml.*{fault}"):
            taxonomy.sectors()
    finally:
        taxonomy.sectors.cache_clear()


def test_texts_exist_in_every_language_with_the_same_placeholders():
    import string

    for key, entry in catalogue().items():
        names = [
            {field for _, field, _, _ in string.Formatter().parse(entry[code]) if field is not None}
            for code in ("zh", "en")
        ]
        assert names[0] == names[1], f"{key}: placeholders differ"
        assert all(entry[code].strip() for code in ("zh", "en")), f"{key}: empty"
        for code in LANGUAGES:
            assert text(key, code, **dict.fromkeys(names[0], 1))
