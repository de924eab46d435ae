"""Settings: environment variables `TBT_*`, each with a working default."""

import secrets
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.errors import ConfigError


class Settings(BaseSettings):
    """How this installation runs. An empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix="TBT_", env_ignore_empty=True, frozen=True)

    data_dir: Path = Field(Path("data"), description="holds database, snapshots, demo mailbox, secrets")
    database_url: str = Field("", description="SQLAlchemy address; empty: SQLite tbt.db in the data dir")
    public_url: str = Field("http://127.0.0.1:8000", description="how readers reach the pages")
    contact: str = Field("", description="address or page that goes into the crawler's User-Agent")
    source_urls: dict[str, str] = Field(
        {}, description='other scheme, host and port for sources (a mirror): {"wto_eping": "https://…"}'
    )
    secret: str = Field("", description="key of signed links; empty: generated into the data dir")
    model: str = Field("", description="classifier: directory or hub id; empty: the bundled one")

    smtp_host: str = Field("127.0.0.1", description="mail server")
    smtp_port: int = Field(25, ge=1, le=65535, description="its port")
    smtp_user: str = Field("", description="its user, if it asks for one")
    smtp_password: str = Field("", description="its password")
    smtp_starttls: Literal["auto", "always", "never"] = Field("auto", description="when to encrypt")
    smtp_connections: int = Field(
        1, ge=1, le=100, description="mails in flight at once; after a crash at most so many repeat"
    )
    smtp_ca: Path | None = Field(
        None, description="PEM file of who vouches for the server; empty: the system's"
    )
    mail_stop: bool = Field(False, description="send no mail; what is owed waits")
    mail_per_hour: int = Field(120_000, ge=0, description="ceiling: so many mails in an hour, then an alarm")
    mail_per_day: int = Field(250_000, ge=0, description="ceiling: so many mails in a day, then an alarm")
    red_approvals: int = Field(1, ge=1, le=2, description="persons who must approve a red warning")
    internal_lead_days: int = Field(
        30, ge=0, le=180, description="our own deadline lies so many days before the official one"
    )
    cny_per_usd: float = Field(
        7.1, gt=0, description="yuan a US dollar counts for when products are put in order"
    )
    mail_calendar: bool = Field(True, description="letters carry their deadlines as a calendar file")
    mail_brief_kb: int = Field(
        2048, ge=0, le=10_240, description="largest PDF a brief's letter carries; 0: letters only link to it"
    )
    seed_boxes: list[str] = Field(
        [], description='monitored addresses that get all digests and red warnings: ["seed@qq.com", …]'
    )
    mail_from: str = Field(
        "TBT Early Warning <alerts@localhost.localdomain>", description="sender of every letter"
    )
    dkim_key: Path | None = Field(None, description="PEM file of the DKIM private key")
    dkim_selector: str = Field("tbt", description="DKIM selector")
    dkim_domain: str = Field("", description="DKIM domain; empty: that of the sender")

    call_loopback: bool = Field(False, description="webhooks may call this machine; for tests only")

    inbound_host: str = Field("127.0.0.1", description="where bounces are received")
    inbound_port: int = Field(0, ge=0, le=65535, description="its port; 0: bounces are not received")
    inbound_lmtp: bool = Field(False, description="speak LMTP there instead of SMTP")

    requests_per_minute: int = Field(
        600, ge=0, description="of one address to the API without a key; 0: no limit"
    )
    cors_origins: list[str] = Field([], description='sites whose pages may ask the API: ["https://…"]')

    oidc_issuer: str = Field("", description="identity provider for log-in (OpenID Connect); empty: none")
    oidc_client_id: str = Field("", description="what this service is called there")
    oidc_client_secret: str = Field("", description="its secret; empty for a public client")
    oidc_claim: str = Field("groups", description="claim that tells the role; dots lead into objects")
    oidc_roles: dict[str, Literal["analyst", "official", "admin"]] = Field(
        {}, description='values of the claim and their roles: {"tbt-analysts": "analyst"}'
    )

    wto_key: str = Field("", description="key of the WTO's API portal; empty: the keyless address")
    regulations_gov_key: str = Field("", description="key of api.data.gov")

    @property
    def database(self) -> str:
        """SQLAlchemy URL, with the psycopg 3 driver for PostgreSQL however it was written."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'tbt.db').absolute()}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @cached_property
    def signing_key(self) -> str:
        """Key of signed links: `TBT_SECRET`, else a random one kept in the data dir from first start."""
        if self.secret:
            return self.secret
        return _kept_key(self.data_dir.absolute() / "secret")


@lru_cache(maxsize=4)
def _kept_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with suppress(FileExistsError):  # of two starting processes the first wins, both read its key
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text(encoding="ascii")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read at first use. Raises ConfigError that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "TBT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(f"{name}: {first['msg']} (got {first.get('input')!r})") from error
