import pytest

from classifier import heads, terms


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("en", "Detergents for dishwashers", "Detergents"),
        ("en", "Lamps intended for use with biogas", "Lamps"),
        ("en", "Pesticides in rice", "rice"),
        ("en", "cotton lamps", "lamps"),
        ("es", "Detergentes para lavavajillas", "Detergentes"),
        ("fr", "détergents pour lave-vaisselle", "détergents"),
        ("zh", "燃料的烤箱", "烤箱"),
        ("zh", "玩具中的油漆", "玩具"),
    ],
)
def test_what_is_meant_counts_more_than_what_describes_it(language, text, meant):
    matches = terms.find("sector", text, [language])
    shares = heads.shares(text, matches, 0.5)
    assert {text[m.start : m.end] for m, share in zip(matches, shares, strict=True) if share == 1.0} == {
        meant
    }
    assert 0.5 in shares


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Toys and furniture"),
        ("en", "Toys; for furniture"),
        ("en", "Toys, furniture"),
        ("zh", "玩具和家具"),
        ("zh", "玩具、家具"),
        ("en", "toys"),
        ("en", ""),
    ],
)
def test_products_side_by_side_count_alike(language, text):
    matches = terms.find("sector", text, [language])
    assert set(heads.shares(text, matches, 0.5)) <= {1.0}
    assert len(matches) == len(heads.shares(text, matches, 0.5))
