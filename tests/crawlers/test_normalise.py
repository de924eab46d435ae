import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest

from crawlers import phrases, symbols
from crawlers.errors import UnreadableRecord
from crawlers.form import form
from crawlers.record import RawNotice, member, normalise
from crawlers.words import language, plain

Make = Callable[..., RawNotice]
WTO, FR = form("wto_eping"), form("us_federal_register")


def test_a_wto_deadline_is_the_end_of_that_day_in_geneva(notice: Make):
    summer = normalise(notice(deadline="2026-08-10T00:00:00"), WTO)
    assert summer.comment_deadline == dt.date(2026, 8, 10)
    assert summer.closes_at == dt.datetime(2026, 8, 10, 21, 59, 59, tzinfo=dt.UTC)
    winter = normalise(notice(deadline="2026-12-10T00:00:00"), WTO)
    assert winter.closes_at == dt.datetime(2026, 12, 10, 22, 59, 59, tzinfo=dt.UTC)
    assert winter.comment_deadline_raw == "2026-12-10T00:00:00"


def test_an_american_deadline_is_the_end_of_that_day_in_washington(notice: Make):
    facts = normalise(notice("2026-11455", deadline="2026-08-07"), FR)
    assert facts.closes_at == dt.datetime(2026, 8, 8, 3, 59, 59, tzinfo=dt.UTC)


def test_a_missing_deadline_is_not_stated_and_never_guessed(notice: Make):
    for written in (None, "", "60 days from notification"):
        facts = normalise(notice(deadline=written), WTO)
        assert (facts.comment_deadline, facts.closes_at) == (None, None)
        assert facts.comment_deadline_raw == (written or "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>Lead &lt; 0.01&nbsp;%</p><ul><li>one</li><li>two</li></ul>", "Lead < 0.01 %\none\ntwo"),
        ("content < 5 % and > 3", "content < 5 % and > 3"),
        ("x <5 mg <b>bold</b> AT&amp;T", "x <5 mg bold AT&T"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("one<p>two</p>three", "one\ntwo\nthree"),
        ("<script>alert(1)</script>left<!-- note -->", "left"),
        ("soft\u00adhyphen\u200b zero\u00a0width\ufeff", "softhyphen zero width"),
        ("nul\x00 and half \ud83d", "nul and half ?"),
        ("<!-- only -->", ""),
        (None, ""),
    ],
)
def test_text_is_what_a_reader_sees(written: str | None, read: str):
    assert plain(written) == read


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Bahrain, Kingdom of", "BHR"),
        ("Viet Nam", "VNM"),
        ("C704", "VNM"),
        ("U918", "EU"),
        ("European Union", "EU"),
        ("The Netherlands", "NLD"),
        ("People's Republic of China", "CHN"),
        ("People’s Republic of China", "CHN"),
        ("Türkiye", "TUR"),
        ("TPKM", "TWN"),
    ],
)
def test_members_are_found_however_they_are_written(written: str, code: str):
    assert member(written) == code


def test_an_unknown_member_area_or_kind_is_an_error_of_the_record(notice: Make):
    for wrong in ({"members": ("Atlantis",)}, {"area": "TBX"}, {"kind": "rumour"}, {"published": "soon"}):
        with pytest.raises(UnreadableRecord):
            normalise(notice(**wrong), WTO)


@pytest.mark.parametrize(
    ("symbol", "kind", "base"),
    [
        ("G/TBT/N/USA/2311", "regular", "G/TBT/N/USA/2311"),
        ("G/TBT/N/USA/2311/Add.1", "addendum", "G/TBT/N/USA/2311"),
        ("G/SPS/N/VNM/192/Corr.2", "corrigendum", "G/SPS/N/VNM/192"),
        ("G/TBT/N/VNM/373/Rev.1/Add.1", "addendum", "G/TBT/N/VNM/373"),
        ("G/TBT/N/VNM/373/Add.1/Corr.1", "corrigendum", "G/TBT/N/VNM/373"),
        ("G/TBT/N/EU/9/Suppl.3", "supplement", "G/TBT/N/EU/9"),
    ],
)
def test_the_last_step_of_a_symbol_says_what_the_document_is(symbol: str, kind: str, base: str):
    assert (symbols.kind(symbol), symbols.base(symbol)) == (kind, base)


def test_symbols_are_spelled_one_way():
    assert symbols.split(" g/tbt/n/are/703, G/TBT/N/BHR/0780;G/TBT/N/KWT/764/add.1 ,") == (
        "G/TBT/N/ARE/703",
        "G/TBT/N/BHR/780",
        "G/TBT/N/KWT/764/Add.1",
    )
    assert symbols.split("G/TBT/Notif.00/005") == ("G/TBT/Notif.00/005",)
    assert symbols.find("as told in G/TBT/N/USA/2311, and G/SPS/N/EU/4/Add.1.") == (
        "G/TBT/N/USA/2311",
        "G/SPS/N/EU/4/Add.1",
    )


