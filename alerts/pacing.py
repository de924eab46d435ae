"""How fast each recipient domain takes letters: learnt from its answers, for as long as the process runs.

A domain starts with all connections. One that says "too quick" (QQ and 163: "frequency limited") is left
alone for a minute, then two, four … an hour at most, and comes back with half as many letters at once and a
gap between them; fifty letters taken in a row win one more at once and narrow the gap.
"""

import datetime as dt
import time
from collections import defaultdict
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from alerts.errors import NotDelivered, TooQuick
from config.settings import settings
from database import types
from database.session import engine

FIRST_HOLD, LONGEST_HOLD = dt.timedelta(minutes=1), dt.timedelta(hours=1)
FIRST_GAP, LONGEST_GAP, NO_GAP = 0.5, 60.0, 0.05
WON_AFTER = 50


class Gate:
    """What one domain takes now."""

    def __init__(self) -> None:
        self.most = settings().smtp_connections
        self.in_flight = self.streak = self.strikes = 0
        self.gap = 0.0
        self._next = 0.0
        self._held: dt.datetime | None = None

    def held_until(self) -> dt.datetime | None:
        """Until when nothing should be sent there. A clock set back holds nothing for longer than an hour."""
        now = types.now()
        if self._held is not None and not now < self._held <= now + LONGEST_HOLD:
            self._held = None
        return self._held

    def wait(self) -> float | None:
        """Seconds until one more may leave; None: not before one that is in flight came back."""
        return None if self.in_flight >= self.most else max(0.0, self._next - time.monotonic())

    def leave(self) -> None:
        """A letter leaves."""
        self.in_flight += 1
        self._next = time.monotonic() + self.gap

    def back(self, result: object) -> None:
        """What became of it."""
        self.in_flight -= 1
        if isinstance(result, TooQuick):
            if self.held_until() is None:  # others in flight say the same thing once more
                self._held = types.now() + min(FIRST_HOLD * 2**self.strikes, LONGEST_HOLD)
                self.strikes = min(self.strikes + 1, 6)
                self.most = max(1, self.most // 2)
                self.gap = min(max(FIRST_GAP, self.gap * 2), LONGEST_GAP)
            self.streak = 0
        elif not isinstance(result, NotDelivered):
            self.streak += 1
            if self.streak >= WON_AFTER:
                self.streak, self.strikes = 0, max(0, self.strikes - 1)
                self.most = min(self.most + 1, settings().smtp_connections)
                self.gap = self.gap / 2 if self.gap > NO_GAP else 0.0


_gates: WeakKeyDictionary[Engine, defaultdict[str, Gate]] = WeakKeyDictionary()


def gate(domain: str) -> Gate:
    """The gate of a recipient domain."""
    return _gates.setdefault(engine(), defaultdict(Gate))[domain]
