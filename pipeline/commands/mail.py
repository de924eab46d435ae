"""Commands that steer what leaves: warning list, show, approve, refuse, level; mail stop, go-on, status."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.show import say

if TYPE_CHECKING:
    from sqlmodel import Session

warning = typer.Typer(no_args_is_help=True, help="Red warnings: look, approve, refuse.")
mail = typer.Typer(no_args_is_help=True, help="The switch of all mail, alarms and seed boxes.")

MAY = ("analyst", "admin")


class Word(StrEnum):
    """What an analyst says of a level."""

    up = "raise"
    down = "lower"
    rule = "rule"


STEPS = {Word.up: 1, Word.down: -1, Word.rule: 0}
Number = Annotated[int, typer.Argument(help="number of the notice, see: tbt warning list")]
By = Annotated[str, typer.Option(help="address of the analyst or administrator who decides")]
Why = Annotated[str, typer.Option(help="the reason, which is kept")]


class NotAllowed(PermissionError):
    """Only an analyst or administrator who can log in decides on warnings and mail."""


class NoSuchNotice(LookupError):
    """There is no notice of that number."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(warning, name="warning")
    app.add_typer(mail, name="mail")


def _who(session: "Session", by: str) -> str:
    """The person as known; a decision is somebody's."""
    from sqlmodel import col, select

    from database.tables import User

    found = session.exec(
        select(User.email).where(
            User.email == by.lower(), col(User.role).in_(MAY), col(User.disabled_at).is_(None)
        )
    ).first()
    if found is None:
        raise NotAllowed(f"{by} is no analyst or administrator (see: tbt user add)")
    return found


def _there(session: "Session", number: int) -> None:
    from database.tables import Notice

    if session.get(Notice, number) is None:
        raise NoSuchNotice(f"there is no notice {number}")


@warning.command(name="list")
def waiting() -> None:
    """Notices that would be red and that wait for approval, the nearest date first."""
    from alerts import approvals
    from alerts.interest import subjects
    from alerts.titles import title
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        for number in approvals.waiting(session):
            about = subjects(session, [number])[number]
            words = title(about.notice, about.tags, "zh", about.edited).words
            say(f"{number}  {approvals.dry_run(session, number).recipients} recipients  {words}")


@warning.command()
def show(number: Number, language: Annotated[str, typer.Option(help="zh, en or zh-Hant")] = "zh") -> None:
    """The dry run: level and its parts, how many it would reach, and the letter. Nothing is sent."""
    import datetime as dt

    from alerts import approvals, wishes
    from alerts.dates import today
    from alerts.grounds import grounds
    from alerts.interest import subjects
    from alerts.sample import sample
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        _there(session, number)
        seen, letter = approvals.dry_run(session, number), sample(session, number, wishes.language(language))
        about = subjects(session, [number])[number]
        level = about.level("direct", today(dt.datetime.now(dt.UTC)))
    say(f"Level: {level.name}{' (red awaits approval)' if level.awaits else ''}: {grounds(level, 'en')}")
    say(f"Recipients: {seen.recipients}; approved by: {', '.join(seen.approved_by) or 'nobody'}")
    say(f"Still needed: {seen.missing}; proposed by: {seen.proposed_by or 'the rule'}")
    say(f"\n{letter.subject}\n\n{letter.text}")


@warning.command()
def approve(
    number: Number,
    by: By,
    recipients: Annotated[int, typer.Option(help="how many the dry run showed: tbt warning show NUMBER")],
) -> None:
    """Let a red warning go to as many persons as the dry run showed."""
    from alerts import approvals
    from alerts.sample import sample
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        _there(session, number)
        letter = sample(session, number)
        text = f"{letter.subject}\n{letter.text}"
        who = _who(session, by)
        gone = approvals.approve(session, number, who, recipients=recipients, sample=text)
    say("Approved: it goes at once." if gone else "Approved; another person must approve too.")


@warning.command()
def refuse(number: Number, by: By) -> None:
    """Not red after all: it stays orange."""
    from alerts import approvals
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        _there(session, number)
        approvals.refuse(session, number, _who(session, by))
    say("Refused: it stays orange.")


@warning.command()
def level(
    number: Number,
    word: Annotated[Word, typer.Argument(help="raise or lower by one level, or back to the rule")],
    by: By,
    why: Why,
) -> None:
    """Say a notice is more or less pressing than the rule says."""
    from alerts import standing
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        _there(session, number)
        standing.say(session, number, STEPS[word], why, _who(session, by))
    say(f"Notice {number}: {word.value}.")


@mail.command()
def stop(by: By, why: Why) -> None:
    """Send no mail from now on, on any machine; what is owed stays owed."""
    from alerts import brakes
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        brakes.stop(session, _who(session, by), why)
    say("All mail is stopped.")


@mail.command(name="go-on")
def go_on(by: By) -> None:
    """Send mail again."""
    from alerts import brakes
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        _who(session, by)
        brakes.go_on(session)
        stopped = brakes.is_stopped(session)
    say("Still stopped by TBT_MAIL_STOP." if stopped else "Mail goes on.")


@mail.command()
def status() -> None:
    """The switch, what was sent against the ceilings, alarms, seed boxes."""
    from alerts import alarms, brakes, seeds
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        say("stopped" if brakes.is_stopped(session) else "running")
        for name, (n, most) in brakes.used(session).items():
            say(f"last {name}: {n} of {most}")
        say(f"due and not sent: {brakes.waiting(session)}")
        for alarm in alarms.ringing(session):
            say(f"! {alarm.kind} {alarm.about}: {alarm.message}")
        for box in seeds.boxes(session):
            when = box.last.isoformat(timespec="minutes") if box.last else "never"
            say(f"seed box {box.address}: last letter {when}{' (silent)' if box.silent else ''}")
