"""A throw-away database with very many made-up notices, for timing: python -m bench.million [N].

It fills the database that the settings name (TBT_DATA_DIR, TBT_DATABASE_URL), past every stage: notices with
their codes, tags, labels, events, versions and search words, as the line would have left them.
"""

import datetime as dt
import json
import random
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import psycopg

from config import taxonomy
from config.settings import settings
from database import counts, migrate
from database.index import making
from database.search import tokens
from database.session import engine

CHUNK = 5_000
PASSAGES = 5_000  # texts are taken from so many, each with other planted words
FULL = 20  # every so many notices have labels, events and versions: a page of one needs them
TODAY = dt.date(2026, 11, 20)
YEARS = 15
# Planted words, with the share of notices in which they stand.
PLANTED = {"food": 0.3, "safety": 0.3, "toy": 0.03, "battery": 0.001, "安全": 0.3, "玩具": 0.03}
COLUMNS = {
    "measure": ("id", "created_at"),
    "measurekey": ("key", "measure_id"),
    "notice": (
        "id", "source", "source_id", "version", "content_sha256", "measure_id", "url", "area", "kind",
        "symbols", "members", "agency", "language", "title", "products", "objective", "origin", "hs", "ics", "standards",
        "objectives", "links", "published_on", "published_raw", "comment_deadline",
        "comment_deadline_raw", "closes_at", "adoption_raw", "in_force_on", "in_force_raw", "in_force_rule",
        "in_force_computed", "withdrawn", "tags_sha256", "level", "level_until",
        "first_seen_at", "changed_at", "text",
    ),
    "titleband": ("band", "notice_id"),
    "noticecode": ("notice_id", "scheme", "code"),
    "tag": ("notice_id", "kind", "code"),
    "label": ("notice_id", "kind", "code", "score", "by", "evidence", "fingerprint"),
    "event": ("notice_id", "version", "reason", "before", "after", "at"),
    "noticeversion": ("notice_id", "version", "seen_at", "facts"),
    "notice_search": ("id", "body"),
}  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]


class Maker:
    """Makes notices, the same ones every time."""

    def __init__(self, n: int) -> None:
        self.n, self.random = n, random.Random(1)
        words = ["".join(self.random.choices("abcdefghijklmnoprstuvz", k=6)) for _ in range(20_000)]
        weights = [1 / (rank + 20) for rank in range(len(words))]
        self.passages = [" ".join(self.random.choices(words, weights, k=60)) for _ in range(PASSAGES)]
        self.sectors = list(taxonomy.sectors().values())
        self.countries = [code for code in taxonomy.countries() if code != "EU"]
        self.types = list(taxonomy.measure_types())

    def chunks(self) -> Iterator[Rows]:
        """Rows of all tables, some thousand notices at a time."""
        for first in range(1, self.n + 1, CHUNK):
            rows: Rows = {table: [] for table in COLUMNS}
            for number in range(first, min(first + CHUNK, self.n + 1)):
                self._one(number, rows)
            yield rows

    def _one(self, number: int, rows: Rows) -> None:
        roll = self.random.random
        age = int((1 - number / self.n) * 365 * YEARS + roll() * 20)
        published = TODAY - dt.timedelta(days=age)
        deadline = published + dt.timedelta(days=60) if roll() < 0.66 else None
        force = published + dt.timedelta(days=180) if roll() < 0.3 else None
        closes = dt.datetime.combine(deadline, dt.time(22, 59, 59), dt.UTC) if deadline else None
        stamp = dt.datetime.combine(published, dt.time(3), dt.UTC)
        passage = self.passages[int(PASSAGES * roll())]
        planted = [word for word, share in PLANTED.items() if roll() < share]
        sector = self.sectors[int(len(self.sectors) * roll() ** 2)]
        # A fifth of what there is comes from a handful of members, as with the WTO.
        country = self.countries[int(len(self.countries) * roll() ** 3)]
        kind = self.random.choice(self.types)
        hs = [sector.hs[0].ljust(4, "0")] if sector.hs else []
        title, symbol = " ".join([*planted, passage[:60]]), f"G/TBT/N/{country}/{number}"
        market = self.random.choice(("US", "EU", "BRI", "BRI", "OTHER"))
        level = self.random.choice(("blue", "blue", "blue", "yellow", "yellow", "orange"))
        if deadline and TODAY <= deadline <= TODAY + dt.timedelta(days=14) and roll() < 0.1:
            level = "red"
        rows["measure"].append((number, stamp))
        rows["measurekey"].append((symbol, number))
        rows["titleband"].extend((self.random.getrandbits(62), number) for _ in range(4))
        rows["notice"].append(
            (
                number, "wto_eping" if roll() < 0.8 else "us_federal_register", symbol, 1, "x", number,
                f"https://example.org/{number}", "TBT", "regular", [symbol], [country], "Agency",
                "zh" if "安全" in planted else "en", title, "", "", "", hs, [], [], [], [],
                published, "", deadline, "", closes, "", force, "", "", False, False, "x", level, dt.date(2099, 1, 1),
                stamp, stamp, passage,
            )
        )  # fmt: skip
        tags = [("sector", sector.code), ("market", market), ("country", country), ("measure_type", kind)]
        if roll() < 0.3:
            tags.append(("sector", self.random.choice([s.code for s in self.sectors if s is not sector])))
        rows["tag"].extend((number, *tag) for tag in tags)
        rows["noticecode"].extend((number, "hs", code) for code in hs)
        if number % FULL == 0:
            evidence = [{"field": "text", "start": 0, "end": 6, "text": passage[:6]}]
            rows["label"].extend((number, *tag, 0.9, "rules", evidence, "f") for tag in tags)
            rows["event"].append((number, 1, "new", "", "", stamp))
            rows["noticeversion"].append((number, 1, stamp, {}))
        # The words of a passage are tokens as they are.
        rows["notice_search"].append((number, [*tokens(f"{' '.join(planted)} {symbol}"), *passage.split()]))


