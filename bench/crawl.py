"""A year of all sources read by one machine, beside a bare Scrapy spider.

    python -m bench.crawl [--postgresql] [--part 1.0] [SOURCE…]

Both ask a server on this machine (bench/year.py) for the same pages, one after another, without waiting; ours
reads, normalises, joins, indexes and stores every record, the bare spider parses the page and counts its rows.
The database is one of its own, on SQLite or on a PostgreSQL server that it starts. A part of the year: to try.
"""

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import select

from bench.own import database
from bench.year import DAYS, FIRST, YEAR
from crawlers.crawl import crawl
from database import migrate
from database.session import engine, reading
from database.tables import Run, Snapshot

BARE = """\
import json, sys, scrapy
from lxml import etree
from scrapy.crawler import CrawlerProcess

class Bare(scrapy.Spider):
    name = "bare"
    async def start(self):
        for line in open(sys.argv[1]):
            yield scrapy.Request(line.strip(), dont_filter=True)
    def parse(self, response):
        if response.body[:1] == b"<":
            rows = etree.fromstring(response.body).iter("notifications", "weeklyReport")
            yield from ({one.tag: one.text for one in row} for row in rows)
            return
        found = json.loads(response.body)
        names = ("items", "results", "data", "value")
        rows = found if isinstance(found, list) else next(found[n] for n in names if n in found)
        yield from (dict(row) for row in (rows["bindings"] if isinstance(rows, dict) else rows))

process = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 1, "URLLENGTH_LIMIT": 0,
                          "DOWNLOAD_MAXSIZE": 0, "TELNETCONSOLE_ENABLED": False})
crawler = process.create_crawler(Bare)
process.crawl(crawler)
process.start()
print(crawler.stats.get_value("item_scraped_count", 0))
"""


@contextmanager
def served(source: str) -> Iterator[str]:
    """The source's year on a port of its own, in a process of its own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "bench.year", source, str(port)])
    try:
        for _ in range(200):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _memory() -> float:
    """The most that any process waited for has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _cpu() -> float:
    """Seconds of processor that processes waited for have used."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def ours(source: str, base: str) -> tuple[float, Run]:
    """Seconds, and the run."""
    until = FIRST.fromordinal(FIRST.toordinal() + DAYS)
    start = time.perf_counter()
    run = crawl(source, since=FIRST, until=until, base_url=base)
    return time.perf_counter() - start, run


def bare(source: str, base: str) -> tuple[float, int]:
    """Seconds and rows, for the pages that ours has stored."""
    with reading() as session:
        asked = session.exec(select(Snapshot.url).where(Snapshot.source == source)).all()
    with tempfile.TemporaryDirectory() as home:
        script, pages = Path(home, "bare.py"), Path(home, "pages")
        script.write_text(BARE)
        pages.write_text("\n".join(base + "/" + one.split("/", 3)[3] for one in asked))
        start = time.perf_counter()
        done = subprocess.run([sys.executable, script, pages], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, int(done.stdout.split()[-1])


def measured(sources: list[str]) -> Iterator[dict[str, Any]]:
    """A line for each source."""
    for source in sources or list(YEAR):
        with served(source) as base:
            before = _cpu()
            ours_s, run = ours(source, base)
            memory, ours_cpu = _memory(), _cpu()
            bare_s, rows = bare(source, base)
            bare_cpu = _cpu() - ours_cpu
        yield {
            "source": source, "status": run.status, "message": run.message, "pages": run.pages,
            "records": run.read + sum(run.refused.values()), "stored": run.new, "faults": run.faults,
            "cpu": round(ours_cpu - before, 1), "bare_cpu": round(bare_cpu, 1),
            "seconds": round(ours_s, 1), "bare_seconds": round(bare_s, 1), "bare_rows": rows,
            "a_second": round((run.read + sum(run.refused.values())) / ours_s),
            "peak_MiB": round(memory), "both_MiB": round(_memory()),
        }  # fmt: skip


def main() -> None:
    """Print the lines as JSON, and what they make together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--part", default="1.0", help="of the year's documents")
    asked = parser.parse_args()
    with database(on_postgresql=asked.postgresql) as environment:
        os.environ |= {**environment, "BENCH_PART": asked.part}
        migrate.upgrade()
        engine().dispose()
        lines = []
        for line in measured(asked.sources):
            print(json.dumps(line), flush=True)
            lines.append(line)
        engine().dispose()
    names = (
        "pages",
        "records",
        "stored",
        "faults",
        "cpu",
        "bare_cpu",
        "seconds",
        "bare_seconds",
        "bare_rows",
    )
    total = {name: round(sum(line[name] for line in lines), 1) for name in names}
    total |= {
        "a_second": round(total["records"] / total["seconds"]),
        "bare_a_second": round(total["bare_rows"] / total["bare_seconds"]),
        "peak_MiB": max(line["peak_MiB"] for line in lines),
        "failed": [line["source"] for line in lines if line["status"] != "ok"],
    }
    print(json.dumps({"on": "postgresql" if asked.postgresql else "sqlite", "part": asked.part, **total}))


if __name__ == "__main__":
    main()
