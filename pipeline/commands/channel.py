"""Where a subscriber's alerts go besides the mailbox: channel list, add, test, log, on, off, roll, remove."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.keep import subscriber
from pipeline.commands.show import say

if TYPE_CHECKING:
    from sqlmodel import Session

    from database.tables import Endpoint

channel = typer.Typer(no_args_is_help=True, help="Webhooks and group robots of subscribers.")

Email = Annotated[str, typer.Argument(help="address of the subscriber")]
Number = Annotated[int, typer.Argument(help="number of the channel, see: tbt channel list")]


class NoSuchChannel(LookupError):
    """There is no channel of that number."""


class TestFailed(RuntimeError):
    """The other side did not take the test message."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(channel, name="channel")


def _one(session: "Session", number: int) -> "Endpoint":
    from database.tables import Endpoint

    found = session.get(Endpoint, number)
    if found is None:
        raise NoSuchChannel(f"there is no channel {number} (see: tbt channel list EMAIL)")
    return found


@channel.command(name="list")
def listing(email: Email) -> None:
    """A subscriber's channels, without their keys."""
    from alerts import endpoint_log, endpoints
    from alerts.calls import masked
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        for one in endpoints.endpoints(session, subscriber(session, email)):
            health = endpoint_log.health(session, one)
            state = f"off ({one.disabled_why})" if one.disabled_at else "on"
            taken = health.taken_at.isoformat(timespec="minutes") if health.taken_at else "never"
            which = ",".join(map(str, one.subscriptions)) or "all"
            say(
                f"{one.id}  {one.channel}  {masked(one.url)}  {state}  subscriptions: {which}  "
                f"last success: {taken}  failures in a row: {one.failures}  waiting: {health.waiting}"
            )


@channel.command()
def add(
    email: Email,
    kind: Annotated[str, typer.Argument(help="webhook, wecom or dingtalk")],
    address: Annotated[str, typer.Argument(help="webhook address; for a robot as the group shows it")],
    subscription: Annotated[
        list[int] | None, typer.Option(help="only what this subscription brings; may be repeated")
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option(help="read the secret of a DingTalk robot that signs from standard input")
    ] = False,
) -> None:
    """Add a channel. A webhook's signing secret is shown once and cannot be shown again."""
    from alerts import endpoints
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    secret = sys.stdin.readline().strip() if secret_stdin else ""
    with unit_of_work() as session:
        person = subscriber(session, email)
        one = endpoints.add(session, person, kind, address, secret, subscription or ())
        made = one.secret if endpoints.makes_secret(kind) else ""
    say(f"Channel {one.id} is on. Try it: tbt channel test {one.id}")
    if made:
        say(f"Signing secret: {made}")


@channel.command()
def test(number: Number) -> None:
    """Send a test message now and say what came of it."""
    from alerts import trial
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        _one(session, number)
    attempt = trial.try_out(number)
    if attempt.outcome != "accepted":
        raise TestFailed(f"the test failed: {attempt.reply or 'no result was recorded'}")
    say(f"It was taken: {attempt.reply}")


@channel.command()
def log(number: Number) -> None:
    """The last deliveries, newest first."""
    from alerts import endpoint_log
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        for line in endpoint_log.lines(session, _one(session, number)):
            took = "" if line.seconds is None else f"  {line.seconds:.1f} s"
            again = f"  next try {line.next_at.isoformat(timespec='minutes')}" if line.next_at else ""
            words = " ".join(part for part in (line.code, line.words) if part) or "no answer"
            at = line.at.isoformat(timespec="seconds")
            say(f"{at}  {line.kind} {line.number}  {line.outcome or 'in flight'}  {words}{took}{again}")


@channel.command()
def on(number: Number) -> None:
    """Send there again, from now on."""
    from alerts import endpoints
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        endpoints.enable(session, _one(session, number))
    say(f"Channel {number} is on.")


@channel.command()
def off(number: Number) -> None:
    """Send nothing there any more; what waits is dropped."""
    from alerts import endpoints
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        endpoints.disable(session, _one(session, number), "operator")
    say(f"Channel {number} is off.")


@channel.command()
def roll(number: Number) -> None:
    """Replace a webhook's signing secret; for a day both sign. The new one is shown once."""
    from alerts import endpoints
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        one = _one(session, number)
        made = endpoints.roll(session, one, endpoints.edition(one))
    say(f"Signing secret: {made}")


@channel.command()
def remove(
    number: Number, yes: Annotated[bool, typer.Option(help="do not ask", show_default=False)] = False
) -> None:
    """Forget a channel and its log."""
    from alerts import endpoints
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    if not yes:
        typer.confirm(f"Remove channel {number} and its log?", abort=True)
    with unit_of_work() as session:
        endpoints.remove(session, _one(session, number))
    say(f"Channel {number} is removed.")