def _json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _plain(value: Any) -> Any:
    """As SQLAlchemy writes it into SQLite."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, dt.date) else _json(value)


def fill_sqlite(maker: Maker) -> None:
    """Into the file of the settings."""
    database = sqlite3.connect(settings().data_dir / "tbt.db")
    database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
    for done, rows in enumerate(maker.chunks(), 1):
        for table, some in rows.items():
            names, marks = COLUMNS[table], ",".join("?" * len(COLUMNS[table]))
            if table == "notice_search":
                names = ("rowid", "body")
                some = [(number, " ".join(body)) for number, body in some]
            wanted = ",".join(f'"{name}"' for name in names)
            statement = f"INSERT INTO {table} ({wanted}) VALUES ({marks})"
            database.executemany(statement, ([*map(_plain, row)] for row in some))
        database.commit()
        print(done * CHUNK, end="\r", file=sys.stderr, flush=True)
    database.execute("PRAGMA journal_mode=WAL")
    database.close()


def fill_postgresql(maker: Maker) -> None:
    """Into the database of the settings."""
    address = settings().database.replace("+psycopg", "")
    with psycopg.connect(address) as database:
        database.execute("DROP INDEX ix_notice_search_body")
        for done, rows in enumerate(maker.chunks(), 1):
            for table, some in rows.items():
                names = COLUMNS[table]
                if table == "notice_search":
                    names = ("notice_id", "body")
                    some = [
                        (number, " ".join(f"'{token}':{place}" for place, token in enumerate(body, 1)))
                        for number, body in some
                    ]
                wanted = ",".join(f'"{name}"' for name in names)
                with database.cursor().copy(f"COPY {table} ({wanted}) FROM STDIN") as copy:
                    for row in some:
                        copy.write_row([*map(_json, row)])
            database.commit()
            print(done * CHUNK, end="\r", file=sys.stderr, flush=True)
        database.execute("CREATE INDEX ix_notice_search_body ON notice_search USING gin (body)")
        for table in ("measure", "notice"):
            database.execute(f"SELECT setval('{table}_id_seq', {maker.n})")


def main(n: int) -> None:
    """Fill."""
    migrate.upgrade()
    engine().dispose()
    sqlite = engine().dialect.name == "sqlite"
    (fill_sqlite if sqlite else fill_postgresql)(Maker(n))
    if not sqlite:
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    counts.recount()
    making.make()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
