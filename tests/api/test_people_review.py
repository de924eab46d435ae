import datetime as dt
import json
import re

import pytest
from sqlmodel import select

from api.figures import unverified
from database import types
from database.session import reading, unit_of_work
from database.tables import (
    Audit,
    Decision,
    Editorial,
    LinkProposal,
    Measure,
    MeasureKey,
    MeasureLink,
    Notice,
    Reading,
    Review,
    Tag,
)

TAGS = {"sectors": ["toys-children"], "markets": ["BRI"], "countries": ["VNM"], "measure_types": ["safety"]}


def read(notice_id: int, review: str = "", ranking: tuple[str, ...] = ()) -> None:
    """The machine has read the notice."""
    with unit_of_work() as session:
        rows = [{"code": code, "score": 0.4} for code in ranking]
        session.add(Reading(notice_id=notice_id, version=1, fingerprint="x", review=review, ranking=rows))


def form(client, notice_id: int) -> dict[str, str]:
    page = client.get(f"/review/{notice_id}").text
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def held(notice_id: int) -> set[str]:
    with reading() as session:
        return {
            f"{one.kind}:{one.code}" for one in session.exec(select(Tag).where(Tag.notice_id == notice_id))
        }


def waiting(client) -> list[int]:
    return [int(one) for one in re.findall(r'<h2><a href="/review/(\d+)"', client.get("/review").text)]


def test_doubt_level_and_days_left_order_the_queue(make, log_in, moment):
    analyst = log_in("analyst")
    today = moment.date()
    calm = make("Calm", tags=TAGS)
    doubtful = make("Doubtful")
    pressing = make("Pressing", tags=TAGS, comment_deadline=today + dt.timedelta(days=5))
    both = make("Both", tags={**TAGS, "sectors": []}, comment_deadline=today + dt.timedelta(days=5))
    unread = make("Unread", tags=TAGS)
    for one, why in ((calm, ""), (doubtful, "no_sector"), (pressing, "weak_sector"), (both, "no_sector")):
        read(one, why)
    assert waiting(analyst) == [both, pressing, doubtful, calm]
    assert unread not in waiting(analyst)


def test_accepting_confirms_what_holds_and_leads_to_the_next(make, log_in):
    analyst = log_in("analyst")
    first, second = make(tags=TAGS), make(tags=TAGS)
    for one in (first, second):
        read(one, "weak_sector")
    begin = waiting(analyst)
    given = form(analyst, begin[0])
    answer = analyst.post(
        f"/review/{begin[0]}", data={**given, "act": "accept", "tag": sorted(held(begin[0]))}
    )
    assert answer.headers["location"] == f"/review/{begin[1]}"
    assert waiting(analyst) == begin[1:]
    with reading() as session:
        kinds = {one.kind for one in session.exec(select(Decision)) if one.concerned}
        assert kinds == {"sector", "market", "measure_type"}
        assert {one.by for one in session.exec(select(Decision))} == {"analyst@example.org"}


def test_correcting_rejects_what_is_cleared_and_adds_what_is_ticked(make, log_in):
    analyst = log_in("analyst")
    number = make(tags=TAGS)
    read(number, "weak_sector", ("furniture",))
    page = analyst.get(f"/review/{number}").text
    assert 'value="sector:furniture"' in page
    wanted = (held(number) - {"sector:toys-children"}) | {"sector:furniture", "sector:none such", "x:y"}
    analyst.post(f"/review/{number}", data={**form(analyst, number), "tag": sorted(wanted)})
    assert held(number) == wanted - {"sector:none such", "x:y"}
    with reading() as session:
        [entry] = session.exec(select(Audit)).all()
    assert "sector:toys-children" in entry.before["tags"]
    assert "sector:furniture" in entry.after["tags"]


def test_a_notice_about_no_product_loses_its_sectors(make, log_in):
    analyst = log_in("analyst")
    number = make(tags=TAGS)
    read(number, "weak_sector")
    given = {**form(analyst, number), "act": "reject", "tag": sorted(held(number))}
    analyst.post(f"/review/{number}", data=given)
    assert held(number) == {"market:BRI", "country:VNM"}


