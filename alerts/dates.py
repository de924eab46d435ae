"""Days and hours as a reader in Guangdong counts them."""

import datetime as dt
from zoneinfo import ZoneInfo

from database.tables import Notice

SHANGHAI = ZoneInfo("Asia/Shanghai")
GENEVA = ZoneInfo("Europe/Zurich")


def today(now: dt.datetime) -> dt.date:
    """The reader's calendar day."""
    return now.astimezone(SHANGHAI).date()


def closes_at(notice: Notice) -> dt.datetime | None:
    """When comments close: the end of the deadline's day, in Geneva unless the source said where."""
    if notice.comment_deadline is None:
        return None
    if notice.closes_at is not None:
        return notice.closes_at
    end = dt.datetime.combine(notice.comment_deadline, dt.time(23, 59, 59), GENEVA)
    return end.astimezone(dt.UTC)


def days_to_comment(notice: Notice, now: dt.datetime) -> int | None:
    """Days until the official deadline; 0 on its last day and the hours Geneva is behind; None: none open."""
    end = closes_at(notice)
    if end is None or notice.comment_deadline is None or end < now or notice.withdrawn:
        return None
    return max(0, (notice.comment_deadline - today(now)).days)


def days_to_force(notice: Notice, now: dt.datetime) -> int | None:
    """Days until the measure enters into force; None: not stated, past or withdrawn."""
    if notice.in_force_on is None or notice.withdrawn or notice.in_force_on < today(now):
        return None
    return (notice.in_force_on - today(now)).days


def next_slot(after: dt.datetime, pace: str, weekday: int, hour: int) -> dt.datetime | None:
    """When a pace lets a letter out, at or after a moment; None for the pace "off"."""
    if pace == "off":
        return None
    if pace == "at_once":
        return after
    local = after.astimezone(SHANGHAI)
    slot = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if pace == "weekly":
        slot += dt.timedelta(days=(weekday - slot.weekday()) % 7)
    if slot < local:
        slot += dt.timedelta(days=7 if pace == "weekly" else 1)
    return slot.astimezone(dt.UTC)
