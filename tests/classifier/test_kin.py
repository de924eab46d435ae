from classifier import kin, terms
from classifier.classify import classify
from classifier.records import Record


def test_a_word_of_many_terms_of_one_sector_leans_to_it():
    text = "On a washable toying vehicle thing"
    found = kin.find(text, ["en"])
    assert {one.code for one, _ in found} >= {"vehicles"}
    for one, clear in found:
        assert text[one.start : one.end].lower().startswith(one.term[:3])
        assert 0 < clear <= 1


def test_where_no_term_stands_akin_words_propose_a_sector_and_ask_for_a_person():
    record = Record("1", title="Tumbled dryer heating thing")
    assert not terms.find("sector", record.title, ["en"])
    result = classify(record)
    assert result.ranking[0] == ("household-appliances", result.ranking[0][1])
    assert result.weak


def test_where_terms_stand_akin_words_are_no_evidence():
    result = classify(Record("1", title="Electric toys", products="Toys", text="dryer"))
    assert {span.text.lower() for span in result.sectors[0].evidence} == {"electric toys", "toys"}


def test_chinese_is_read_by_pairs_and_thai_by_threes():
    assert kin.find("某某灯具某", ["zh"])
    assert kin.find("ของเล่น", ["th"])
    assert kin.find("", ["en", "zh"]) == []
