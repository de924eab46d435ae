"""Stage: send what was composed, and record what became of it.

At least once, chosen: an attempt is written down before the letter leaves and closed after the server took
it. Whoever dies in between leaves the attempt open; it is closed as abandoned and the letter sent again under
the same Message-ID. So nothing is lost, and after a crash at most the letters then in flight come twice (one,
unless `TBT_SMTP_CONNECTIONS` allows more): a letter counts as in flight until its result is recorded.
"""

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Sequence

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
CLAIMS_A_CONNECTION = 8
# A claim older than this is given back unsent, long before another worker would take it for dead.
FRESH = dt.timedelta(minutes=5)
GATHER = 0.004


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
        most = CLAIMS_A_CONNECTION * settings().smtp_connections
        for start in range(0, len(ids), most):
            with reading() as session:
                if brakes.is_stopped(session):
                    return
            if post.is_down:
                rest = ids[start:]
                attempts.postpone(rest, types.now() + SERVER_PAUSE)
                log.warning("server_down postponed=%d", len(rest))
                return
            await post.send(ids[start : start + most])
    finally:
        await post.close()


class _Post:
    """Sends letters, never more at once than there are connections, and records results in groups."""

    def __init__(self) -> None:
        self.is_down = False
        self.taken = 0
        self._in_flight = 0
        self._results: list[tuple[Claimed, Result]] = []
        self._changed = asyncio.Event()
        self._used: set[str] = set()

    async def send(self, ids: Sequence[int]) -> None:
        """Claim letters and send them; those that may not leave now are given back."""
        queue = deque(attempts.claim_all(ids))
        with reading() as session:
            dates = calendar.attachment if settings().mail_calendar else None
            writer = Writer(session, (one.kept for one in queue), dates)
        async with asyncio.TaskGroup() as tasks:
            while queue or self._in_flight or self._results:
                wait = self._start(queue, writer, tasks)
                await self._pause(wait)
                self._record()

    def _start(self, queue: deque[Claimed], writer: Writer, tasks: asyncio.TaskGroup) -> float | None:
        """Let leave what may; seconds until more may, None: not before something came back."""
        wait: float | None = None
        for _ in range(len(queue)):
            if self._in_flight + len(self._results) >= settings().smtp_connections:
                return None
            one = queue.popleft()
            gate = pacing.gate(one.domain)
            until = types.now() + SERVER_PAUSE if self.is_down else gate.held_until()
            if until is None and types.now() - one.at > FRESH:
                until = types.now()
            if until is not None:
                attempts.give_back([one], until)
            elif (least := gate.wait()) != 0:
                queue.append(one)
                wait = min((s for s in (wait, least) if s is not None), default=None)
            else:
                self._leave(one, gate, writer, tasks)
                if self._results:
                    break
        return wait

    def _leave(self, one: Claimed, gate: pacing.Gate, writer: Writer, tasks: asyncio.TaskGroup) -> None:
        try:
            mail = writer.write(one.letter, one.subscriber, one.kept)
        except Exception as error:
            # A fault of ours: the letter waits like a deferred one and holds up no other.
            log.exception("deliver_failed letter=%s", one.letter.id)
            self._results.append((one, NotDelivered(type(error).__name__)))
            return
        if mail is None:
            self._results.append((one, None))
            return
        self._used.add(one.letter.channel)
        self._in_flight += 1
        gate.leave()
        tasks.create_task(self._carry(one, mail, gate))

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
        self._results.append((one, result))
        self._changed.set()

    async def _pause(self, wait: float | None) -> None:
        """Until something came back; a moment longer when more will, so that they share a transaction."""
        if not self._results:
            if not self._in_flight and wait is None:
                return
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                return
        self._changed.clear()
        if self._in_flight:
            await asyncio.sleep(GATHER)

    def _record(self) -> None:
        if self._results:
            attempts.record_all((one.attempt_id, result) for one, result in self._results)
            self._results.clear()

    async def close(self) -> None:
        """End the connections."""
        for name in self._used:
            await channel(name).close()
