"""The ledger of tries: an attempt is written down before a letter leaves, and closed when its end is known.

Both for many letters in one transaction. A claimed letter that never left is sent by whoever claims it next;
only one that had left and was not yet recorded may come twice, under the same Message-ID.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select, update

from alerts import briefs, endpoints
from alerts.bounces import SOFT_WINDOW, held_until
from alerts.compose import drop_unwanted
from alerts.errors import NoSuchAddress, NotDelivered, Refused, ServerDown
from alerts.ledger import address_hash, insert_new, key, suppress
from alerts.quiet import PERIODS
from alerts.reports import SOFT
from alerts.subscriptions import unconfirmed
from database import types, worker
from database.session import unit_of_work
from database.tables import Alert, Attempt, Bounce, Letter, Subscriber, Subscription, Suppression

log = logging.getLogger(__name__)

STALE = dt.timedelta(minutes=15)
SERVER_PAUSE = dt.timedelta(minutes=1)
# Waits after the first, second … deferral; then the letter is given up.
WAITS = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 2880))

_attempt, _letter = Attempt.__table__, Letter.__table__  # type: ignore[attr-defined]
_ending = update(_attempt).where(_attempt.c.id == bindparam("a"))
_open = update(_letter).where(_letter.c.id == bindparam("l"), _letter.c.outcome == "")
_ACCEPTED = _ending.values(ended_at=bindparam("now"), outcome="accepted", reply=bindparam("reply"))
_UNSENT = _ending.values(ended_at=bindparam("now"), outcome="abandoned")
_SENT = _open.values(outcome="sent")
_WAITS = _open.values(due_at=bindparam("until"))

Result = str | NotDelivered | None


@dataclass(frozen=True)
class Claimed:
    """A letter that is ours to send now, with what was read while claiming it."""

    attempt_id: int
    number: int
    letter: Letter
    subscriber: Subscriber
    at: dt.datetime
    kept: list[tuple[Alert, list[Subscription]]] = field(default_factory=list)

    @property
    def domain(self) -> str:
        """The recipient's domain."""
        return self.subscriber.email.rpartition("@")[2].lower()


def _is_held(attempt: Attempt) -> bool:
    """Whether somebody may still be at it."""
    return attempt.started_at > types.now() - STALE and not worker.is_dead(attempt.worker)


def due(session: Session, limit: int, condition: Any) -> list[int]:
    """Letters of some kind that are due and that nobody is sending."""
    unsent = (condition, Letter.outcome == "", col(Letter.due_at) <= types.now())
    in_flight = session.exec(
        select(Attempt)
        .join(Letter, col(Letter.id) == col(Attempt.letter_id))
        .where(col(Attempt.ended_at).is_(None), *unsent)
    )
    held = [attempt.letter_id for attempt in in_flight if _is_held(attempt)]
    found = session.exec(
        select(Letter.id)
        .where(*unsent, col(Letter.id).not_in(held))
        .order_by(col(Letter.due_at), col(Letter.id))
        .limit(limit)
    )
    return [number for number in found if number is not None]


def claim(letter_id: int) -> tuple[int, str] | None:
    """Claim one letter: the attempt and the channel. None: not ours, or no longer wanted."""
    made = claim_all([letter_id])
    return (made[0].attempt_id, made[0].letter.channel) if made else None


def claim_all(letter_ids: Sequence[int]) -> list[Claimed]:
    """Write attempts down before they are made, in the order asked; without those not ours or unwanted."""
    now = types.now()
    with unit_of_work() as session:
        # The locks make the look at earlier attempts and the claim one step, also between two machines.
        locked = session.exec(
            select(Letter).where(col(Letter.id).in_(letter_ids)).order_by(col(Letter.id)).with_for_update()
        )
        letters = [one for one in locked if not one.outcome and one.due_at <= now]
        taken = _taken(session, letters)
        letters = [one for one in letters if one.id not in taken]
        ready = _Read(session, letters).wanted()
        last = _last_numbers(session, [key(letter) for letter, *_ in ready])
        rows = [
            Attempt(
                letter_id=key(letter), number=last.get(key(letter), 0) + 1, worker=worker.me(), started_at=now
            )
            for letter, *_ in ready
        ]
        made = insert_new(session, rows)
        ours = {one.letter_id: one for one in session.exec(select(Attempt).where(col(Attempt.id).in_(made)))}
    place = {letter_id: at for at, letter_id in enumerate(letter_ids)}
    claimed = [
        Claimed(key(ours[key(letter)]), ours[key(letter)].number, letter, subscriber, now, kept)
        for letter, subscriber, kept in ready
        if letter.id in ours
    ]
    return sorted(claimed, key=lambda one: place[key(one.letter)])


