"""Channels of subscribers, as whoever runs the service looks after them."""

import pytest
from hooks import Server
from typer.testing import CliRunner

from alerts.calls import InvalidEndpoint
from config.settings import settings
from database import types
from database.session import unit_of_work
from database.tables import Subscriber
from pipeline.cli import app
from pipeline.commands import channel, keep

RUNNER = CliRunner()
EMAIL = "chen@toys.example.com"


def _run(*words: str, code: int = 0, given: str = "") -> str:
    done = RUNNER.invoke(app, ["channel", *words], input=given)
    assert done.exit_code == code, done.output + str(done.exception)
    return done.output.strip()


@pytest.fixture
def hook(database, monkeypatch):
    monkeypatch.setenv("TBT_CALL_LOOPBACK", "1")
    settings.cache_clear()
    with unit_of_work() as session:
        session.add(Subscriber(email=EMAIL, token="t", confirmed_at=types.now()))
    one = Server()
    yield one
    one.close()


def test_a_channel_is_added_tried_switched_rolled_and_removed(hook):
    made = _run("add", EMAIL, "webhook", hook.url)
    secret = made.rpartition(" ")[2]
    assert secret.startswith("whsec_")
    assert "200" in _run("test", "1")
    hook.answer = (503, b"busy", {})
    failed = RUNNER.invoke(app, ["channel", "test", "1"])
    assert isinstance(failed.exception, channel.TestFailed)
    assert "503 busy" in str(failed.exception)
    log = _run("log", "1").splitlines()
    assert ["deferred  503 busy" in log[0], "accepted  200" in log[1]] == [True, True]
    _run("off", "1")
    assert "off (operator)" in _run("list", EMAIL)
    _run("on", "1")
    assert "  on  subscriptions: all  " in _run("list", EMAIL)
    assert secret not in (new := _run("roll", "1"))
    assert "whsec_" in new
    assert "whsec_" not in _run("list", EMAIL)
    assert _run("remove", "1", code=1, given="n\n")
    assert "1  webhook" in _run("list", EMAIL)
    _run("remove", "1", "--yes")
    assert _run("list", EMAIL) == ""


def test_a_robots_secret_comes_by_standard_input_and_is_not_shown(hook):
    address = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec33e42541b09b08551f"
    made = _run("add", EMAIL, "dingtalk", address, "--secret-stdin", given="SECf0e1d2c3\n")
    shown = made + _run("list", EMAIL)
    assert "SECf0e1" not in shown
    assert "566cc" not in shown
    assert "access_token=566c…" in shown


def test_what_cannot_be_done_is_said(hook):
    for words, error in (
        (("list", "nobody@example.org"), keep.Unknown),
        (("test", "9"), channel.NoSuchChannel),
        (("remove", "9", "--yes"), channel.NoSuchChannel),
        (("add", EMAIL, "webhook", "https://10.0.0.1/"), InvalidEndpoint),
        (("add", EMAIL, "webhook", hook.url, "--subscription", "9"), InvalidEndpoint),
    ):
        assert isinstance(RUNNER.invoke(app, ["channel", *words]).exception, error), words
