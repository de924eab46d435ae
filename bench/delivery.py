"""Personal digests through the real stages to local sinks, beside peers in the same run.

    python -m bench.delivery [--letters 3000] [--connections 32] [--all 101000] [--smtp-source PATH]

Each letter is claimed, rendered (3 of 30 notices, its own links and reasons, a calendar of its deadlines),
serialised, DKIM-signed (RSA 2048), sent over a pooled connection and recorded. The sink is a process of its
own and answers DATA after 50 ms, or at once. Peers send one ready-made message of the same size: a loop that
connects for each, and Postfix's smtp-source (as many sessions as we have connections) when its path is given.
`--all` composes and sends so many digests and watches the memory.
"""

import argparse
import contextlib
import datetime as dt
import json
import os
import resource
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOW = dt.datetime.now(dt.UTC)
STORED = NOW.replace(tzinfo=None).isoformat(sep=" ")


@contextlib.contextmanager
def sink(milliseconds: float):
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "sink.py"), "0", str(milliseconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(process.stdout.readline())

    def counts() -> dict[str, int]:
        process.stdin.write("\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield port, counts
    finally:
        process.stdin.close()
        process.wait(10)


def rss() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def use(port: int, connections: int) -> None:
    from config.settings import settings

    os.environ.update(
        TBT_SMTP_HOST="127.0.0.1", TBT_SMTP_PORT=str(port), TBT_SMTP_STARTTLS="never",
        TBT_SMTP_CONNECTIONS=str(connections), TBT_PUBLIC_URL="https://tbt.example.org",
        TBT_MAIL_FROM="TBT Early Warning <alerts@tbt.example.org>", TBT_MAIL_PER_HOUR="100000000", TBT_MAIL_PER_DAY="100000000",
    )  # fmt: skip
    settings.cache_clear()


def key(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.private_bytes(*form))
    os.environ["TBT_DKIM_KEY"] = str(path)


def notices() -> list[int]:
    from database.session import unit_of_work
    from database.tables import Event, Notice, Tag

    ids = []
    facts = [
        ("Electric kettles: safety requirements and conformity assessment", ["851671"], "safety"),
        ("Energy labelling of household refrigerators", ["841810"], "labelling"),
        ("Restriction of certain phthalates in toys", ["950300"], "composition-limits"),
    ]
    with unit_of_work() as session:
        for number, (title, hs, kind) in enumerate(facts * 10):
            notice = Notice(
                source="wto_eping", source_id=f"G/TBT/N/USA/{number}", title=f"{title}, draft {number}", hs=hs, members=["USA"],
                agency="Consumer Product Safety Commission", products=f"{title} (HS {hs[0]})", language="en",
                url=f"https://example.org/{number}", published_on=NOW.date(), tags_sha256=f"{number:064d}",
                comment_deadline=NOW.date() + dt.timedelta(days=30 + number),
            )  # fmt: skip
            session.add(notice)
            session.flush()
            ids.append(notice.id)
            session.add(Event(notice_id=notice.id, version=1, reason="new", at=NOW))
            for what, code in (
                ("sector", "household-appliances"),
                ("market", "US"),
                ("country", "USA"),
                ("measure_type", kind),
            ):
                session.add(Tag(notice_id=notice.id, kind=what, code=code))
    return ids


def people(n: int, first: int, home: Path, ids: list[int]) -> None:
    """Readers with two subscriptions and three alerts each, due now and not yet composed."""
    connection = sqlite3.connect(home / "tbt.db")
    numbers = range(first, first + n)
    domains = ("qq.example", "163.example", "gmail.example", *(f"firm{i}.example" for i in range(500)))
    connection.executemany(
        "INSERT INTO subscriber (id, email, language, token, created_at, confirmed_at, consent, changed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, '{}', ?)",
        (
            (
                i,
                f"reader{i}@{domains[i % len(domains)]}",
                ("zh", "zh", "zh-Hant", "en")[i % 4],
                f"t{i:012}",
                STORED,
                STORED,
                STORED,
            )
            for i in numbers
        ),
    )
    connection.executemany(
        "INSERT INTO subscription (id, subscriber_id, token, name, sectors, markets, countries, hs, keywords, excludes, "
        "measure_types, min_level, pace, weekday, hour, urgent, quiet, created_at, changed_at, confirmed_at, looked_back_at) "
        "VALUES (?, ?, ?, ?, '[\"household-appliances\"]', '[\"US\"]', '[]', ?, '[]', '[]', '[]', 'blue', 'daily', 0, 8, 0, 0, ?, ?, ?, ?)",
        (
            (
                2 * i + j,
                i,
                f"s{2 * i + j}",
                f"No. {i}" if j else "",
                '["8516"]' if j else "[]",
                STORED,
                STORED,
                STORED,
                STORED,
            )
            for i in numbers
            for j in (0, 1)
        ),
    )

    def because(i: int) -> str:
        sector = {"what": "sector", "value": "household-appliances"}
        hs = {"what": "hs", "value": "851671", "asked": "8516"}
        rows = [
            {
                "subscription_id": 2 * i + 1,
                "name": f"No. {i}",
                "relevance": "direct",
                "matched": [hs, sector],
            },
            {"subscription_id": 2 * i, "name": "", "relevance": "broad", "matched": [sector]},
        ]
        return json.dumps(rows)

    connection.executemany(
        "INSERT INTO alert (subscriber_id, notice_id, version, reason, because, late, created_at, due_at, dropped) "
        "VALUES (?, ?, 1, 'new', ?, '', ?, ?, '')",
        (
            (i, ids[(i + j) % len(ids)], because(i), STORED, STORED)
            for i in numbers
            for j in (0, 1 + i // 30 % 9, 11 + i // 7 % 17)
        ),
    )
    connection.commit()
    connection.close()


def run(*stages) -> None:
    from database.session import reading

    for stage in stages:
        while True:
            with reading() as session:
                ids = stage.pending(session, stage.BATCH)
            if not ids:
                break
            stage.handle(ids)


def loop(port: int, n: int, message: bytes) -> float:
    begun = time.perf_counter()
    for _ in range(n):
        with smtplib.SMTP("127.0.0.1", port, "client.example") as client:
            client.sendmail("a@tbt.example.org", ["b@example.org"], message)
    return n / (time.perf_counter() - begun)


def source(path: str, port: int, n: int, size: int, sessions: int) -> float:
    begun = time.perf_counter()
    words = [
        path,
        "-c",
        "-s",
        str(sessions),
        "-m",
        str(n),
        "-l",
        str(size),
        "-f",
        "a@tbt.example.org",
        "-t",
        "b@example.org",
        f"127.0.0.1:{port}",
    ]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return n / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=3_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--all", type=int, default=0)
    parser.add_argument("--smtp-source", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        os.environ["TBT_DATA_DIR"] = place
        key(home / "dkim.pem")
        use(25, asked.connections)
        from alerts import compose, deliver
        from database import migrate

        migrate.upgrade()
        ids, first = notices(), 1
        for milliseconds in (50, 0):
            with sink(milliseconds) as (port, counts):
                use(port, asked.connections)
                people(asked.letters, first, home, ids)
                first += asked.letters
                run(compose)
                begun, spent = time.perf_counter(), time.process_time()
                run(deliver)
                wall, spent = time.perf_counter() - begun, time.process_time() - spent
                seen = counts()
                assert seen["taken"] == asked.letters, seen
                size = seen["bytes"] // seen["taken"]
                print(
                    f"{milliseconds} ms sink: {asked.letters} letters of {size} bytes, {asked.connections} connections: "
                    f"{asked.letters / wall:.0f}/s ({1e3 * spent / asked.letters:.2f} ms of CPU each, {seen['connections']} connections made)"
                )
                body = b"Subject: peer\r\n\r\n" + (b"x" * 76 + b"\r\n") * (size // 78)
                few = 60 if milliseconds else 500
                print(
                    f"{milliseconds} ms sink: smtplib, connect for each, nothing rendered: {loop(port, few, body):.0f}/s"
                )
                if asked.smtp_source:
                    rate = source(asked.smtp_source, port, 2_000, size, asked.connections)
                    print(
                        f"{milliseconds} ms sink: smtp-source, {asked.connections} sessions, nothing rendered: {rate:.0f}/s"
                    )
        if asked.all:
            with sink(0) as (port, counts):
                use(port, asked.connections)
                people(asked.all, first, home, ids)
                begun, before = time.perf_counter(), rss()
                run(compose)
                composed = time.perf_counter() - begun
                quarter: list[float] = []
                handle = deliver.handle
                done = 0

                def watched(some: list[int]) -> None:
                    nonlocal done
                    handle(some)
                    if (done + len(some)) * 4 // asked.all > done * 4 // asked.all:
                        quarter.append(rss())
                    done += len(some)

                deliver.handle = watched
                run(deliver)
                wall = time.perf_counter() - begun
                assert counts()["taken"] == asked.all
                print(
                    f"{asked.all} digests: composed in {composed:.0f} s, composed and sent in {wall:.0f} s "
                    f"({asked.all / (wall - composed):.0f}/s sent); memory before {before:.0f} MB, "
                    f"after each quarter {', '.join(f'{one:.0f}' for one in quarter)} MB"
                )


if __name__ == "__main__":
    main()
