"""How well the model does, as measured when it was made: read from its figures.json, never from itself.

The file holds tables by language or by sector, each entry with a count and `right_first`; what it lacks was
not measured, and the reader is told so.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from alerts.dates import today
from api import agreement
from api.shapes import Measured, Quality
from classifier import chosen
from classifier.intervals import wilson
from config import taxonomy
from database.tables import Reading

COUNTS = ("notices", "phrases", "rows", "count", "n")
ALL = "all"
DAYS = 365


def whole(session: Session, now: dt.datetime) -> Quality:
    """What was measured, and what analysts decided in the last year."""
    found = measured()
    first = now - dt.timedelta(days=DAYS)
    found.read_with = model_read_with(session)
    found.decided_since = today(first)
    found.decided = agreement.table(agreement.decisions(session, first, now))
    return found


def model_read_with(session: Session) -> str:
    """Version of the model that read the newest notice; `rules`: none could be read, empty: no notice."""
    newest = select(Reading.fingerprint).order_by(col(Reading.id).desc()).limit(1)
    return chosen.version_of(session.exec(newest).first() or "")


def measured() -> Quality:
    """All that was measured of the model in use."""
    figures = chosen.figures()
    error = figures.get("calibration_error")
    return Quality(
        version=str(figures.get("version") or ""),
        date=str(figures.get("date") or "") or None,
        calibration_error=float(error) if isinstance(error, int | float) else None,
        measured=list(_tables("", figures)),
    )


def _tables(name: str, value: Any) -> Iterator[Measured]:
    """Every entry of every table, however deep the tables stand."""
    if not isinstance(value, dict):
        return
    rows = {code: row for code, row in value.items() if isinstance(row, dict) and "right_first" in row}
    by = "sector" if rows.keys() & taxonomy.sectors().keys() else "language"
    order = list(taxonomy.sectors()) if by == "sector" else sorted(rows)
    for code in sorted(rows, key=lambda code: (code != ALL, order.index(code) if code in order else -1)):
        if (one := _entry(name, by, code, rows[code])) is not None:
            yield one
    for code, inner in value.items():
        if code not in rows:
            yield from _tables(f"{name}.{code}" if name else code, inner)


def _entry(name: str, by: str, code: str, row: Mapping[str, Any]) -> Measured | None:
    n = next((row[count] for count in COUNTS if isinstance(row.get(count), int)), 0)
    share, f1 = row["right_first"], row.get("micro_f1")
    if not isinstance(share, int | float) or not 0 <= share <= 1 or n <= 0:
        return None
    low, high = wilson(share * n, n)
    return Measured(
        of=name,
        by=ALL if code == ALL else by,
        code=code,
        n=n,
        right_first=share,
        low=round(low, 4),
        high=round(high, 4),
        micro_f1=f1 if isinstance(f1, int | float) else None,
    )
