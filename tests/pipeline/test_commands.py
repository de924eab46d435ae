import json
import re

import pytest
from sqlmodel import select

from alerts.subscriptions import subscribe
from database.session import engine, reading, unit_of_work
from database.tables import Audit

COMMANDS = [
    "demo", "up", "crawl", "line", "serve", "work", "sources", "status", "classify", "evaluate", "backup",
    "restore", "db", "user", "person", "warning", "mail", "model", "retag",
]  # fmt: skip


def test_every_command_of_the_contract_explains_itself(tbt):
    listed = tbt("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"│ {command}\s", listed), command
    for command in ("demo", "crawl", "classify"):
        assert "--help" in tbt(command, "--help").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["crawl", "nosuch"], 2, "no source 'nosuch'"),
        (["crawl", "wto_eping", "--base-url", "wto_eping=ftp://x"], 2, "is not SOURCE=URL"),
        (["crawl", "wto_eping", "--since", "2026-13-40"], 2, "2026-13-40"),
        (["line", "--stage", "nosuch"], 1, "no stage 'nosuch'"),
        (["evaluate", "no-such-file.jsonl"], 1, "no-such-file.jsonl: No such file"),
        (["restore", "no-such-file.zip"], 1, "no-such-file.zip"),
        (["user", "add", "nobody", "--role", "analyst"], 2, "'nobody' is no e-mail address"),
        (["user", "add", "a@example.com", "--role", "king"], 2, "king"),
        (["work"], 1, "TBT_DATABASE_URL"),
        (["nosuch"], 2, "nosuch"),
    ],
)
def test_a_wrong_word_is_one_clear_line_and_no_success(tbt, words, code, said):
    done = tbt(*words, code=code)
    assert said in done.stderr
    assert done.stderr.startswith("tbt: ")
    assert done.stderr.count("\n") == 1


def test_a_broken_setting_is_named(tbt, monkeypatch):
    monkeypatch.setenv("TBT_SMTP_PORT", "mail")
    assert "TBT_SMTP_PORT" in tbt("status", code=1).stderr


def test_a_new_data_dir_works_at_once_and_a_person_can_be_added(tbt, data_dir):
    assert "notices" in tbt("status").stdout
    assert (data_dir / "tbt.db").exists()
    said = tbt("user", "add", "Anna@Example.com", "--role", "analyst").stdout
    assert re.search(r"First password: \S{12,}", said)
    assert "already" in tbt("user", "add", "anna@example.com", "--role", "admin", code=1).stderr
    with reading() as session:
        (entry,) = session.exec(select(Audit)).all()
    assert (entry.what, entry.after["role"]) == ("user.added", "analyst")
    assert "up to date" in tbt("db", "upgrade").stdout


def test_warnings_and_mail_are_steered_by_somebody_who_may(tbt):
    assert tbt("warning", "list").stdout == ""
    said = tbt("mail", "stop", "--by", "a@example.com", "--why", "x", code=1).stderr
    assert "no analyst or administrator" in said
    tbt("user", "add", "a@example.com", "--role", "analyst")
    tbt("mail", "stop", "--by", "a@example.com", "--why", "a faulty template")
    assert tbt("mail", "status").stdout.startswith("stopped\nlast hour: 0 of 120000\n")
    assert "goes on" in tbt("mail", "go-on", "--by", "a@example.com").stdout
    for words in (["show", "7"], ["approve", "7", "--by", "a@example.com", "--recipients", "1"]):
        assert "there is no notice 7" in tbt("warning", *words, code=1).stderr


def test_an_unreachable_database_is_one_clear_line(tbt, monkeypatch):
    monkeypatch.setenv("TBT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = tbt("status", code=1)
    assert done.stderr.count("\n") == 1
    assert "database" in done.stderr


def test_tables_of_another_version_ask_for_the_upgrade(tbt):
    tbt("status")
    with engine().connect() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    engine().dispose()
    assert "tbt db upgrade" in tbt("status", code=1).stderr


def test_classify_answers_each_line_in_its_place(tbt):
    lines = [
        {"id": "a", "title": "Safety of toys", "text": "", "member": "USA", "hs": ["9503"]},
        "{broken",
        {"id": "b", "title": "玩具安全技术规范", "text": "儿童玩具"},
    ]
    given = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    rows = [json.loads(line) for line in tbt("classify", stdin=given + "\n").stdout.splitlines()]
    assert [row.get("id") for row in rows] == ["a", None, "b"]
    assert "error" in rows[1]
    assert rows[0]["sectors"][0]["code"] == rows[2]["sectors"][0]["code"] == "toys-children"
    assert rows[0]["markets"][0]["code"] == "US"
    assert len(rows[0]["ranking"]) == 32


def test_what_is_kept_of_a_subscriber_can_be_printed_and_erased(tbt, data_dir):
    tbt("status")
    with unit_of_work() as session:
        subscribe(session, "li@example.com", sectors=["food"])
    kept = json.loads(tbt("person", "export", "LI@example.com").stdout)
    assert kept["subscriber"]["email"] == "li@example.com"
    tbt("person", "erase", "li@example.com")
    assert "nobody subscribed" in tbt("person", "export", "li@example.com", code=1).stderr


def test_a_source_without_its_key_is_refused_in_one_line_that_names_the_setting(tbt, data_dir):
    said = tbt("crawl", "wto_eping", "us_regulations_gov", code=1).stderr.strip()
    assert len(said.splitlines()) == 1
    assert "TBT_REGULATIONS_GOV_KEY" in said
    listed = tbt("sources").stdout
    assert "TBT_REGULATIONS_GOV_KEY" in listed or "no key" in listed
