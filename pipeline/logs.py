"""Logs: one line an event, `time level event key=value`, on stderr. Never an address, never a letter."""

import datetime as dt
import logging


class _Line(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")


def to_stderr(level: int = logging.INFO) -> None:
    """Send this process's logs to stderr; libraries speak only of warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("apscheduler", "procrastinate", "scrapy", "uvicorn.access", "httpx", "mail.log", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