def test_what_is_held_leaves_the_queue_for_its_own_list(make, log_in):
    analyst = log_in("analyst")
    number = make(tags=TAGS)
    read(number, "weak_sector")
    analyst.post(f"/review/{number}", data={**form(analyst, number), "act": "hold"})
    assert waiting(analyst) == []
    assert f'href="/review/{number}"' in analyst.get("/review").text


def test_a_new_version_of_a_notice_waits_again(make, log_in):
    analyst = log_in("analyst")
    number = make(tags=TAGS)
    read(number)
    analyst.post(f"/review/{number}", data={**form(analyst, number), "tag": sorted(held(number))})
    assert waiting(analyst) == []
    with unit_of_work() as session:
        session.get_one(Notice, number).version = 2
        session.add(Reading(notice_id=number, version=2, fingerprint="x"))
    assert waiting(analyst) == [number]


def test_two_analysts_never_overwrite_each_other_silently(make, log_in):
    one, other = log_in("analyst"), log_in("analyst", "second@example.org")
    number = make(tags=TAGS)
    read(number, "weak_sector")
    mine, theirs = form(one, number), form(other, number)
    one.post(f"/review/{number}", data={**mine, "act": "reject", "tag": sorted(held(number))})
    before = held(number)
    late = other.post(f"/review/{number}", data={**theirs, "tag": ["sector:furniture"]})
    assert late.status_code == 409
    assert held(number) == before
    fresh = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', late.text))
    tags = re.findall(r'name="tag" value="([^"]*)"', late.text)
    again = other.post(f"/review/{number}", data={**fresh, "tag": tags})
    assert again.status_code == 303
    assert held(number) == {"sector:furniture"}


def test_what_the_machine_is_sure_of_is_accepted_at_once_and_the_rest_waits(make, log_in):
    analyst = log_in("analyst")
    sure, unsure = make(tags=TAGS), make(tags=TAGS)
    read(sure)
    read(unsure, "weak_sector")
    page = analyst.get("/review").text
    shown = re.search(r'name="shown" value="([^"]*)"', page)[1]
    given = {"csrf": analyst.csrf, "shown": shown}
    assert (
        analyst.post("/review", data={**given, "least": "0.95"}).headers["location"] == "/review?accepted=0"
    )
    assert analyst.post("/review", data={**given, "least": "0.8"}).headers["location"] == "/review?accepted=1"
    assert waiting(analyst) == [unsure]
    with reading() as session:
        assert [one.notice_id for one in session.exec(select(Review))] == [sure]


def written(client, number: int, **more: str) -> dict[str, str]:
    page = client.get(f"/review/{number}/text").text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    return {"csrf": client.csrf, "version": version, **more}


def test_readers_see_what_was_approved_and_not_what_is_only_saved(make, log_in, client):
    analyst = log_in("analyst")
    number = make("Safety of toys", text="Lead is limited to 90 mg/kg from 1 June 2026.", tags=TAGS)
    assert "尚未评估" in client.get(f"/notices/{number}").text
    text = written(
        analyst,
        number,
        title_zh="越南玩具铅限量",
        gist_zh="铅限量 90 mg/kg。",
        card_tests="铅含量检测",
        note="secret",
    )
    analyst.post(f"/review/{number}/text", data=text)
    assert "越南玩具铅限量" not in client.get(f"/notices/{number}").text
    assert analyst.post(f"/review/{number}/text/approve", data={**text, "version": "1"}).status_code == 303
    page = client.get(f"/notices/{number}").text
    assert '<h1 dir="auto">越南玩具铅限量' in page
    assert "铅含量检测" in page
    assert "secret" not in page
    assert "尚未评估" not in page
    assert "越南玩具铅限量" in client.get("/").text
    assert "越南玩具鉛限量" in client.get("/?lang=zh-Hant").text
    later = written(analyst, number, title_zh="另一标题")
    analyst.post(f"/review/{number}/text", data=later)
    client.cookies.clear()
    assert "越南玩具铅限量" in client.get(f"/notices/{number}").text
    assert "<del>越南玩具铅限量</del>" in analyst.get(f"/review/{number}/text").text
    with reading() as session:
        assert [one.what for one in session.exec(select(Audit).order_by(Audit.id))] == [
            "text.saved", "text.approved", "text.saved",
        ]  # fmt: skip


