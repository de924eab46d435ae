import pytest

from crawlers.errors import UnreadableRecord
from crawlers.fields import Fields


def test_a_field_is_taken_by_its_name_and_the_rest_is_named():
    fields = Fields({"id": 7, "symbol": "G/1", "annexUrl": "x", "endRow": 3})
    assert fields.take("id", int) == 7
    assert fields.take("symbol") == "G/1"
    assert fields.unread(ignore=["endRow"]) == ("annexUrl",)


def test_a_renamed_field_is_an_error_that_names_it():
    with pytest.raises(UnreadableRecord, match="'symbol' is missing"):
        Fields({"documentSymbol": "G/1"}).take("symbol")
    with pytest.raises(UnreadableRecord, match="'deadline' is missing"):
        Fields({}).known("deadline")


def test_null_is_an_answer_only_where_it_may_be():
    fields = Fields({"deadline": None})
    assert fields.known("deadline") is None
    assert fields.maybe("elsewhere") is None
    with pytest.raises(UnreadableRecord, match="'deadline' is empty"):
        fields.take("deadline")


@pytest.mark.parametrize(
    ("value", "kind"), [(3, str), ("3", int), (True, int), ({}, list), ([], str), (1, bool)]
)
def test_a_value_of_another_kind_is_an_error_even_where_it_may_be_absent(value: object, kind: type):
    with pytest.raises(UnreadableRecord, match="'x' is"):
        Fields({"x": value}).maybe("x", kind)


def test_a_record_that_is_no_object_is_an_error():
    with pytest.raises(UnreadableRecord, match="not an object"):
        Fields(["a"], "items")
