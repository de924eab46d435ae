"""One notice against 1,000,000 subscriptions: the index beside a plain SQL join, in one run.

    python bench/matching.py [--subscriptions 1000000] [--notices 200] [--joins 6]

Subscriptions are made by chance with a fixed seed: 30 % name HS prefixes, 25 % words (20,000 different ones),
the others sectors; most name markets or countries. Every answer of the join is compared with the index's.
"""

import argparse
import datetime as dt
import gc
import json
import os
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

NOW = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)
STORED = NOW.replace(tzinfo=None).isoformat(sep=" ") + ".000000"
SYLLABLES = [
    "ba",
    "ke",
    "li",
    "mo",
    "nu",
    "ra",
    "sti",
    "tol",
    "ver",
    "xa",
    "zin",
    "dro",
    "pel",
    "gam",
    "fi",
    "co",
    "sul",
    "tra",
    "men",
    "hy",
]
HAN = "电水壶玩具陶瓷灯具家用器食品纺织服装钢铁塑料木材机械汽车零件医疗化妆农药肥料"


def rss() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def words(chance: random.Random, n: int) -> list[str]:
    found: set[str] = set()
    while len(found) < n:
        if chance.random() < 0.4:
            found.add("".join(chance.choices(HAN, k=chance.choice((2, 3, 4)))))
        else:
            one = "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3))))
            found.add(one if chance.random() < 0.7 else one + " " + "".join(chance.choices(SYLLABLES, k=2)))
    return sorted(found)


def hs(chance: random.Random) -> str:
    chapter = chance.choices(range(1, 98), weights=[1 + 20 / (1 + abs(c - 85)) for c in range(1, 98)])[0]
    code = f"{chapter:02}{chance.randrange(1, 12):02}{chance.randrange(10, 60):02}"
    return code[: chance.choices((2, 4, 6), weights=(1, 5, 4))[0]]


def fill(path: Path, n: int, vocabulary: list[str]) -> None:
    from config import taxonomy

    chance = random.Random(1)
    sectors, countries = list(taxonomy.sectors()), list(taxonomy.countries())
    kinds = list(taxonomy.measure_types())
    people = max(1, n // 10)
    connection = sqlite3.connect(path)
    connection.executemany(
        "INSERT INTO subscriber (id, email, language, token, created_at, confirmed_at, consent, changed_at) "
        "VALUES (?, ?, 'zh', ?, ?, ?, '{}', ?)",
        ((i, f"reader{i}@example.org", f"p{i}", STORED, STORED, STORED) for i in range(1, people + 1)),
    )

    def rows():
        for number in range(1, n + 1):
            what = chance.random()
            asked_hs = [hs(chance) for _ in range(chance.randint(1, 3))] if what < 0.3 else []
            keywords = chance.sample(vocabulary, chance.randint(1, 3)) if 0.3 <= what < 0.55 else []
            asked = chance.sample(sectors, chance.randint(1, 2)) if what >= 0.5 else []
            where = chance.random()
            markets = chance.sample(("US", "EU", "BRI"), chance.randint(1, 2)) if where < 0.6 else []
            places = chance.sample(countries, chance.randint(1, 4)) if 0.6 <= where < 0.9 else []
            excludes = chance.sample(vocabulary, 1) if chance.random() < 0.05 else []
            types_ = chance.sample(kinds, 2) if chance.random() < 0.1 else []
            least = chance.choices(("blue", "yellow", "orange", "red"), weights=(85, 9, 4, 2))[0]
            yield (
                number, number % people + 1, f"s{number}",
                *(json.dumps(x, ensure_ascii=False) for x in (asked, markets, places, asked_hs, keywords, excludes, types_)),
                least, STORED, STORED, STORED,
            )  # fmt: skip

    connection.executemany(
        "INSERT INTO subscription (id, subscriber_id, token, name, sectors, markets, countries, hs, keywords, "
        "excludes, measure_types, min_level, pace, weekday, hour, urgent, quiet, created_at, changed_at, confirmed_at) "
        "VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, 'daily', 0, 8, 0, 0, ?, ?, ?)",
        rows(),
    )
    # Only these changed lately; all others are from before the index looks back.
    young = dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
    for table in ("subscription", "subscriber"):
        connection.execute(f"UPDATE {table} SET changed_at = ? WHERE id = 1", (young,))
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def change(path: Path, n: int) -> None:
    connection = sqlite3.connect(path)
    fresh = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).replace(tzinfo=None).isoformat(sep=" ")
    connection.execute("UPDATE subscription SET hs = '[\"8516\"]', changed_at = ? WHERE id <= ?", (fresh, n))
    connection.commit()
    connection.close()