@pytest.mark.backends("sqlite")
def test_texts_in_work_are_listed_by_their_day_with_who_owns_them(make, log_in, moment):
    first, second, done = make("One"), make("Two"), make("Three")
    analyst = log_in("analyst")
    rows = [
        (first, "a@example.org", moment.date() + dt.timedelta(days=3), "draft"),
        (second, "analyst@example.org", moment.date() - dt.timedelta(days=1), "draft"),
        (done, "analyst@example.org", None, "approved"),
    ]
    with unit_of_work() as session:
        for number, owner, due, state in rows:
            session.add(Editorial(notice_id=number, owner=owner, due_on=due, state=state, by=owner))
    page = analyst.get("/review?lang=en").text
    listed = [int(one) for one in re.findall(r'href="/review/(\d+)/text"', page)]
    assert listed == [second, first]
    assert page.count("overdue") == 1
    mine = analyst.get("/review?lang=en&mine=true").text
    assert [int(one) for one in re.findall(r'href="/review/(\d+)/text"', mine)] == [second]


def test_a_figure_without_source_is_named_and_not_published(make, log_in, client):
    analyst = log_in("analyst")
    number = make("Limit of 90 mg/kg", tags=TAGS)
    text = written(analyst, number, gist_zh="限量 80 mg/kg，2027年3月1日起。")
    answer = analyst.post(f"/review/{number}/text/check", data=text)
    assert answer.json() == {"missing": ["2027年3月1日", "80"]}
    refused = analyst.post(f"/review/{number}/text/approve", data=text)
    assert refused.status_code == 422
    assert "2027年3月1日" in refused.text
    assert "限量 80" in refused.text
    assert "限量 80" not in client.get(f"/notices/{number}").text
    with reading() as session:
        assert session.exec(select(Editorial)).all() == []


def test_a_text_saved_in_between_is_shown_beside_mine_and_kept(make, log_in):
    one, other = log_in("analyst"), log_in("analyst", "second@example.org")
    number = make(tags=TAGS)
    mine, theirs = written(one, number, title_zh="甲"), written(other, number, title_zh="乙")
    assert one.post(f"/review/{number}/text", data=mine).status_code == 303
    late = other.post(f"/review/{number}/text", data=theirs)
    assert late.status_code == 409
    assert "甲" in late.text
    assert 'value="乙"' in late.text
    with reading() as session:
        assert session.exec(select(Editorial)).one().title_zh == "甲"
    version = re.search(r'name="version" value="(\d+)"', late.text)[1]
    assert other.post(f"/review/{number}/text", data={**theirs, "version": version}).status_code == 303
    with reading() as session:
        assert session.exec(select(Editorial)).one().title_zh == "乙"


@pytest.mark.parametrize(
    ("gist", "missing"),
    [
        ("限量 90 mg/kg，罚款 5 万美元", []),
        ("限量 1,000 台；标准 IEC 60335", []),
        ("2026年6月1日生效，评议至5月15日", []),
        ("2026-06-01", []),
        ("自 2026 年起", []),
        ("自 2028 年起", ["2028"]),
        ("6月2日", ["6月2日"]),
        ("9 mg/kg", ["9"]),
        ("6 万", ["6 万"]),
        ("３ 台", ["3"]),
        ("没有数字", []),
    ],
)
def test_every_number_and_date_must_stand_in_the_source(gist, missing):
    notice = Notice(
        source="x", source_id="1", title="Limit 90 mg/kg", comment_deadline=dt.date(2026, 5, 15),
        text="From 1 June 2026; a fine of USD 50,000; batches of 1 000 units; IEC 60335.",
    )  # fmt: skip
    assert unverified(gist, notice) == missing


