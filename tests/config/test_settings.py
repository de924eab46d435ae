import threading

import pytest

from config.errors import ConfigError
from config.settings import Settings, settings


def test_everything_has_a_working_default(data_dir):
    assert settings().database == f"sqlite:///{data_dir.absolute() / 'tbt.db'}"
    assert settings().smtp_port == 25


def test_an_address_of_postgresql_is_taken_however_it_is_written(data_dir, monkeypatch):
    for given in ("postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        monkeypatch.setenv("TBT_DATABASE_URL", given)
        assert Settings().database == "postgresql+psycopg://u@h/d"


def test_a_wrong_setting_is_named(data_dir, monkeypatch):
    monkeypatch.setenv("TBT_SMTP_PORT", "mail")
    settings.cache_clear()
    with pytest.raises(ConfigError, match=r"TBT_SMTP_PORT.*'mail'"):
        settings()


def test_the_generated_secret_is_kept_private_and_the_same_for_all(data_dir):
    found = []
    threads = [threading.Thread(target=lambda: found.append(Settings().signing_key)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 1
    assert len(found[0]) > 40
    assert (data_dir / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in data_dir.iterdir()] == ["secret"]
