"""One fresh installation for each test: own data dir, own database, on SQLite and on PostgreSQL.

PostgreSQL: the server named by TBT_TEST_POSTGRES, else one started here from the machine's own binaries,
else those tests skip with the reason (in CI: fail).
"""

import glob
import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlmodel import Session

from config.settings import settings
from database import migrate
from database import session as sessions

LOCAL = {"127.0.0.1", "::1", "localhost"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever uses the database runs on both, unless marked for one: `@pytest.mark.backends("sqlite")`."""
    if "backend" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("backends")
        metafunc.parametrize("backend", only.args if only else ["sqlite", "postgresql"], scope="session")


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests open no connection beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise AssertionError(f"a test opened a connection to {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may skip: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server on which databases may be made, ending in a slash."""
    if given := os.environ.get("TBT_TEST_POSTGRES"):
        yield given.rstrip("/") + "/"
        return
    homes = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    binaries = homes[-1] if homes else os.path.dirname(shutil.which("initdb") or "")
    if not binaries:
        _missing("PostgreSQL is not installed and TBT_TEST_POSTGRES names no server")
    place = Path(f"/tmp/tbt-postgres-{uuid.uuid4().hex[:8]}")
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    port = free_port()
    # initdb and pg_ctl refuse to run as root
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(*words: str) -> None:
        subprocess.run([*prefix, *words], check=True, cwd="/tmp", stdout=subprocess.DEVNULL)

    run(f"{binaries}/initdb", "-D", f"{place}/db", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -k {place} -c fsync=off -c full_page_writes=off -c listen_addresses=127.0.0.1"
    run(f"{binaries}/pg_ctl", "-D", f"{place}/db", "-o", options, "-l", f"{place}/log", "-w", "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/"
    finally:
        run(f"{binaries}/pg_ctl", "-D", f"{place}/db", "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)


def _fresh_settings() -> None:
    settings.cache_clear()


@pytest.fixture(scope="session")
def migrated(backend: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """An empty migrated database to copy: a file, or the name of a PostgreSQL template."""
    home = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TBT_DATA_DIR", str(home))
        if backend == "postgresql":
            server = request.getfixturevalue("postgres_server")
            name = f"template_{uuid.uuid4().hex[:8]}"
            with psycopg.connect(server + "postgres", autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name}")
            patch.setenv("TBT_DATABASE_URL", server + name)
        _fresh_settings()
        migrate.upgrade()
        sessions.engine().dispose()
    _fresh_settings()
    return name if backend == "postgresql" else str(home / "tbt.db")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data dir of its own, without any other TBT_ setting. No database yet."""
    for name in [n for n in os.environ if n.startswith("TBT_") and n != "TBT_TEST_POSTGRES"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TBT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TBT_CONTACT", "tests@example.org")
    (tmp_path / "data").mkdir()
    _fresh_settings()
    yield tmp_path / "data"
    _fresh_settings()


@pytest.fixture
def database(
    backend: str,
    migrated: str,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[str]:
    """A fresh, migrated database of either kind; its name ("sqlite", "postgresql") is the value."""
    if backend == "sqlite":
        with open(migrated, "rb") as source, open(data_dir / "tbt.db", "wb") as target:
            shutil.copyfileobj(source, target)
        yield backend
        sessions.engine().dispose()
    else:
        server, name = request.getfixturevalue("postgres_server"), f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server + "postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated}")
        monkeypatch.setenv("TBT_DATABASE_URL", server + name)
        _fresh_settings()
        yield backend
        sessions.engine().dispose()
        with psycopg.connect(server + "postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    sessions._engine.cache_clear()


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A unit of work on the fresh database; what it wrote is committed when the test ends."""
    with sessions.unit_of_work() as one:
        yield one


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model that knows a few words, each of one sector; its directory is the value."""

    import json

    import numpy as np

    from classifier.bundle import KIND
    from classifier.grams import BUCKETS, grams, plain
    from config import taxonomy

    def make(words: dict[str, str], **changes: Any) -> Path:
        codes = list(taxonomy.sectors())
        table = np.zeros((BUCKETS, len(codes)), np.int8)
        for word, code in words.items():
            table[grams(plain(word).text).buckets, codes.index(code)] = 100
        ones = np.ones(len(codes), np.float32)
        home = tmp_path / f"model{len(list(tmp_path.iterdir()))}"
        home.mkdir()
        np.savez(home / "grams.npz", table=table, scale=ones / 25, bias=ones * 0)
        config = {
            "model_type": KIND,
            "id2label": {str(number): code for number, code in enumerate(codes)},
            "mix": {"grams": [1.0, 1.0]},
            "blend": {
                "weights": [1.0, 0.0, 0.0, 1.7, 1.5, 0.0, 0.9, 0.5],
                "bias": 0.5,
                "threshold": 0.38,
                "first": 0.25,
                "sure": 0.5,
            },
            **changes,
        }
        (home / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return home

    return make
