import datetime as dt
import json
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select

from config.settings import settings
from database import backup, migrate, search, session
from database.tables import Body, Decision, Endpoint, Notice, Run, SourceSwitch


def _fill() -> None:
    with session.unit_of_work() as one:
        notice = Notice(
            source="wto_eping",
            source_id="G/TBT/N/USA/1",
            title="儿童玩具安全",
            hs=["9503"],
            comment_deadline=dt.date(2026, 12, 1),
            closes_at=dt.datetime(2026, 12, 1, 23, tzinfo=dt.UTC),
        )
        one.add(notice)
        one.add(Run(source="wto_eping", unread={"annexUrl": 3}))
        one.add(Body(sha256="ab", compressed=b"\x00\xff"))
        one.flush()
        search.index(one, notice)
        one.add(Decision(notice_id=notice.id, kind="sector", code="food", concerned=True, by="a@b.cn"))


def _elsewhere(monkeypatch, tmp_path) -> None:
    """Go on in an empty SQLite installation, as on a new machine."""
    session.engine().dispose()
    monkeypatch.setenv("TBT_DATA_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("TBT_DATABASE_URL", raising=False)
    settings.cache_clear()


def test_a_restored_backup_holds_the_same_rows_and_is_searchable(database, tmp_path, monkeypatch):
    _fill()
    secret, target = settings().signing_key, tmp_path / "out" / "backup.zip"
    assert backup.backup(target) == 4
    assert target.stat().st_mode & 0o077 == 0
    _elsewhere(monkeypatch, tmp_path)
    assert backup.restore(target) == 4
    assert settings().signing_key == secret
    with session.reading() as one:
        notice = one.exec(select(Notice).where(search.matches(one, "玩具"))).one()
        assert notice.closes_at == dt.datetime(2026, 12, 1, 23, tzinfo=dt.UTC)
        assert notice.comment_deadline == dt.date(2026, 12, 1)
        assert notice.hs == ["9503"]
        assert one.exec(select(Run)).one().unread == {"annexUrl": 3}
        assert one.exec(select(Body)).one().compressed == b"\x00\xff"
    with session.unit_of_work() as one:  # counters go on after the ids brought along
        one.add(Notice(source="x", source_id="2"))


def test_a_backup_can_be_restored_into_the_kind_of_database_it_came_from(database, tmp_path):
    _fill()
    backup.backup(tmp_path / "b.zip")
    with session.unit_of_work() as one:
        for table in reversed(backup._tables()):
            one.execute(table.delete())
    assert backup.restore(tmp_path / "b.zip") == 4
    with session.unit_of_work() as one:
        one.add(Notice(source="x", source_id="2"))


def test_a_backup_of_the_first_release_fits_today_s_tables(database):
    backup.restore(Path(__file__).with_name("backup-0001.zip"))
    with session.reading() as one:
        assert one.exec(select(Notice).where(search.matches(one, "儿童玩具"))).one().hs == ["9503"]
        assert one.exec(select(SourceSwitch)).one().enabled
        assert one.exec(select(Endpoint)).one().url == "https://example.com/in"


def test_a_backup_of_a_newer_program_is_refused_by_name(data_dir, tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("meta.json", json.dumps({"format": backup.FORMAT, "revision": "9999"}))
    with pytest.raises(backup.BadBackup, match=r"b\.zip: was made by a newer program"):
        backup.restore(tmp_path / "b.zip")


def test_restoring_over_data_is_refused_and_changes_nothing(database, tmp_path):
    _fill()
    backup.backup(tmp_path / "b.zip")
    with pytest.raises(backup.NotEmpty):
        backup.restore(tmp_path / "b.zip")
    with session.reading() as one:
        assert len(one.exec(select(Notice)).all()) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"{}"])
def test_a_file_that_is_no_backup_is_named(data_dir, tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(backup.BadBackup, match=r"x\.zip"):
        backup.restore(tmp_path / "x.zip")


def test_a_damaged_backup_leaves_an_empty_installation(database, tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("meta.json", json.dumps({"format": 1}))
        run = {"id": 1, "source": "a", "unread": {"json": {}}, "refused": {"json": {}}}
        archive.writestr("run.jsonl", json.dumps(run) + "\n")
        archive.writestr("notice.jsonl", "not json\n")
    with pytest.raises(backup.BadBackup, match=r"notice\.jsonl line 1"):
        backup.restore(tmp_path / "b.zip")
    with session.reading() as one:
        assert one.exec(select(Run)).all() == []


def test_migrating_twice_changes_nothing(database):
    assert migrate.is_current()
    migrate.upgrade()
    assert migrate.is_current()
