"""Back up and restore everything, on either database, while the system runs.

The file is a ZIP: `meta.json` and one JSON Lines file per table, all read in one transaction. It does not
depend on the database it came from, so the same file moves an installation from SQLite to PostgreSQL.
"""

import base64
import datetime as dt
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlmodel
from sqlalchemy import Connection, Table, insert, select, text
from sqlalchemy.exc import StatementError
from sqlmodel import Session, SQLModel

import database.tables  # noqa: F401 (fills the metadata)
from config.settings import settings
from database import migrate, search, types
from database.session import engine, unit_of_work
from database.tables import Notice

FORMAT = 1
ROWS = 500

Progress = Callable[[str, int], None]


class BadBackup(ValueError):
    """The file is no backup of this system."""


class NotEmpty(RuntimeError):
    """There is data here already; restore into an empty data dir or database."""

    def __str__(self) -> str:
        """The docstring is the message."""
        return str(self.__doc__)


def _tables() -> list[Table]:
    """All that cannot be made again from the others."""
    return [table for table in SQLModel.metadata.sorted_tables if not table.info.get("derived")]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return {"json": value} if isinstance(value, dict) else value


def _rich(value: Any) -> object:
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "moment":
        return dt.datetime.fromisoformat(content)
    if kind == "date":
        return dt.date.fromisoformat(content)
    return content


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    rows = connection.execute(
        select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": ROWS}
    )
    for row in rows.mappings():
        record = {name: _plain(value) for name, value in row.items()}
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"


def backup(path: Path, progress: Progress | None = None) -> int:
    """Write a consistent copy of all tables to `path`, which appears only when complete. Returns rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh, count = path.with_name(path.name + ".part"), 0
    with (
        zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive,
        engine().connect().execution_options(isolation_level=_snapshot_isolation()) as connection,
        connection.begin(),
    ):
        meta = {"format": FORMAT, "revision": migrate.head(), "at": types.now().isoformat()}
        meta["secret"] = settings().signing_key
        archive.writestr("meta.json", json.dumps(meta))
        for table in _tables():
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                for line in _lines(connection, table):
                    file.write(line)
                    count += 1
                    if progress and count % ROWS == 0:
                        progress(table.name, ROWS)
    os.chmod(fresh, 0o600)  # it holds addresses and the key of signed links
    fresh.replace(path)
    return count


def _snapshot_isolation() -> str:
    # SQLite's own transactions are that already.
    return "SERIALIZABLE" if engine().dialect.name == "sqlite" else "REPEATABLE READ"


def _open(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
        meta = json.loads(archive.read("meta.json"))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BadBackup(f"{path}: is no backup of this system ({error})") from error
    if meta.get("format") != FORMAT:
        raise BadBackup(f"{path}: has format {meta.get('format')!r}; this program reads {FORMAT}")
    if not migrate.knows(meta.get("revision", "0001")):
        raise BadBackup(f"{path}: was made by a newer program; restore it with that one")
    return archive


def restore(path: Path, progress: Progress | None = None) -> int:
    """Fill an empty installation from a backup, all or nothing. Returns rows.

    Backups of older programs fit as well: columns they lack have defaults in the database.

    Raises BadBackup for a file that is none, NotEmpty when there are notices or subscribers already.
    """
    with _open(path) as archive:
        migrate.upgrade()
        try:
            with unit_of_work() as session:
                count = _fill(session, archive, path, progress)
        except StatementError as error:
            raise BadBackup(f"{path}: holds rows that do not fit: {error.orig}") from error
        _restore_secret(json.loads(archive.read("meta.json")).get("secret", ""))
    return count


def _fill(session: Session, archive: zipfile.ZipFile, path: Path, progress: Progress | None) -> int:
    names, count = set(archive.namelist()), 0
    for table in _tables():
        if session.execute(select(table).limit(1)).first() is not None:
            raise NotEmpty
        if f"{table.name}.jsonl" not in names:
            continue
        rows: list[dict[str, object]] = []
        with archive.open(f"{table.name}.jsonl") as file:
            for number, line in enumerate(file, 1):
                try:
                    rows.append({name: _rich(value) for name, value in json.loads(line).items()})
                except (ValueError, AttributeError) as error:
                    raise BadBackup(f"{path}: {table.name}.jsonl line {number}: {error}") from error
                if len(rows) == ROWS:
                    session.execute(insert(table), rows)
                    count, rows = count + len(rows), []
                    if progress:
                        progress(table.name, ROWS)
        if rows:
            session.execute(insert(table), rows)
            count += len(rows)
    _restart_counters(session)
    for notice in session.exec(sqlmodel.select(Notice).execution_options(yield_per=ROWS)):
        search.index(session, notice)
    return count


def _restart_counters(session: Session) -> None:
    """PostgreSQL's counters do not see the ids that were brought along."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in _tables():
        if "id" in table.c and table.c["id"].autoincrement and table.c["id"].primary_key:
            session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), "  # noqa: S608
                    f'(SELECT coalesce(max(id), 1) FROM "{table.name}"))'
                )
            )


def _restore_secret(secret: str) -> None:
    """Links in letters already sent go on working, unless TBT_SECRET says otherwise."""
    target = settings().data_dir / "secret"
    if secret and not settings().secret and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text(secret, encoding="ascii")
