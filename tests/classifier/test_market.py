import datetime as dt

import pytest

from classifier import market
from classifier.records import Record
from config import taxonomy

TODAY = dt.date(2026, 3, 1)


def read(language="en", day=TODAY, **values):
    countries, markets = market.read(Record("1", published_on=day, **values), language)
    return [one.code for one in countries], {one.code: one.countries for one in markets}


@pytest.mark.parametrize(
    ("member", "country", "markets"),
    [
        ("USA", "USA", {"US"}),
        ("United States of America", "USA", {"US"}),
        ("C840", "USA", {"US"}),
        ("European Union", "EU", {"EU"}),
        ("U918", "EU", {"EU"}),
        ("C704", "VNM", {"BRI"}),
        ("Viet Nam", "VNM", {"BRI"}),
        ("POL", "POL", {"EU", "BRI"}),
        ("DEU", "DEU", {"EU"}),
        ("JPN", "JPN", {"OTHER"}),
        ("Türkiye", "TUR", {"BRI"}),
        ("turkey", "TUR", {"BRI"}),
        ("Separate Customs Territory of Taiwan, Penghu, Kinmen and Matsu", "TWN", {"OTHER"}),
        ("Hong Kong, China", "HKG", {"OTHER"}),
        ("CAN", "CAN", {"OTHER"}),
        ("Canada", "CAN", {"OTHER"}),
        ("俄罗斯", "RUS", {"BRI"}),
    ],
)
def test_a_member_is_understood_however_it_is_written(member, country, markets):
    countries, found = read(members=(member,))
    assert (countries, set(found)) == ([country], markets)


def test_every_country_is_found_by_its_code_and_its_names():
    for code, one in taxonomy.countries().items():
        for written in (code, one.en, one.zh, *one.spellings):
            assert read(members=(written,))[0] == [code], written


@pytest.mark.parametrize(("day", "markets"), [("2020-01-31", {"EU"}), ("2020-02-01", {"OTHER"})])
def test_markets_are_those_of_the_day_of_publication(day, markets):
    assert set(read(day=dt.date.fromisoformat(day), members=("GBR",))[1]) == markets


def test_a_partner_that_left_counts_until_the_day_it_left():
    assert set(read(day=dt.date(2024, 1, 1), members=("PAN",))[1]) == {"BRI"}
    assert set(read(day=dt.date(2025, 6, 1), members=("PAN",))[1]) == {"OTHER"}


def test_china_is_told_as_member_and_as_no_market_that_somebody_names():
    countries, found = read(members=("CHN",), title="Rules like those of Japan")
    assert (countries, set(found)) == (["CHN"], {"OTHER"})
    assert read("zh", title="中国与日本的标准")[0] == ["JPN"]


def test_a_joint_notification_concerns_every_member_of_the_body():
    countries, found = read(members=("GCC",))
    assert set(countries) == {"ARE", "BHR", "KWT", "OMN", "QAT", "SAU"}
    assert set(found) == {"BRI"}
    assert set(read(symbols=("G/TBT/N/ARE/1", "G/TBT/N/BHR/2"))[0]) == {"ARE", "BHR"}


def test_the_members_of_a_body_are_those_of_the_day():
    assert "SOM" not in read(day=dt.date(2024, 3, 3), members=("EAC",))[0]
    assert "SOM" in read(day=dt.date(2024, 3, 4), members=("EAC",))[0]


@pytest.mark.parametrize(
    ("symbol", "country"),
    [
        ("G/TBT/N/USA/2311", "USA"),
        ("G/SPS/N/EU/12/Add.1", "EU"),
        ("G/TBT/N/EEC/5", "EU"),
        ("G/TBT/N/TPKM/500", "TWN"),
    ],
)
def test_without_a_member_the_symbol_tells(symbol, country):
    assert read(symbols=(symbol,))[0] == [country]
    text = f"See {symbol} of March"
    (one,) = market.read(Record("1", text=text), "en")[0]
    assert text[one.evidence[0].start : one.evidence[0].end] == one.evidence[0].text
    assert one.code == country


@pytest.mark.parametrize(
    ("language", "title", "countries"),
    [
        ("en", "Import of poultry into Viet Nam and the EU", ["VNM", "EU"]),
        ("en", "Turkey meat products", []),
        ("en", "turkey, jersey and china", []),
        ("en", "Rules of Turkey on meat", ["TUR"]),
        ("en", "Tell us who the us is; US$ 100", []),
        ("en", "US rules", ["USA"]),
        ("en", "Papua New Guinea and Guinea-Bissau", ["PNG", "GNB"]),
        ("en", "South Sudan, Sudan", ["SSD", "SDN"]),
        ("en", "Romania, not Oman", ["ROU", "OMN"]),
        ("en", "Womanly Perused", []),
        ("zh", "美國對電動玩具的要求", ["USA"]),
        ("zh", "欧亚经济联盟技术法规", ["ARM", "BLR", "KAZ", "KGZ", "RUS"]),
        ("ru", "ТР ЕАЭС 037/2016", ["ARM", "BLR", "KAZ", "KGZ", "RUS"]),
        ("es", "Norma de la Comunidad Andina", ["BOL", "COL", "ECU", "PER"]),
        ("ar", "لائحة المملكة العربية السعودية", ["SAU"]),
        ("th", "ประเทศไทย", ["THA"]),
        ("ko", "미국의 규정", ["USA"]),
        ("es", "Requisitos de los Estados Unidos", ["USA"]),
        ("en", "Estados Unidos", []),
        ("ru", "Технический регламент Республики Казахстан", ["KAZ"]),
    ],
)
def test_countries_are_read_from_the_title(language, title, countries):
    found = market.read(Record("1", title=title, published_on=TODAY), language)[0]
    assert [one.code for one in found] == countries
    for one in found:
        assert one.by == "rules"
        for span in one.evidence:
            assert title[span.start : span.end] == span.text


def test_the_text_is_asked_only_where_the_title_names_no_country():
    assert read(title="Rules of Japan", text="unlike Norway")[0] == ["JPN"]
    assert read(title="Rules", text="of Norway")[0] == ["NOR"]


def test_an_unknown_member_says_nothing_and_the_symbol_is_asked():
    assert read(members=("Atlantis",), symbols=("G/TBT/N/BRA/1",))[0] == ["BRA"]
    assert read(members=("C",))[0] == []


@pytest.mark.parametrize(
    ("language", "title", "countries"),
    [
        ("zh", "修订G/TBT/N/BRA/343/Add.1通报的文件", ["BRA"]),
        ("en", "US 1560:2013, Water storage tank", []),
        ("en", "US EAS 770:2012, Fortified sugar", []),
        ("en", "US rules on lamps", ["USA"]),
        ("en", "Import of nuts originating in Chile", []),
        ("en", "Mexico: import requirements for nuts originating in Chile", ["MEX"]),
        ("es", "Requisitos para nueces procedentes de India", []),
        ("es", "NORMA OFICIAL MEXICANA NOM-028-ENER-2017", ["MEX"]),
        ("zh", "越南关于来自印度的坚果的要求", ["VNM"]),
        ("pt", "Portaria Inmetro nº 79/2011", ["BRA"]),
        ("ar", "اعتماد تعديل لوائح فنية سعودية", ["SAU"]),
        ("en", "Draft Commission Directive amending Appendix C", ["EU"]),
    ],
)
def test_what_the_title_says_of_the_market_and_what_only_of_origin(language, title, countries):
    assert read(language, title=title)[0] == countries
