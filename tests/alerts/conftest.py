"""Notices, readers and a local mail server, made in a line each."""

import datetime as dt
import email
import email.policy
import itertools
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hooks import Server

from alerts import compose, deliver, lookback, match, subscriptions
from alerts.mailbox import Mailbox
from config.settings import settings
from database import types
from database.session import reading, unit_of_work
from database.tables import Event, Measure, Notice, NoticeCode, Subscription, Suppression, Tag

NOW = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)  # 10:00 in Guangdong


class Clock:
    """The one clock of a test."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> dt.datetime:
        self.at += dt.timedelta(milliseconds=1)
        return self.at

    def forward(self, **by: float) -> None:
        self.at += dt.timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(types, "now", one)
    return one


class World:
    """Writes what the other parts of the service would have written."""

    numbers = itertools.count(1)

    def notice(
        self,
        title: str = "Electric kettles: safety requirements",
        *,
        sectors: tuple[str, ...] = ("household-appliances",),
        markets: tuple[str, ...] = ("US",),
        countries: tuple[str, ...] = ("USA",),
        measure_types: tuple[str, ...] = ("safety",),
        event: str | None = "new",
        measure: int | None = None,
        read: bool = True,
        **fields: Any,
    ) -> int:
        number = next(self.numbers)
        fields.setdefault("members", list(countries))
        fields.setdefault("published_on", types.now().date())
        fields.setdefault("url", f"https://example.org/notices/{number}")
        with unit_of_work() as session:
            if measure is not None and session.get(Measure, measure) is None:
                session.add(Measure(id=measure))
                session.flush()
            notice = Notice(
                source="wto_eping",
                source_id=f"G/TBT/N/USA/{number}",
                title=title,
                measure_id=measure,
                **fields,
            )
            session.add(notice)
            session.flush()
            assert notice.id is not None
            for code in notice.hs:
                session.add(NoticeCode(notice_id=notice.id, scheme="hs", code=code))
            if event is not None:
                session.add(Event(notice_id=notice.id, version=notice.version, reason=event, at=types.now()))
        if read:
            self.tag(notice.id, sector=sectors, market=markets, country=countries, measure_type=measure_types)
        return notice.id

    def tag(self, notice_id: int, **tags: tuple[str, ...]) -> None:
        """The tags that hold from now on."""
        with unit_of_work() as session:
            for kind, codes in tags.items():
                for code in codes:
                    session.merge(Tag(notice_id=notice_id, kind=kind, code=code))
            notice = session.get_one(Notice, notice_id)
            notice.tags_sha256 = f"{next(self.numbers):064d}"
            session.add(notice)

    def event(self, notice_id: int, reason: str, version: int, **fields: str) -> None:
        with unit_of_work() as session:
            session.get_one(Notice, notice_id).version = version
            session.add(Event(notice_id=notice_id, version=version, reason=reason, at=types.now(), **fields))

    def reader(
        self, address: str = "li@firm.example.org", *, confirmed: bool = True, **wish: Any
    ) -> Subscription:
        """A subscription, confirmed and looked back, without any letter to send."""
        wish.setdefault("pace", "at_once")
        with unit_of_work() as session:
            one = subscriptions.subscribe(session, address, **wish)
            if confirmed:
                who = session.get_one(subscriptions.Subscriber, one.subscriber_id)
                who.confirmed_at = who.confirmed_at or types.now()
                one.confirmed_at = one.looked_back_at = types.now()
                session.add_all([who, one])
                for letter in session.exec(
                    subscriptions.select(subscriptions.Letter).where(
                        subscriptions.Letter.subscriber_id == who.id,
                        subscriptions.Letter.kind == "confirmation",
                    )
                ):
                    session.delete(letter)
        return one

    def rows(self, table: Any, *conditions: Any) -> list[Any]:
        with reading() as session:
            return list(session.exec(subscriptions.select(table).where(*conditions).order_by(table.id)))

    def rows_of_suppression(self) -> list[Suppression]:
        with reading() as session:
            return list(session.exec(subscriptions.select(Suppression)))

    def run(self, *stages: Any) -> None:
        """Run stages until nothing is pending; by default the whole way of an alert."""
        for stage in stages or (match, lookback, compose, deliver):
            for _ in range(100):
                with reading() as session:
                    ids = stage.pending(session, stage.BATCH)
                if not ids:
                    break
                stage.handle(ids)
            else:
                raise AssertionError(f"{stage.__name__} never ends")


@pytest.fixture
def world(database: str, clock: Clock) -> World:
    return World()


@pytest.fixture
def living_world(database: str) -> World:
    """A world in which time passes by itself."""
    return World()


class Post(Mailbox):
    """The local mailbox, read by a strict parser."""

    def read(self) -> list[EmailMessage]:
        found = []
        for raw in self.letters():
            message = email.message_from_bytes(raw, policy=email.policy.strict.clone(raise_on_defect=True))
            again = email.message_from_bytes(raw, policy=email.policy.default)
            assert not message.defects
            assert isinstance(again, EmailMessage)
            found.append(again)
        return found


def use_server(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("TBT_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TBT_SMTP_PORT", str(port))
    monkeypatch.setenv("TBT_SMTP_STARTTLS", "never")
    monkeypatch.setenv("TBT_PUBLIC_URL", "https://tbt.example.org")
    monkeypatch.setenv("TBT_MAIL_FROM", "TBT Early Warning <alerts@tbt.example.org>")
    settings.cache_clear()


@pytest.fixture
def post(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    with Post(tmp_path / "mailbox") as box:
        use_server(monkeypatch, box.port)
        yield box


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Mail goes to this port of the own machine from now on."""
    return lambda port: use_server(monkeypatch, port)


@pytest.fixture
def hook(post: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A web server of this machine that may be called, for channels besides mail."""
    monkeypatch.setenv("TBT_CALL_LOOPBACK", "1")
    settings.cache_clear()
    one = Server()
    yield one
    one.close()