def _taken(session: Session, letters: Sequence[Letter]) -> set[int]:
    """Letters somebody is at; attempts of the dead are closed."""
    taken = set()
    open_ones = select(Attempt).where(
        col(Attempt.letter_id).in_([one.id for one in letters]), col(Attempt.ended_at).is_(None)
    )
    for attempt in session.exec(open_ones):
        if _is_held(attempt):
            taken.add(attempt.letter_id)
        else:
            attempt.ended_at, attempt.outcome = types.now(), "abandoned"
            session.add(attempt)
    return taken


def _last_numbers(session: Session, letter_ids: Sequence[int]) -> dict[int, int]:
    rows = session.exec(
        select(Attempt.letter_id, func.max(Attempt.number))
        .where(col(Attempt.letter_id).in_(letter_ids))
        .group_by(col(Attempt.letter_id))
    )
    return dict(rows.all())


class _Read:
    """What decides whether letters are still wanted, read at once for all, at the last moment."""

    def __init__(self, session: Session, letters: Sequence[Letter]) -> None:
        self.session, self.letters = session, letters
        people = {one.subscriber_id for one in letters}
        self.people = {
            one.id: one for one in session.exec(select(Subscriber).where(col(Subscriber.id).in_(people)))
        }
        hashes = {one.id: address_hash(one.email) for one in self.people.values()}
        listed = set(
            session.exec(
                select(Suppression.address_hash).where(
                    col(Suppression.address_hash).in_(list(hashes.values()))
                )
            )
        )
        self.suppressed = {number for number, hashed in hashes.items() if hashed in listed}
        self.alerts: dict[int | None, list[Alert]] = defaultdict(list)
        for alert in session.exec(
            select(Alert)
            .where(col(Alert.letter_id).in_([one.id for one in letters]), Alert.dropped == "")
            .order_by(col(Alert.id))
        ):
            self.alerts[alert.letter_id].append(alert)
        self.running: dict[int, list[Subscription]] = {number: [] for number in people}
        for one in session.exec(
            select(Subscription).where(
                col(Subscription.subscriber_id).in_(people),
                col(Subscription.confirmed_at).is_not(None),
                col(Subscription.ended_at).is_(None),
            )
        ):
            self.running[one.subscriber_id].append(one)
        self.bounced = set(
            session.exec(
                select(Letter.subscriber_id)
                .join(Bounce, col(Bounce.letter_id) == col(Letter.id))
                .where(
                    col(Letter.subscriber_id).in_(people),
                    Bounce.kind == SOFT,
                    Bounce.at > types.now() - SOFT_WINDOW,
                )
            )
        )

    def wanted(self) -> list[tuple[Letter, Subscriber, list[tuple[Alert, list[Subscription]]]]]:
        """The letters to send; the others wait or are dropped."""
        found = []
        for letter in self.letters:
            until = self._held(letter)
            if until is not None:
                letter.due_at = until
                self.session.add(letter)
                continue
            kept = self._kept(letter)
            if kept is None:
                letter.outcome = "dropped"
                self.session.add(letter)
                log.info("dropped letter=%s", letter.id)
            else:
                found.append((letter, self.people[letter.subscriber_id], kept))
        return found

    def _held(self, letter: Letter) -> dt.datetime | None:
        if letter.endpoint_id is not None or letter.subscriber_id not in self.bounced:
            return None
        return held_until(self.session, letter.subscriber_id)

    def _kept(self, letter: Letter) -> list[tuple[Alert, list[Subscription]]] | None:
        """What the letter holds that is still wanted; None: nothing."""
        if letter.endpoint_id is not None:
            return [] if endpoints.is_wanted(self.session, letter) else None
        subscriber = self.people.get(letter.subscriber_id)
        if subscriber is None or letter.subscriber_id in self.suppressed:
            return None
        if letter.kind == "confirmation":
            return [] if unconfirmed(self.session, subscriber) else None
        if letter.kind == "answer":
            return [] if subscriber.ended_at is None else None
        if letter.kind in briefs.KINDS:
            still = subscriber.ended_at is None and briefs.is_wanted(self.session, letter)
            return [] if still else None
        running = self.running[letter.subscriber_id]
        if letter.kind == "quiet":
            still = any(one.quiet and one.pace in PERIODS for one in running) and subscriber.ended_at is None
            return [] if still else None
        return drop_unwanted(self.session, subscriber, self.alerts[letter.id], running) or None