def test_all_members_of_a_joint_symbol_list_are_members(notice: Make):
    raw = notice(symbols=("G/TBT/N/ARE/703", "G/TBT/N/BHR/780", "G/TBT/N/TPKM/1"), members=("C048",))
    assert normalise(raw, WTO).members == ["ARE", "BHR", "TWN"]


def test_codes_come_from_their_fields_and_from_the_words(notice: Make):
    facts = normalise(
        notice(hs=("8415.10",), ics=("23.120 - Fans",), products="Fans (HS: 8414; ICS 97.030)"), WTO
    )
    assert facts.hs == ["8414", "841510"]
    assert facts.ics == ["23.120", "97.030"]


def test_a_record_without_title_is_called_by_its_products_or_its_number(notice: Make):
    assert normalise(notice(title="", products="<p>Wax melts</p>"), WTO).title == "Wax melts"
    assert normalise(notice("ePing 7", title="<p> </p>"), WTO).title == "ePing 7"


def test_addresses_that_are_no_web_pages_are_dropped(notice: Make):
    links = (("a", "javascript:alert(1)"), ("b", " https://example.org/x "), ("c", "file:///etc/passwd"))
    assert normalise(notice(links=links, url="data:text/html,x"), WTO).links == [
        {"title": "b", "url": "https://example.org/x"}
    ]


def test_an_odd_country_of_origin_keeps_the_alert_and_is_counted(notice: Make):
    facts = normalise(notice(origin="Counterfeit"), WTO)
    assert (facts.origin, facts.remarks) == ("", ["origin Counterfeit"])
    assert normalise(notice(origin="Unknown"), WTO).remarks == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Draft technical regulation on the safety of toys and child care articles", "en"),
        ("Proyecto de reglamento técnico sobre seguridad de los juguetes", "es"),
        ("Projet d'arrêté relatif à la sécurité des jouets et des articles de puériculture", "fr"),
        ("Проект технического регламента о безопасности игрушек", "ru"),
        ("玩具安全技术规范征求意见稿", "zh"),
        ("玩具安全技術規範", "zh"),
        ("おもちゃの安全基準の改正案", "ja"),
        ("EN 71", ""),
    ],
)
def test_the_language_is_told_from_the_text(words: str, code: str):
    assert language(words) == code


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("The draft decree has been withdrawn after comments.", "withdrawn"),
        ("The United Arab Emirates withdraws the draft circulated earlier.", "withdrawn"),
        ("La mesure a été retirée.", "withdrawn"),
        ("La notificación ha sido retirada.", "withdrawn"),
        ("Withdrawal periods for veterinary medicines are set.", ""),
        ("Unsafe lamps were taken off the market.", ""),
        ("The regulation was adopted on 20 May 2026.", "adopted"),
        ("It enters into force on 1 December 2026.", "adopted"),
        ("El reglamento entrará en vigor en 2027.", "adopted"),
        ("Le décret est entré en vigueur.", "adopted"),
        ("Proposed date of entry into force: to be determined.", ""),
        ("The comment period has been extended to 1 May.", "extended"),
        ("Se amplía el plazo para comentarios.", "extended"),
        ("[ ] Notified measure withdrawn or revoked [X] Comment period changed - date: 1 May", "extended"),
        ("A table was left out of annex II.", ""),
    ],
)
def test_what_a_follow_up_announces_is_told_from_its_words(words: str, what: str):
    assert phrases.says(words) == what


def test_the_same_record_has_the_same_hash_and_another_text_another(notice: Make):
    one = normalise(notice(), WTO)
    assert one.sha256() == normalise(notice(title="<p>Safety  of&nbsp;toys</p>"), WTO).sha256()
    assert one.sha256() != normalise(notice(title="Safety of lamps"), WTO).sha256()


def test_a_rule_is_computed_where_the_day_it_counts_from_is_known(notice: Make):
    gazette = dataclasses.replace(WTO, gazette=True)
    told = notice(in_force="6 months after publication")
    assert (normalise(told, WTO).in_force_on, normalise(told, WTO).in_force_computed) == (None, False)
    assert normalise(told, WTO).in_force_rule == "6 months after publication"
    facts = normalise(told, gazette)
    assert (facts.in_force_on, facts.in_force_computed) == (dt.date(2026, 12, 1), True)
    assert facts.in_force_raw == "6 months after publication"
    adopted = normalise(notice(in_force="20 days after adoption", adoption="1 May 2026"), WTO)
    assert (adopted.in_force_on, adopted.in_force_computed) == (dt.date(2026, 5, 21), True)
    stated = normalise(notice(in_force="2027-01-01"), gazette)
    assert (stated.in_force_on, stated.in_force_computed, stated.in_force_rule) == (
        dt.date(2027, 1, 1),
        False,
        "",
    )
