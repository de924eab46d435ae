"""What storing a record costs beside N stored notices: python -m bench.store [--postgresql] [N…].

For each N it fills a database of its own (bench/million.py), stores pages of 100 new records of two sources, then
the same pages again, changed and unchanged; and it times what is asked after every crawl. Without N: in the database
that the settings name, filled before.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlmodel import func, select

from bench import year
from bench.own import database
from classifier import stage
from crawlers import alarms, documents, store
from crawlers.form import form
from crawlers.record import RawNotice
from crawlers.source import Answer
from crawlers.sources.us_federal_register import UsFederalRegister
from crawlers.sources.wto_eping import WtoEping
from database import counts
from database.session import engine, reading, unit_of_work
from database.tables import Notice, Run

PAGES, ROWS = 8, 100


def pages(source: str, first: int) -> Iterator[list[RawNotice]]:
    """Records as a source reads them, with numbers that nothing stored has."""
    make, reader = {
        "wto_eping": (year.eping, WtoEping()),
        "us_federal_register": (year.register, UsFederalRegister()),
    }[source]
    for page in range(PAGES):
        rows = (reader.read(make(first + page * ROWS + number)) for number in range(ROWS))
        yield [one for one in rows if isinstance(one, RawNotice)]


def _stored(source: str, notices: list[RawNotice], number: int) -> float:
    """Milliseconds a record."""
    with unit_of_work() as session:
        session.add(run := Run(source=source))
        session.flush()
    body = json.dumps([number, time.time()]).encode()
    answer = Answer(f"https://epingalert.org/{number}", body, notices=notices)
    start = time.perf_counter()
    store.keep(run.id or 0, form(source), answer)
    return (time.perf_counter() - start) / len(notices) * 1000


def records() -> Iterator[dict[str, object]]:
    """A line for each way of storing."""
    for source in ("wto_eping", "us_federal_register"):
        made = list(pages(source, int(time.time()) * 10))
        ways = {
            "new": made,
            "unchanged": made,
            "changed": [[replace(one, title=f"{one.title}, amended") for one in page] for page in made],
        }
        for way, some in ways.items():
            spent = [_stored(source, page, number) for number, page in enumerate(some)]
            yield {"source": source, "way": way, "ms_a_record": round(statistics.median(spent), 2)}


def after() -> Iterator[dict[str, object]]:
    """What is asked after each crawl, once for all its records."""

    def pending(one: Callable[..., object]) -> Callable[[], object]:
        def ask() -> object:
            with reading() as session:
                return one(session, 32)

        return ask

    asked = {
        "alarms.check": alarms.check,
        "counts.recount": counts.recount,
        "documents.pending": pending(documents.pending),
        "classify.pending": pending(stage.pending),
    }
    for name, ask in asked.items():
        start = time.perf_counter()
        ask()
        yield {"asked": name, "ms": round((time.perf_counter() - start) * 1000)}


def here() -> None:
    """Print lines of JSON for the database that the settings name."""
    with reading() as session:
        print(
            json.dumps(
                {
                    "stored": session.exec(select(func.count()).select_from(Notice)).one(),
                    "on": engine().dialect.name,
                }
            )
        )
    for line in (*records(), *after()):
        print(json.dumps(line), flush=True)


def main() -> None:
    """Measure beside each number of stored notices, in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("stored", nargs="*", type=int)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    for n in asked.stored:
        with database(on_postgresql=asked.postgresql) as environment:
            for command in (["bench.million", str(n)], ["bench.store"]):
                subprocess.run([sys.executable, "-m", *command], env=environment, check=True)
    if not asked.stored:
        here()


if __name__ == "__main__":
    main()