def record(attempt_id: int, result: Result) -> None:
    """Close an attempt, and its letter unless it is to be tried again."""
    with unit_of_work() as session:
        attempt = session.get_one(Attempt, attempt_id)
        letter = session.exec(select(Letter).where(Letter.id == attempt.letter_id).with_for_update()).one()
        _close(session, attempt, letter, result, types.now())


def record_all(results: Sequence[tuple[Claimed, Result]]) -> None:
    """Close attempts of mails, and the mails unless they are to be tried again."""
    now, others = (
        types.now(),
        {one.attempt_id: result for one, result in results if not isinstance(result, str)},
    )
    taken = [
        {"a": one.attempt_id, "l": key(one.letter), "reply": result, "now": now}
        for one, result in sorted(results, key=lambda row: key(row[0].letter))
        if isinstance(result, str)
    ]
    with unit_of_work() as session:
        if taken:
            _accept(session, taken)
        if others:
            _close_all(session, others, now)
    for one, result in results:
        if isinstance(result, str):
            log.info("delivered letter=%s attempt=%d outcome=accepted", one.letter.id, one.number)


def _accept(session: Session, taken: list[dict[str, Any]]) -> None:
    """What nearly always happens, in two statements for all."""
    connection = session.connection()
    connection.execute(_SENT, taken)
    connection.execute(_ACCEPTED, taken)


def _close_all(session: Session, results: Mapping[int, Result], now: dt.datetime) -> None:
    attempts = session.exec(select(Attempt).where(col(Attempt.id).in_(results))).all()
    letters = {
        one.id: one
        for one in session.exec(
            select(Letter)
            .where(col(Letter.id).in_([one.letter_id for one in attempts]))
            .order_by(col(Letter.id))
            .with_for_update()
        )
    }
    for attempt in attempts:
        _close(session, attempt, letters[attempt.letter_id], results[key(attempt)], now)


def _close(session: Session, attempt: Attempt, letter: Letter, result: Result, now: dt.datetime) -> None:
    attempt.ended_at = now
    if result is None:
        attempt.outcome, letter.outcome = "abandoned", "dropped"
    elif isinstance(result, str):
        attempt.outcome, attempt.reply, letter.outcome = "accepted", result, "sent"
    else:
        attempt.reply = result.reply
        attempt.outcome = _outcome(result)
        session.flush()
        _settle(session, letter, result, now)
        if isinstance(result, NoSuchAddress):
            suppress(session, session.get_one(Subscriber, letter.subscriber_id).email, "hard_bounce")
    if letter.endpoint_id is not None:
        endpoints.settle(session, letter, result)
    session.add(attempt)
    session.add(letter)
    log.info("delivered letter=%s attempt=%d outcome=%s", letter.id, attempt.number, attempt.outcome)


def _outcome(error: NotDelivered) -> str:
    """Nobody was asked while the server was down: that does not count towards giving up."""
    if isinstance(error, ServerDown):
        return "abandoned"
    return "refused" if isinstance(error, Refused) else "deferred"


def _settle(session: Session, letter: Letter, error: NotDelivered, now: dt.datetime) -> None:
    """What becomes of a letter that did not arrive: tried later, ever more rarely, or given up."""
    if isinstance(error, Refused):
        letter.outcome = "refused"
    elif isinstance(error, ServerDown):
        letter.due_at = now + SERVER_PAUSE
    else:
        deferrals = session.exec(
            select(func.count())
            .select_from(Attempt)
            .where(Attempt.letter_id == letter.id, Attempt.outcome == "deferred")
        ).one()
        if deferrals <= len(WAITS):
            letter.due_at = now + WAITS[deferrals - 1]
        else:
            letter.outcome = "refused"


def give_back(claimed: Iterable[tuple[Claimed, dt.datetime]]) -> None:
    """Claimed letters that were not sent after all wait until a moment, as if nobody had claimed them."""
    now = types.now()
    rows = [{"a": one.attempt_id, "l": key(one.letter), "now": now, "until": until} for one, until in claimed]
    with unit_of_work() as session:
        connection = session.connection()
        connection.execute(_WAITS, rows)
        connection.execute(_UNSENT, rows)


def postpone(letter_ids: Sequence[int], until: dt.datetime) -> None:
    """Letters that need not be tried before a moment."""
    if letter_ids:
        with unit_of_work() as session:
            session.execute(
                update(Letter)
                .where(col(Letter.id).in_(letter_ids), col(Letter.outcome) == "")
                .values(due_at=until)
            )