def notices(n: int, vocabulary: list[str]):
    from alerts.interest import subject
    from config import taxonomy
    from database.tables import Notice, Tag

    chance = random.Random(2)
    sectors, kinds = list(taxonomy.sectors()), list(taxonomy.measure_types())
    for number in range(1, n + 1):
        text = " ".join(chance.choices(vocabulary, k=60)) + " regulation of products " * 60
        notice = Notice(
            id=number, source="bench", source_id=str(number), title=" ".join(chance.choices(vocabulary, k=6)),
            products=" ".join(chance.choices(vocabulary, k=8)), text=text[:2400],
            hs=[hs(chance) for _ in range(chance.choice((0, 1, 2, 6)))], published_on=NOW.date(),
            comment_deadline=NOW.date() + dt.timedelta(days=chance.choice((9, 40, 60, 90))),
        )  # fmt: skip
        market, country = chance.choice((("US", "USA"), ("EU", "EU"), ("BRI", "VNM"), ("OTHER", "BRA")))
        tags = [("market", market), ("country", country), ("measure_type", chance.choice(kinds))]
        tags += [("sector", code) for code in chance.sample(sectors, chance.randint(1, 2))]
        yield subject(notice, [Tag(notice_id=number, kind=kind, code=code) for kind, code in tags])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscriptions", type=int, default=1_000_000)
    parser.add_argument("--notices", type=int, default=200)
    parser.add_argument("--joins", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["TBT_DATA_DIR"] = home
        from alerts.index import Index
        from bench.join import by_join, standing
        from database import migrate
        from database.session import engine, reading

        migrate.upgrade()
        vocabulary = words(random.Random(3), 20_000)
        begun = time.perf_counter()
        fill(Path(home) / "tbt.db", asked.subscriptions, vocabulary)
        print(f"{asked.subscriptions} subscriptions stored in {time.perf_counter() - begun:.1f} s")

        gc.collect()
        index, before, begun = Index(), rss(), time.perf_counter()
        with reading() as session:
            index.refresh(session)
        build = time.perf_counter() - begun
        subjects = list(notices(asked.notices, vocabulary))
        today = NOW.date()
        index.concerned(subjects[0], today, NOW)  # makes the automaton
        built = rss()
        print(
            f"index: built in {build:.1f} s, bitmaps {index.bytes / 2**20:.1f} MB, process grew by {built - before:.0f} MB"
        )
        with reading() as session:
            index.refresh(session)
            begun = time.perf_counter()
            index.refresh(session)
            print(
                f"index: a look for changes when there are none {1e3 * (time.perf_counter() - begun):.1f} ms"
            )
        change(Path(home) / "tbt.db", 1_000)
        with reading() as session:
            begun = time.perf_counter()
            changed = index.refresh(session)
            print(
                f"index: {changed} changed subscriptions taken in, {1e3 * (time.perf_counter() - begun):.0f} ms"
            )
        times, sizes, answers = [], [], []
        for about in subjects:
            fresh = type(about)(
                about.notice, about.tags, about.hs, tuple(type(p)(p.field, p.text) for p in about.passages)
            )
            begun = time.perf_counter()
            found = index.concerned(fresh, today, NOW)
            times.append(1e3 * (time.perf_counter() - begun))
            sizes.append(sum(map(len, found.values())))
            answers.append(found)
        times.sort()
        print(
            f"index: {len(times)} notices, median {statistics.median(times):.2f} ms, p95 {times[int(len(times) * 0.95)]:.2f} ms, "
            f"mean {statistics.mean(sizes):.0f} subscriptions concerned"
        )
        raw = engine().raw_connection().driver_connection
        slow = []
        for about, found in list(zip(subjects, answers, strict=True))[: asked.joins]:
            words_there = standing(about, vocabulary)
            begun = time.perf_counter()
            rows = by_join(raw, about, words_there, today, NOW)
            slow.append(1e3 * (time.perf_counter() - begun))
            assert rows == {number: name for name, bits in found.items() for number in bits}, about.notice.id
        if slow:
            print(
                f"SQL join: {len(slow)} notices, median {statistics.median(slow):.0f} ms, same answers "
                f"({statistics.median(slow) / statistics.median(times):.0f} times the index)"
            )


if __name__ == "__main__":
    main()