def test_two_measures_are_joined_by_a_person_and_parted_again(make, log_in):
    analyst = log_in("analyst")
    with unit_of_work() as session:
        for key in ("G/TBT/N/VNM/77", "other"):
            session.add(measure := Measure())
            session.flush()
            session.add(MeasureKey(key=key, measure_id=measure.id))
    one = make("First", measure_id=1, symbols=["G/TBT/N/VNM/77"])
    two = make("Second, see G/TBT/N/VNM/77/Add.1", measure_id=2)
    page = analyst.get("/review/measures").text
    assert "G/TBT/N/VNM/77" in page
    form = {"csrf": analyst.csrf, "notice": two, "other": one, "reason": "names it"}
    assert analyst.post("/review/measures/join", data=form).status_code == 303
    with reading() as session:
        assert {row.measure_id for row in session.exec(select(Notice))} == {1}
        [link] = session.exec(select(MeasureLink)).all()
    assert link.by == "analyst@example.org"
    assert analyst.post("/review/measures/join", data=form).status_code == 422
    assert (
        analyst.post("/review/measures/part", data={"csrf": analyst.csrf, "link": link.id}).status_code == 303
    )
    with reading() as session:
        assert session.get_one(Notice, two).measure_id == 2
        assert [row.what for row in session.exec(select(Audit).order_by(Audit.id))] == [
            "measures.joined", "measures.parted",
        ]  # fmt: skip
    assert 'action="/review/measures/join"' not in analyst.get("/review/measures").text


def test_hostile_words_stay_words_in_every_page_of_an_analyst(make, log_in):
    analyst = log_in("analyst")
    evil = "<script>alert(1)</script> \"'>"
    number = make(evil, text=evil, products=evil, agency=evil, tags=TAGS, symbols=[evil])
    read(number, "weak_sector")
    analyst.post(
        f"/review/{number}/text", data=written(analyst, number, title_zh=evil, gist_zh=evil, card_who=evil)
    )
    analyst.post(
        f"/review/{number}/text/approve", data=written(analyst, number, title_zh=evil, card_who=evil)
    )
    for path in (
        "/review",
        f"/review/{number}",
        f"/review/{number}/text",
        f"/notices/{number}",
        "/review/measures",
    ):
        answer = analyst.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text, path


def test_the_trail_is_json_that_says_what_changed(make, log_in):
    analyst = log_in("analyst")
    number = make(tags=TAGS)
    analyst.post(
        f"/review/{number}/text",
        data=written(analyst, number, title_zh="新", due_on="2026-04-01", owner="a@b.cn"),
    )
    with reading() as session:
        [entry] = session.exec(select(Audit)).all()
    assert (entry.who, entry.object) == ("analyst@example.org", f"notice {number}")
    assert json.loads(entry.model_dump_json())["after"]["due_on"] == "2026-04-01"
    assert entry.before["title_zh"] == ""
    assert entry.at <= types.now()


def test_titles_that_are_alike_are_proposed_until_a_person_refuses(make, log_in):
    analyst = log_in("analyst")
    title = "Energy conservation standards for pool pump motors"
    one, two = make(title), make(f"{title}; proposed", source="us_federal_register", symbols=[])
    with unit_of_work() as session:
        session.add(LinkProposal(notice_id=two, other_id=one, reason="titles alike", score=0.88))
    page = analyst.get("/review/measures?lang=en").text
    assert "88 % of their words" in page
    form = {"csrf": analyst.csrf, "notice": two, "other": one}
    assert analyst.post("/review/measures/refuse", data={**form, "csrf": "x"}).status_code == 403
    assert analyst.post("/review/measures/refuse", data=form).status_code == 303
    assert 'action="/review/measures/join"' not in analyst.get("/review/measures").text
    with reading() as session:
        assert [(row.state, row.by) for row in session.exec(select(LinkProposal))] == [
            ("refused", "analyst@example.org")
        ]
        assert len({row.measure_id for row in session.exec(select(Notice))}) == 2
        assert [row.what for row in session.exec(select(Audit))] == ["measures.refused"]


def test_a_refused_number_is_not_proposed_again_and_a_joined_pair_is_accepted(make, log_in):
    analyst = log_in("analyst")
    with unit_of_work() as session:
        session.add(measure := Measure())
        session.flush()
        session.add(MeasureKey(key="G/TBT/N/VNM/77", measure_id=measure.id))
    one = make("First", measure_id=1, symbols=["G/TBT/N/VNM/77"])
    two = make("Second, see G/TBT/N/VNM/77/Add.1")
    form = {"csrf": analyst.csrf, "notice": two, "other": one}
    assert "G/TBT/N/VNM/77" in analyst.get("/review/measures").text
    analyst.post("/review/measures/refuse", data=form)
    assert 'action="/review/measures/join"' not in analyst.get("/review/measures").text
    analyst.post("/review/measures/join", data={**form, "reason": "after all"})
    with reading() as session:
        assert [row.state for row in session.exec(select(LinkProposal))] == ["accepted"]
