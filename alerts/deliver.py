"""Stage: send what was composed, and record what became of it.

At least once, chosen: an attempt is written down before the letter leaves and closed after the server took
it. Whoever dies in between leaves the attempt open; it is closed as abandoned and the letter sent again under
the same Message-ID. So nothing is lost, and after a crash at most the letters then in flight come twice (one,
unless `TBT_SMTP_CONNECTIONS` allows more): a letter counts as in flight until its result is recorded.
"""

import asyncio
import datetime as dt
import logging
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sqlmodel import Session, col

from alerts import attempts, brakes, calendar, pacing
from alerts.attempts import SERVER_PAUSE, Claimed, Result
from alerts.channels import channel
from alerts.errors import NotDelivered, ServerDown
from alerts.letter import Mail, Writer
from config.settings import settings
from database import types
from database.session import reading
from database.tables import Letter

log = logging.getLogger(__name__)

BATCH = 1_000
# So many letters are claimed for each connection, half of them at a time.
CLAIMS_A_CONNECTION = 8
# A claim older than this is given back unsent, long before another worker would take it for dead.
FRESH = dt.timedelta(minutes=5)
# A letter that its domain lets leave later than this is given back until then, so that others take its place.
PATIENCE = 10.0
# Results wait this long for others to share a transaction with.
GATHER = 0.01
FACTS_AGE = 60.0


def pending(session: Session, limit: int) -> list[int]:
    """Mails that are due and that nobody is sending; none while a person stopped all mail."""
    if brakes.is_stopped(session):
        return []
    return attempts.due(session, limit, col(Letter.endpoint_id).is_(None))


def handle(ids: Sequence[int]) -> None:
    """Send each letter, as many side by side as there are connections."""
    waiting = list(ids)
    room = brakes.room()
    if room < len(waiting):
        attempts.postpone(waiting[room:], types.now() + brakes.PAUSE)
        waiting = waiting[:room]
    asyncio.run(_deliver(waiting))


async def _deliver(ids: list[int]) -> None:
    post = _Post()
    try:
        if brakes.canary_due(len(ids)):
            first, ids = ids[: brakes.CANARY], ids[brakes.CANARY :]
            await post.send(first)
            if not post.is_down and brakes.canary_died(post.taken, len(first)):
                attempts.postpone(ids, types.now() + brakes.QUIET)
                return
        await post.send(ids)
    finally:
        await post.close()


@dataclass
class _Waiting:
    """A claimed letter that has not left, and how it reads once it is written."""

    claimed: Claimed
    gate: pacing.Gate
    writer: Writer
    mail: Mail | None = None


