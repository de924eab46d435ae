"""Products as people write them, and what is ahead for them, by a number anybody can compute again."""

import datetime as dt
import itertools

import pytest

from alerts import exposure, privacy, products, upload
from alerts.errors import InvalidProduct
from alerts.products import Row
from config import taxonomy
from config.texts import text, traditional
from database import types
from database.session import reading, unit_of_work
from database.tables import Firm, Product, Subscriber

FILE = 'HS编码,市场,年出口额,币种,品名\n950300,欧盟,120万,USD,玩具车\n8516.60,越南,"1,000",人民币,\n'


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("9503", "9503"),
        ("9503.00", "950300"),
        ("９５０３００", "950300"),
        ("9503 0021", "950300"),
        ("95", "95"),
    ],
)
def test_an_hs_code_is_taken_however_it_is_written(written, stored):
    assert products.hs(written) == stored


@pytest.mark.parametrize("written", ["", "950", "90111", "95x3", "0003", "toys", "123456789012"])
def test_what_is_no_hs_code_is_refused(written):
    with pytest.raises(InvalidProduct):
        products.hs(written)


def test_a_dropped_zero_is_named_as_the_cause():
    with pytest.raises(InvalidProduct, match="leading 0"):
        products.hs("90111")


@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_every_market_and_country_is_known_by_its_name_in_each_language(language):
    for one in itertools.chain(taxonomy.countries().values(), taxonomy.markets().values()):
        name = one.en if language == "en" else one.zh if language == "zh" else traditional(one.zh)
        found = products.market(name)
        assert found == one.code or found in taxonomy.markets(), name
    assert products.market(text("letters.other_market", language)) == "OTHER"


@pytest.mark.parametrize(
    ("written", "value"),
    [("", None), ("1200000", 1_200_000), ("99.6", 100), ("1,200,000", 1_200_000), ("120万", 1_200_000),
     ("1.2亿", 120_000_000),
     ("１２０萬", 1_200_000)],
)  # fmt: skip
def test_an_amount_is_taken_however_it_is_written(written, value):
    assert products.amount(written) == value


@pytest.mark.parametrize("written", ["0", "-5", "1e9", "12,00", "many", "9" * 20, "1" * 300])
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(InvalidProduct):
        products.amount(written)


