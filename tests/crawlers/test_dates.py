import datetime as dt

import pytest

from crawlers.dates import Rule, day, find, rule
from crawlers.errors import UnreadableRecord


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-11-26T00:00:00", "2025-11-26"),
        ("2026-06-08T00:00:00+02:00", "2026-06-08"),
        ("25/09/2026", "2026-09-25"),
        ("2.10.2026", "2026-10-02"),
        ("24-06-2026 16:35:58", "2026-06-24"),
        ("2025/12/19 17:32:00", "2025-12-19"),
        ("20260602", "2026-06-02"),
        ("Tue, 16 Jun 2026 00:00:00 GMT", "2026-06-16"),
        ("5 June 2026", "2026-06-05"),
        ("June 5, 2026", "2026-06-05"),
        ("1st Sept 2027", "2027-09-01"),
        ("le 1er janvier 2027", "2027-01-01"),
        ("5 de junio de 2026", "2026-06-05"),
        ("16 Mei 2026", "2026-05-16"),
        ("15 Eylül 2026", "2026-09-15"),
        ("15 ŞUBAT 2026", "2026-02-15"),
        ("ngày 02 tháng 06 năm 2026", "2026-06-02"),
        ("от 8 сентября 2026 г.", "2026-09-08"),
        ("8 СЕНТЯБРЯ 2026 года", "2026-09-08"),
        ("2026 жылғы 5 тамыз", "2026-08-05"),
        ("17 نوفمبر 2023م", "2023-11-17"),
        ("5 تشرين الثاني 2023", "2023-11-05"),
        ("١٧/١١/٢٠٢٣", "2023-11-17"),
        ("12/05/1447هـ الموافق 03/11/2025م", "2025-11-03"),
        ("03/11/2025 (12/05/1447)", "2025-11-03"),
        ("02/06/2569", "2026-06-02"),
        ("๒ มิถุนายน พ.ศ. ๒๕๖๙", "2026-06-02"),
        ("2026年6月2日", "2026-06-02"),
        ("2026년 6월 2일", "2026-06-02"),
        ("«21» октября 2026 года", "2026-10-21"),
        ("20 ربيع الأول 1448 الموافق 2 سبتمبر 2026", "2026-09-02"),
    ],
)
def test_a_day_is_read_however_it_is_written(written: str, read: str):
    assert day(written) == dt.date.fromisoformat(read)


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "To be determined", "6 months after publication", "0001-01-01T00:00:00"),
        *("12/05/1447", "tháng 6 năm 2026", "not before 1 June 2026", "1 June 2026 or 1 July 2026"),
        *("2026", "5 flibbertember 2026", "No. 12-06-2026-7"),
    ],
)
def test_words_that_say_less_or_more_than_one_day_are_no_date(written: str | None):
    assert day(written) is None


@pytest.mark.parametrize("written", ["2026-13-01", "31/02/2026", "9999-12-31", "13/13/2026"])
def test_an_impossible_date_is_an_error(written: str):
    with pytest.raises(UnreadableRecord):
        day(written)


def test_the_order_of_day_and_month_is_the_sources():
    assert day("02/06/2026") == dt.date(2026, 6, 2)
    assert day("02/06/2026", "mdy") == dt.date(2026, 2, 6)
    with pytest.raises(UnreadableRecord):
        day("25/06/2026", "mdy")


def test_dates_of_a_running_text_say_where_they_stand():
    words = "Приказ от 5 августа 2026 года № 345-НҚ. Зарегистрирован 7 августа 2026 года, а 31.02.2026 нет"
    found = find(words)
    assert [one.day for one in found] == [dt.date(2026, 8, 5), dt.date(2026, 8, 7)]
    assert words[found[1].start : found[1].end] == "7 августа 2026"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("6 months after publication", Rule(6, "month", "publication")),
        ("Six (6) months after the date of publication in the Gazette", Rule(6, "month", "publication")),
        ("20 days after publication in the Official Journal", Rule(20, "day", "publication")),
        ("twentieth day following that of its publication", Rule(20, "day", "publication")),
        ("one year from the date of adoption", Rule(1, "year", "adoption")),
        ("on the date of publication", Rule(0, "day", "publication")),
        ("по истечении 180 календарных дней с даты опубликования", Rule(180, "day", "publication")),
        ("6 tháng kể từ ngày công bố", Rule(6, "month", "publication")),
        ("kể từ ngày ký ban hành", Rule(0, "day", "adoption")),
        ("yayımı tarihinden 6 ay sonra", Rule(6, "month", "publication")),
        ("yayımı tarihinde", Rule(0, "day", "publication")),
        ("بعد ١٨٠ يوما من تاريخ نشره في الجريدة الرسمية", Rule(180, "day", "publication")),
        ("six mois après la publication", Rule(6, "month", "publication")),
        ("180 días después de su publicación", Rule(180, "day", "publication")),
        ("6 (enam) bulan setelah diundangkan", Rule(6, "month", "publication")),
        ("公布之日起6个月后", Rule(6, "month", "publication")),
    ],
)
def test_a_rule_for_a_day_is_kept_as_rule(written: str, told: Rule):
    assert rule(written) == told


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "To be determined", "1 June 2026", "6 months", "before publication of 6 months' work"),
        *("6 months after publication, 12 months for stocks", "6 months after adoption and publication"),
    ],
)
def test_words_that_tell_no_single_rule_tell_none(written: str | None):
    assert rule(written) is None


def test_a_rule_counts_months_to_the_last_day_of_a_short_one():
    assert Rule(6, "month", "publication").on(dt.date(2026, 8, 31)) == dt.date(2027, 2, 28)
    assert Rule(20, "day", "publication").on(dt.date(2026, 12, 20)) == dt.date(2027, 1, 9)
    assert Rule(1, "year", "adoption").on(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)
    assert str(Rule(1, "day", "publication")) == "1 day after publication"