class _Post:
    """Sends letters, never more at once than there are connections, and records results in groups.

    While letters are under way the next ones are written, so that a free connection waits for no letter.
    """

    def __init__(self) -> None:
        self.is_down = False
        self.taken = 0
        self._queue: dict[int, _Waiting] = {}
        self._is_idle = True
        self._in_flight = 0
        self._results: list[tuple[Claimed, Result]] = []
        self._first_result = 0.0
        self._changed = asyncio.Event()
        self._used: set[str] = set()
        self._writer: tuple[float, Writer] | None = None

    async def send(self, ids: Sequence[int]) -> None:
        """Send letters; those that may not leave now are put off."""
        unclaimed = deque(ids)
        async with asyncio.TaskGroup() as tasks:
            while unclaimed or self._queue or self._in_flight or self._results:
                self._claim(unclaimed)
                wait = self._start(tasks)
                if wait != 0 and self._write_ahead():
                    wait = 0
                await self._pause(wait)
                self._record()

    # -- claiming

    def _claim(self, unclaimed: deque[int]) -> None:
        """Claim more letters before a connection would wait for one; none when nothing can be sent."""
        lanes = settings().smtp_connections
        room = CLAIMS_A_CONNECTION * lanes - len(self._queue)
        if not unclaimed or room <= 0 or not (self._is_idle or len(self._queue) < lanes):
            return
        with reading() as session:
            if brakes.is_stopped(session):
                unclaimed.clear()
                return
            if self.is_down:
                attempts.postpone(list(unclaimed), types.now() + SERVER_PAUSE)
                log.warning("server_down postponed=%d", len(unclaimed))
                unclaimed.clear()
                return
        some = [
            unclaimed.popleft() for _ in range(min(room, CLAIMS_A_CONNECTION * lanes // 2, len(unclaimed)))
        ]
        claimed = attempts.claim_all(some)
        with reading() as session:
            writer = self._writer_for(session, claimed)
        for one in claimed:
            self._queue[one.attempt_id] = _Waiting(one, pacing.gate(one.domain), writer)

    def _writer_for(self, session: Session, claimed: Sequence[Claimed]) -> Writer:
        """One that knows the facts of these letters, none of them older than a minute."""
        now, kept = time.monotonic(), [one.kept for one in claimed]
        if self._writer is not None and now - self._writer[0] < FACTS_AGE:
            self._writer[1].read(session, kept)
        else:
            self._writer = now, Writer(session, kept, calendar.Dates() if settings().mail_calendar else None)
        return self._writer[1]

    # -- leaving

    def _start(self, tasks: asyncio.TaskGroup) -> float | None:
        """Let leave what may; seconds until more may, None: not before something came back.

        At most one letter is written here (then 0 seconds): the others under way need the time.
        """
        wait: float | None = None
        behind: Counter[str] = Counter()
        off: list[tuple[Claimed, dt.datetime]] = []
        self._is_idle = False
        try:
            for number, waiting in list(self._queue.items()):
                if self._in_flight + len(self._results) >= settings().smtp_connections:
                    return None
                domain = waiting.claimed.domain
                behind[domain] += 1
                if (until := self._held_until(waiting, behind[domain])) is not None:
                    off.append((waiting.claimed, until))
                    del self._queue[number]
                elif (least := waiting.gate.wait()) != 0:
                    wait = min((s for s in (wait, least) if s is not None), default=None)
                elif waiting.mail is not None:
                    self._leave(waiting, waiting.mail, tasks)
                else:
                    self._write(waiting)
                    return 0
            self._is_idle = True
            return wait
        finally:
            if off:
                attempts.give_back(off)

    def _held_until(self, waiting: _Waiting, place: int) -> dt.datetime | None:
        """Until when a letter should be given back, if it should."""
        now, gate = types.now(), waiting.gate
        if self.is_down:
            return now + SERVER_PAUSE
        if (until := gate.held_until()) is not None:
            return until
        if gate.gap * place > PATIENCE:
            return now + dt.timedelta(seconds=gate.gap * place)
        return now if now - waiting.claimed.at > FRESH else None

    def _write_ahead(self) -> bool:
        """Write the next letter that is not written, if connections are about to need it."""
        for waiting in islice(self._queue.values(), settings().smtp_connections):
            if waiting.mail is None:
                self._write(waiting)
                return True
        return False

    def _write(self, waiting: _Waiting) -> None:
        one = waiting.claimed
        result: Result = None
        try:
            waiting.mail = waiting.writer.write(one.letter, one.subscriber, one.kept)
        except Exception as error:
            # A fault of ours: the letter waits like a deferred one and holds up no other.
            log.exception("deliver_failed letter=%s", one.letter.id)
            result = NotDelivered(type(error).__name__)
        if waiting.mail is None:
            del self._queue[one.attempt_id]
            self._came_back(one, result)

    def _leave(self, waiting: _Waiting, mail: Mail, tasks: asyncio.TaskGroup) -> None:
        del self._queue[waiting.claimed.attempt_id]
        self._used.add(waiting.claimed.letter.channel)
        self._in_flight += 1
        waiting.gate.leave()
        tasks.create_task(self._carry(waiting.claimed, mail, waiting.gate))

    async def _carry(self, one: Claimed, mail: Mail, gate: pacing.Gate) -> None:
        result: Result
        try:
            result = await channel(one.letter.channel).send(mail)
            self.taken += 1
        except NotDelivered as error:
            result = error
            self.is_down = self.is_down or isinstance(error, ServerDown)
        except Exception as error:
            log.exception("deliver_failed letter=%s", one.letter.id)
            result = NotDelivered(type(error).__name__)
        gate.back(result)
        self._in_flight -= 1
        self._came_back(one, result)

    # -- recording

    def _came_back(self, one: Claimed, result: Result) -> None:
        if not self._results:
            self._first_result = time.monotonic()
        self._results.append((one, result))
        self._changed.set()

    def _gathering(self) -> float:
        """For how many seconds more results may join those that are to be recorded."""
        if not self._in_flight or len(self._results) * 4 >= settings().smtp_connections:
            return 0.0
        return max(0.0, self._first_result + GATHER - time.monotonic())

    async def _pause(self, wait: float | None) -> None:
        """Until something came back, more may leave, or results have waited long enough."""
        if self._results:
            wait = self._gathering() if wait is None else min(wait, self._gathering())
        elif not self._in_flight and wait is None:
            return
        if wait == 0:
            await asyncio.sleep(0)
            return
        self._changed.clear()
        try:
            async with asyncio.timeout(wait):
                await self._changed.wait()
        except TimeoutError:
            return

    def _record(self) -> None:
        if self._results and self._gathering() == 0:
            attempts.record_all(self._results)
            self._results.clear()

    async def close(self) -> None:
        """End the connections."""
        for name in self._used:
            await channel(name).close()