ROWS = [Row("950300", "EU", 1_200_000, "USD", "玩具车"), Row("851660", "VNM", 1_000, "CNY", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_in_the_encodings_and_forms_of_spreadsheets(encoding, delimiter):
    words = FILE.replace('"1,000"', "1000").replace(",", delimiter).replace("\n", "\r\n")
    found = upload.read(words.encode(encoding))
    assert (found.rows, found.faults) == (ROWS, [])


def test_columns_follow_their_headings_and_traditional_characters_are_the_same():
    assert upload.read(traditional(FILE).encode()).rows[0].market == "EU"
    assert upload.read("备注,品名,国家,税号\nx,车,越南,9503\n".encode()).rows == [
        Row("9503", "VNM", name="车")
    ]
    assert upload.read(b"9503,VNM\n8516,USA,500\n").rows == [Row("9503", "VNM"), Row("8516", "US", 500)]


def test_every_fault_names_its_row_and_column_and_the_good_rows_are_not_hidden_by_them():
    body = "hs,market,value\n\n95x,EU,\n9503,Mars,\n9503,EU,none\n9503,EU,5\n8516,EU,\n9503,欧盟,6\n"
    found = upload.read(body.encode())
    assert [(one.row, one.field, one.error.reason) for one in found.faults] == [
        (3, "hs", "hs"), (4, "market", "market"), (5, "value", "value"), (8, "hs", "twice"),
    ]  # fmt: skip
    assert len(found.rows) == 2
    assert "6" in found.faults[-1].error.sentence("zh")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "file_empty"), (b"hs,market\n", "file_empty"), (b"PK\x03\x04\x00\x00", "file_encoding"),
        (b"\xff" * 50, "file_encoding"), (b"9503,EU\n" * 2_000, "file_rows"),
        (b"9" * (upload.MOST_BYTES + 1), "file_large"), (b'"' + b"9" * 140_000, "file_csv"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_the_reason(body, reason):
    faults = upload.read(body).faults
    assert (faults[0].row, faults[0].error.reason) == (0, reason)
    for language in ("zh", "en", "zh-Hant"):
        assert "{" not in faults[0].error.sentence(language)


@pytest.fixture
def person(world):
    number = world.reader().subscriber_id

    def stored(*rows: Row) -> int:
        with unit_of_work() as session:
            products.put(session, session.get_one(Subscriber, number), rows)
        return number

    return stored


def ranked(number):
    with reading() as session:
        mine = list(products.products(session, session.get_one(Subscriber, number)))
        return exposure.ranked(session, mine, types.now())


def day(days):
    return types.now().date() + dt.timedelta(days=days)


def test_the_number_is_the_product_of_the_factors_shown(world, person):
    number = person(Row("950300", "EU", 1_000_000), Row("9503", "VNM", 710_000, "CNY"), Row("8516", "US"))
    near = world.notice(
        "Toys", hs=["950300"], markets=("EU",), countries=("DEU",), sectors=("toys-children",),
        measure_types=("ban-licence",), comment_deadline=day(10),
    )  # fmt: skip
    far = world.notice(
        "Toys too",
        hs=[],
        markets=("BRI",),
        countries=("VNM",),
        sectors=("toys-children",),
        in_force_on=day(90),
    )
    world.notice("Past", hs=["950300"], markets=("EU",), countries=("DEU",), comment_deadline=day(-9))
    world.notice("Elsewhere", hs=["950300"], markets=("OTHER",), countries=("BRA",), comment_deadline=day(9))
    found = ranked(number)
    assert [one.about.notice.id for one in found] == [near, far]
    [share] = found[0].shares
    assert share.relevance == "direct"
    assert share.factors == (10, exposure.LEVEL[share.level.name], 10)
    assert found[0].points == 1_000_000 * share.factors[1]
    [other] = found[1].shares
    assert (other.value, other.relevance, other.factors[0], other.factors[2]) == (100_000, "broad", 4, 3)
    assert found[1].points == 100_000 * 4 * other.factors[1] * 3 // 100


def test_a_follow_up_without_codes_is_found_by_its_measure_and_a_measure_is_one_line(world, person):
    number = person(Row("950300", "VNM", 5_000))
    world.notice(
        "Toys",
        hs=["950300"],
        markets=("BRI",),
        countries=("VNM",),
        sectors=(),
        measure=7,
        comment_deadline=day(5),
    )
    later = world.notice(
        "Deadline moved", kind="addendum", hs=[], markets=("BRI",), countries=("VNM",), sectors=(), measure=7,
        comment_deadline=day(5),
    )  # fmt: skip
    [found] = ranked(number)
    assert found.others == 1
    assert found.about.notice.id == later


def test_a_list_is_bounded_and_a_known_product_is_changed_not_doubled(world, person, monkeypatch):
    number = person(Row("9503", "EU", 1), Row("9503", "EU", 2))
    with reading() as session:
        [only] = products.products(session, session.get_one(Subscriber, number))
    assert only.value == 2
    monkeypatch.setattr(products, "MOST_PRODUCTS", 2)
    with pytest.raises(InvalidProduct, match="at most 2"):
        person(Row("9501", "EU"), Row("9502", "EU"))


def test_replacing_takes_away_what_the_new_list_lacks(world, person):
    number = person(Row("9503", "EU"), Row("8516", "US"))
    with unit_of_work() as session:
        who = session.get_one(Subscriber, number)
        products.put(session, who, [Row("8516", "US", 9)], replace=True)
    with reading() as session:
        kept = products.products(session, session.get_one(Subscriber, number))
        assert [(one.hs, one.value) for one in kept] == [("8516", 9)]


def test_products_and_firm_leave_with_the_person_and_are_handed_out_before(world, person):
    number = person(Row("9503", "EU", 7))
    with unit_of_work() as session:
        who = session.get_one(Subscriber, number)
        products.describe_firm(session, who, "440300", "small")
        held = privacy.export(session, who)
        assert [one["hs"] for one in held["products"]] == ["9503"]
        assert held["firms"][0]["city"] == "440300"
        privacy.erase(session, who)
    assert world.rows(Product) == []
    with reading() as session:
        assert session.get(Firm, number) is None
