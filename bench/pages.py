"""How long pages and downloads take over a filled database (bench.million): python -m bench.pages [ROUNDS].

Counts are forgotten before every request, so each is the first of its kind. Beside them the same list and
numbers as plain SQL that counts to the end, as written without any of the measures taken here.
"""

import itertools
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from api import facets
from api.app import create_app
from bench.million import FULL
from config.settings import settings
from database.session import engine

QUERIES = (
    "food",
    "safety",
    "安全",
    "玩具",
    "toy",
    "battery",
    "food safety",
    "食品 安全",
    "unheardof",
    "监督抽查",
)
FILTERS = (
    "",
    "&sector=toys-children",
    "&market=EU&open_for_comment=true",
    "&country=VNM",
    "&level=red,orange",
)
NO_WORDS = (
    "/?",
    "/?sector=food",
    "/?level=red",
    "/?open_for_comment=true&sort=deadline",
    "/?sort=level",
    "/?q=food&sort=level",
    "/?q=food&sort=relevance",
    "/?q=food&sort=deadline",
    "/?country=VUT",
    "/?hs=9503",
)
EXPORTED = 100_000


def timed(ask: Callable[[], object]) -> float:
    """Milliseconds of one call; of this process alone with BENCH_CPU=1, for a machine that is busy."""
    clock = time.process_time if os.environ.get("BENCH_CPU") else time.perf_counter
    begun = clock()
    ask()
    return (clock() - begun) * 1000


def show(name: str, times: list[float]) -> None:
    """One line of figures."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(
        f"{name:42} n {len(times):4} "
        f" p50 {statistics.median(times):8.1f}  p95 {p95:8.1f}  max {ordered[-1]:8.1f} ms"
    )


def pages(client: TestClient, rounds: int) -> None:
    """All pages."""

    def get(address: str) -> None:
        facets._kept.clear()
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    get("/?q=food")
    each: dict[str, list[float]] = {"search": []}
    for _, query, more in itertools.product(range(rounds), QUERIES, FILTERS):
        took = timed(partial(get, f"/?q={query}{more}"))
        each["search"].append(took)
        each.setdefault(f"  {query} {more}", []).append(took)
    for _, address in itertools.product(range(rounds), NO_WORDS):
        each.setdefault(f"list {address}", []).append(timed(partial(get, address)))
    most = int(client.get("/api/v1/notices?limit=1").json()["items"][0]["id"])
    for _ in range(40 * rounds):
        number = random.Random(_).randrange(1, most // FULL) * FULL
        each.setdefault("notice", []).append(timed(partial(get, f"/notices/{number}")))
    for _, days in itertools.product(range(rounds), (30, 90, 365)):
        each.setdefault(f"risk {days} days", []).append(timed(partial(get, f"/risk?days={days}")))
    for name, times in each.items():
        show(name, times)


def export(client: TestClient) -> None:
    """A download of very many rows, and by how much the process grew."""
    before, size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    begun = time.perf_counter()
    for number, _ in enumerate(facets_free_rows(), 1):
        size = number
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"export of {size} rows {time.perf_counter() - begun:.1f} s, process grew by {grown / 1024:.1f} MiB"
    )


def facets_free_rows() -> object:
    """The rows of the download, as the route makes them."""
    from api import exports, paging
    from api.filters import Filters

    found = exports.items(Filters(q="food"), paging.start("newest"), EXPORTED)
    return exports.as_csv(found)


def plain(rounds: int) -> None:
    """The same as SQL that a first draft would have."""
    sqlite = engine().dialect.name == "sqlite"
    hits = (
        "SELECT rowid FROM notice_search WHERE notice_search MATCH '\"food\"'"
        if sqlite
        else "SELECT notice_id FROM notice_search WHERE body @@ 'food'::tsquery"
    )
    statements = {
        "list": f"SELECT * FROM notice WHERE id IN ({hits}) ORDER BY published_on DESC, id DESC LIMIT 20",
        "total": f"SELECT count(*) FROM notice WHERE id IN ({hits})",
        "facets": f"SELECT kind, code, count(*) FROM tag WHERE notice_id IN ({hits}) GROUP BY kind, code",
        "facets of all": "SELECT kind, code, count(*) FROM tag GROUP BY kind, code",
    }
    with engine().connect() as connection:
        for name, statement in statements.items():
            times = [timed(partial(_all, connection, statement)) for _ in range(rounds)]
            show(f"plain SQL, food: {name}", times)


def _all(connection: Connection, statement: str) -> object:
    return connection.execute(text(statement)).fetchall()


def main(rounds: int) -> None:
    """Everything."""
    print(f"{engine().dialect.name} {settings().database}")
    with TestClient(create_app()) as client:
        pages(client, rounds)
        export(client)
    plain(rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
