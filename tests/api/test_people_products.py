"""The page of a person's products: kept, uploaded, refused with row and column, ordered by exposure."""

import datetime as dt
import re

import html5lib
import pytest
from sqlmodel import select

from alerts import links
from database.session import reading, unit_of_work
from database.tables import Firm, Product, Subscriber

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}


@pytest.fixture
def me(database) -> str:
    """The address of a person's page."""
    with unit_of_work() as session:
        session.add(person := Subscriber(email="chen@toys.example.com", token="t", confirmed_at=None))
        session.flush()
        return f"/me/{links.token('manage', person.token)}/products"


def stored() -> list[tuple[str, str, int | None, str]]:
    with reading() as session:
        rows = session.exec(select(Product).order_by(Product.hs)).all()
        return [(one.hs, one.market, one.value, one.currency) for one in rows]


def send(client, me, words: str, **more):
    return client.post(f"{me}/upload", files={"file": ("a.csv", words.encode("gbk"), "text/csv")}, data=more)


def test_a_product_is_added_shown_changed_and_removed(client, me):
    answer = client.post(me, data={"hs": "9503.00", "market": "EU", "value": "120万", "currency": "CNY"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{me}?done=added")
    assert stored() == [("950300", "EU", 1_200_000, "CNY")]
    page = client.get(me).text
    assert "1,200,000 人民币" in page
    number = re.search(r'name="product" value="(\d+)"', page)[1]
    client.post(f"{me}/remove", data={"product": number})
    assert stored() == []


@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_a_wrong_field_is_named_and_what_was_typed_stays(client, me, lang):
    answer = client.post(f"{me}?lang={lang}", data={"hs": "90111", "market": "EU", "name": "<b>鱼"})
    assert answer.status_code == 422
    assert 'value="90111"' in answer.text
    assert 'aria-describedby="wrong"' in answer.text
    assert "<b>鱼" not in answer.text
    assert stored() == []


def test_a_file_is_taken_whole_or_not_at_all(client, me):
    answer = send(client, me, "HS编码,市场,年出口额\n9503,欧盟,10\n95x,欧盟,\n9503,火星,\n")
    assert answer.status_code == 422
    assert "第 3 行 · HS 编码" in answer.text
    assert "第 4 行 · 市场" in answer.text
    assert stored() == []
    assert send(client, me, "HS编码,市场,年出口额\n9503,欧盟,10\n8516,美国,\n").status_code == 303
    assert stored() == [("8516", "US", None, "USD"), ("9503", "EU", 10, "USD")]
    assert send(client, me, "9503,越南\n", replace="yes").status_code == 303
    assert stored() == [("9503", "VNM", None, "USD")]


def test_what_is_downloaded_may_be_uploaded_again(client, me):
    for market in ("EU", "BRI", "OTHER", "VNM"):
        client.post(me, data={"hs": "9503", "market": market, "name": "=1+1"})
    before = stored()
    for lang in ("zh", "en", "zh-Hant"):
        sheet = client.get(f"{me}.csv?lang={lang}")
        assert sheet.content.startswith(b"\xef\xbb\xbf")
        assert "'=1+1" in sheet.text
        answer = client.post(
            f"{me}/upload", files={"file": ("a.csv", sheet.content)}, data={"replace": "yes"}
        )
        assert answer.status_code == 303
        assert stored() == before


def test_a_huge_file_is_refused(client, me):
    assert client.post(f"{me}/upload", files={"file": ("a.csv", b"9" * 240_000)}).status_code == 422
    assert client.post(f"{me}/upload", files={"file": ("a.csv", b"9" * 900_000)}).status_code == 413


def test_without_a_good_link_there_is_nothing(client, me):
    for path in (me.replace("/me/", "/me/x"), "/me/x/products", "/me/x/products.csv"):
        assert client.get(path).status_code == 404
    assert client.post(f"{me.replace('/me/', '/me/x')}/remove", data={"product": 1}).status_code == 404


def test_nobody_removes_what_is_another_persons(client, me):
    client.post(me, data={"hs": "9503", "market": "EU"})
    with unit_of_work() as session:
        session.add(Subscriber(email="b@example.com", token="u"))
    other = f"/me/{links.token('manage', 'u')}/products"
    with reading() as session:
        number = session.exec(select(Product.id)).one()
    client.post(f"{other}/remove", data={"product": number})
    assert len(stored()) == 1


def test_the_sum_on_the_page_can_be_computed_by_hand(client, me, make, moment):
    day = moment.date()
    number = make(hs=["950300"], tags=TAGS, comment_deadline=day + dt.timedelta(days=9))
    make(tags=TAGS, title="Without codes", in_force_on=day + dt.timedelta(days=50))
    make(tags=TAGS, title="Closed", comment_deadline=day - dt.timedelta(days=9))
    client.post(me, data={"hs": "950300", "market": "VNM", "value": "1,000,000"})
    client.post(me, data={"hs": "9503", "market": "BRI"})
    page = client.get(f"{me}?lang=en").text
    assert "2 measures: 1 open for comment, 1 entering into force" in page
    sums = re.findall(
        r"([\d,]+) USD × ([\d.]+) \([^)]*\) × (\d) \([^)]*\) × ([\d.]+) \([^)]*\) = ([\d,]+)", page
    )
    assert len(sums) == 4
    for value, relevance, level, time, points in sums:
        found = float(value.replace(",", "")) * float(relevance) * int(level) * float(time)
        assert round(found) == int(points.replace(",", ""))
    totals = [int(one.replace(",", "")) for one in re.findall(r"Exposure ([\d,]+)</strong>", page)]
    told = [int(points.replace(",", "")) for *_, points in sums]
    assert totals == [told[0] + told[1], told[2] + told[3]]
    assert totals == sorted(totals, reverse=True)
    assert page.index(f"/notices/{number}") < page.index("Without codes")
    assert "Closed" not in page


def test_the_firm_is_kept_and_nonsense_is_refused(client, me):
    assert client.post(f"{me}/firm", data={"city": "440300", "size": "small"}).status_code == 303
    assert client.post(f"{me}/firm", data={"city": "Rome", "size": ""}).status_code == 422
    with reading() as session:
        assert (session.exec(select(Firm)).one().city, session.exec(select(Firm)).one().size) == (
            "440300",
            "small",
        )


@pytest.mark.backends("sqlite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lang", ["zh", "en", "zh-Hant"])
def test_the_page_is_html_without_a_fault_and_nobody_keeps_a_copy(client, me, make, moment, lang):
    make(hs=["950300"], tags=TAGS, comment_deadline=moment.date() + dt.timedelta(days=9))
    client.post(me, data={"hs": "950300", "market": "VNM"})
    for answer in (client.get(f"{me}?lang={lang}"), send(client, me, "x,y\n")):
        assert answer.headers["cache-control"] == "no-store"
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(answer.text)
        assert parser.errors == []
