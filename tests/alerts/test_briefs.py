"""Briefs by mail: once for each period, to whoever asked and still asks."""

import datetime as dt
import re

import pytest

from alerts import briefs as wanting
from alerts import compose, deliver, links, privacy, quiet
from config.settings import settings
from database import types
from database.session import unit_of_work
from database.tables import Brief, BriefFile, BriefWish, Letter, Subscriber
from pipeline import briefs
from pipeline.up import _jobs

MONDAY = dt.datetime(2026, 11, 22, 23, 0, tzinfo=dt.UTC)  # 07:00 in Guangdong


@pytest.fixture
def official(world, clock):
    world.notice("Toys", comment_deadline=types.now().date() + dt.timedelta(days=9))
    choose("brief")
    clock.at = MONDAY
    return "chief@gov.example.org"


def choose(*kinds: str, email: str = "chief@gov.example.org", language: str = "zh") -> None:
    with unit_of_work() as session:
        wanting.choose(session, email, language, kinds)


def letters(world) -> list[tuple[str, str]]:
    return [(one.kind, one.outcome) for one in world.rows(Letter)]


def test_the_brief_on_last_week_is_sent_once_however_often_the_clock_asks(world, official, post, clock):
    for _ in range(3):
        briefs.issue()
        world.run(compose, deliver)
        clock.forward(hours=1)
    [mail] = post.read()
    assert letters(world) == [("brief", "sent")]
    [made] = world.rows(Brief)
    assert (made.first, made.last) == (dt.date(2026, 11, 16), dt.date(2026, 11, 22))
    text = mail.get_body(("plain",)).get_content()
    assert "2026-11-16 至 2026-11-22" in mail["subject"]
    assert "新增 1 条" in mail["subject"]
    assert made.path in text
    assert made.path.replace("?", ".pdf?") in text
    assert made.number in text
    assert "/notices/" in text
    assert "PDF 见附件" in text
    assert mail["List-Unsubscribe"]
    clock.forward(days=7)
    briefs.issue()
    world.run(deliver)
    assert len(post.read()) == 2


def test_the_page_the_letter_leads_to_has_the_same_numbers(world, official, post):
    from fastapi.testclient import TestClient

    from api.app import create_app

    briefs.issue()
    [made] = world.rows(Brief)
    with TestClient(create_app(), follow_redirects=False) as client:
        page = client.get(made.path).text
    told = [
        int(n.replace(",", "")) for n in re.findall(r'<li><a href="[^"]+"><strong>([\d,]+)</strong>', page)
    ]
    assert told == [n for _, n, _ in made.figures]
    assert made.number in page


@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_a_report_goes_out_in_the_language_of_the_reader(world, post, clock, language):
    choose("report", language=language)
    clock.at = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
    briefs.issue()
    world.run(deliver)
    [mail] = post.read()
    assert "2026-11-01" in mail["subject"]
    assert "2026-11-30" in mail["subject"]
    for part in ("plain", "html"):
        assert "{" not in mail.get_body((part,)).get_content().partition("</style>")[2]


def test_the_letter_carries_the_pdf_the_page_offers_named_in_its_readers_language(world, official, post):
    from fastapi.testclient import TestClient

    from api.app import create_app

    choose("brief", email="hk@gov.example.org", language="zh-Hant")
    choose("brief", email="en@gov.example.org", language="en")
    briefs.issue()
    world.run(deliver)
    [made] = world.rows(Brief)
    names = {}
    with TestClient(create_app(), follow_redirects=False) as client:
        for mail in post.read():
            [pdf] = mail.iter_attachments()
            names[mail["To"]] = pdf.get_filename()
            language = {"chief": "zh", "hk": "zh-Hant", "en": "en"}[mail["To"].partition("@")[0]]
            offered = client.get(made.path.replace("?", ".pdf?", 1) + f"&lang={language}")
            assert pdf.get_content_type() == "application/pdf"
            assert pdf.get_content() == offered.content
    assert names == {
        "chief@gov.example.org": "技贸周报-2026-11-22.pdf",
        "hk@gov.example.org": "技貿週報-2026-11-22.pdf",
        "en@gov.example.org": "tbt-weekly-brief-2026-11-22.pdf",
    }


@pytest.mark.parametrize(("most", "attached"), [("0", 0), ("1", 0), ("2048", 1)])
def test_a_file_too_large_for_a_letter_is_only_linked_to(world, official, post, monkeypatch, most, attached):
    monkeypatch.setenv("TBT_MAIL_BRIEF_KB", most)
    settings.cache_clear()
    briefs.issue()
    world.run(deliver)
    [mail] = post.read()
    text = mail.get_body(("plain",)).get_content()
    assert len(list(mail.iter_attachments())) == attached
    assert ("PDF 见附件" in text) == bool(attached)
    assert ".pdf?" in text


def test_the_file_is_forgotten_with_the_next_brief_and_a_late_letter_goes_without(
    world, official, post, clock
):
    briefs.issue()
    clock.forward(days=7)
    briefs.issue()
    assert [one.brief_id for one in world.rows(BriefFile)] == [2]
    world.run(deliver)
    assert [len(list(mail.iter_attachments())) for mail in post.read()] == [0, 1]


def test_who_changed_their_mind_left_or_was_late_gets_nothing(world, official, post, clock):
    choose("brief", email="gone@gov.example.org")
    choose("brief", email="left@gov.example.org")
    briefs.issue()
    choose(email="gone@gov.example.org")
    choose("brief", email="late@gov.example.org")
    with unit_of_work() as session:
        who = wanting.person(session, "left@gov.example.org")
        token = links.token("unsubscribe", who.token)
    with unit_of_work() as session:
        wanting.come_back.__globals__["unsubscribe"](session, token)
    briefs.issue()
    world.run(deliver)
    assert [mail["To"] for mail in post.read()] == ["chief@gov.example.org"]
    with unit_of_work() as session:
        assert wanting.wishes(session, "left@gov.example.org") == set()


def test_nobody_asks_and_nothing_is_made_and_old_news_is_not_sent(world, clock):
    clock.at = MONDAY
    briefs.issue()
    assert world.rows(Brief) == []
    choose("brief")
    clock.forward(days=4.5)
    briefs.issue()
    assert world.rows(Brief) == []


def test_a_brief_is_no_answer_to_who_wants_to_hear_of_silence(world, official, post, clock):
    world.reader("chief@gov.example.org", quiet=True, pace="daily", hour=8, sectors=["furniture"])
    clock.forward(days=2, hours=2)
    briefs.issue()
    world.run(quiet)
    assert sorted(kind for kind, _ in letters(world)) == ["brief", "quiet"]


def test_wishes_leave_with_the_person(world, official):
    with unit_of_work() as session:
        who = wanting.person(session, official)
        assert [one["kind"] for one in privacy.export(session, who)["briefwishs"]] == ["brief"]
        privacy.erase(session, who)
    assert world.rows(BriefWish) == []
    assert world.rows(Subscriber)[0].email != official


def test_the_clock_knows_the_job():
    assert _jobs(lambda name: None)["briefs"].work is briefs.issue


def test_an_official_chooses_on_the_page(database):
    from fastapi.testclient import TestClient

    from api.app import create_app

    with TestClient(create_app(), follow_redirects=False) as client:
        assert client.get("/account/briefs").headers["location"] == "/login?to=/account/briefs"
