"""Databases of a benchmark's own: a folder or a server that is gone when it ends."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries() -> str:
    """Where the machine keeps PostgreSQL's programs; empty if it has none."""
    homes = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    return homes[-1] if homes else os.path.dirname(shutil.which("initdb") or "")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """Address of a fresh server with the settings that a packaged one has, ending in a slash."""
    place = Path(tempfile.mkdtemp(prefix="tbt-bench-"))
    place.chmod(0o777)
    # initdb and pg_ctl refuse to run as root
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(program: str, *words: str) -> None:
        command = [*prefix, f"{binaries()}/{program}", "-D", f"{place}/db", *words]
        subprocess.run(command, check=True, cwd="/tmp", stdout=subprocess.DEVNULL)

    port = _free_port()
    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8")
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-o", options, "-l", f"{place}/log", "-w", "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def database(*, on_postgresql: bool) -> Iterator[dict[str, str]]:
    """The environment of processes that share an empty database, not migrated yet."""
    with tempfile.TemporaryDirectory(prefix="tbt-bench-") as home:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("TBT_")}
        environment = {**plain, "TBT_DATA_DIR": home, "PYTHONPATH": os.getcwd()}
        if not on_postgresql:
            yield environment
            return
        with postgresql() as server:
            with psycopg.connect(server + "postgres", autocommit=True) as admin:
                admin.execute("CREATE DATABASE bench")
            yield {**environment, "TBT_DATABASE_URL": server + "bench"}
