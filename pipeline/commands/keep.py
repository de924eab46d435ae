"""Commands that look after what is stored: db, backup, restore, user."""

import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.show import bars, say

if TYPE_CHECKING:
    from sqlmodel import Session

    from database.tables import Subscriber

db = typer.Typer(no_args_is_help=True, help="The database.")
user = typer.Typer(no_args_is_help=True, help="People who log in.")

person = typer.Typer(no_args_is_help=True, help="Subscribers: what is kept of one, and its erasure.")


class Role(StrEnum):
    """What a person who logs in may do."""

    analyst = "analyst"
    official = "official"
    admin = "admin"


class Unknown(LookupError):
    """Nobody subscribed with that address."""


class AlreadyThere(ValueError):
    """There is such a person already."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(db, name="db")
    app.add_typer(user, name="user")
    app.add_typer(person, name="person")
    app.command()(backup)
    app.command()(restore)


@db.command()
def upgrade() -> None:
    """Create or bring the tables to this program's version; safe to repeat."""
    from database import migrate
    from pipeline import work

    migrate.upgrade()
    if work.distributed():
        work.prepare()
    say("The database is up to date.")


@db.command()
def reindex() -> None:
    """Make the bitmaps for quick search anew; they only save time, and are kept up to date by themselves."""
    from database.index import making
    from pipeline.start import ready

    ready()
    with bars() as shown:
        made = making.make(shown.add)
    say(f"{made} bitmaps made.")


def backup(file: Annotated[Path, typer.Argument(help="where to write the copy")]) -> None:
    """Write a consistent copy of everything to FILE, also while the service runs."""
    from database import backup as backups
    from pipeline.start import ready

    ready()
    with bars() as shown:
        rows = backups.backup(file, shown.add)
    say(f"{file}: {rows} rows. It holds addresses and keys: keep it safe.")


def restore(file: Annotated[Path, typer.Argument(help="a copy made by tbt backup")]) -> None:
    """Fill an empty data dir or database from FILE; also to move from SQLite to PostgreSQL."""
    from database import backup as backups

    with bars() as shown:
        rows = backups.restore(file, shown.add)
    say(f"{rows} rows restored.")


@user.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="address the person logs in with")],
    role: Annotated[Role, typer.Option(help="what the person may do")],
    password_stdin: Annotated[bool, typer.Option(help="read the password from standard input")] = False,
) -> None:
    """Add a person who logs in; prints a first password unless one is given."""
    from argon2 import PasswordHasher
    from email_validator import EmailNotValidError, validate_email
    from sqlalchemy.exc import IntegrityError

    from database.session import unit_of_work
    from database.tables import Audit, User
    from pipeline.start import ready

    try:
        address = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise typer.BadParameter(f"{email!r} is no e-mail address: {error}") from error
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    if len(password) < 10:
        raise typer.BadParameter("the password must have 10 characters or more")
    ready()
    try:
        with unit_of_work() as session:
            hashed = PasswordHasher().hash(password)
            person = User(email=address, role=role.value, password_hash=hashed)
            session.add(person)
            session.flush()
            after = {"email": address, "role": role.value}
            session.add(Audit(who="tbt user add", what="user.added", object=f"user {person.id}", after=after))
    except IntegrityError as error:
        raise AlreadyThere(f"there is a person {address} already") from error
    say(f"{address} may log in as {role.value}.")
    if not password_stdin:
        say(f"First password: {password}")


def subscriber(session: "Session", email: str) -> "Subscriber":
    """Whoever subscribed with that address. Raises Unknown."""
    from sqlmodel import func, select

    from database.tables import Subscriber

    found = session.exec(select(Subscriber).where(func.lower(Subscriber.email) == email.lower())).first()
    if found is None:
        raise Unknown(f"nobody subscribed with the address {email}")
    return found


@person.command()
def export(email: Annotated[str, typer.Argument(help="address of the subscriber")]) -> None:
    """Print all that is kept of a subscriber, as JSON."""
    import json

    from alerts import privacy
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        say(json.dumps(privacy.export(session, subscriber(session, email)), ensure_ascii=False, indent=2))


@person.command()
def erase(email: Annotated[str, typer.Argument(help="address of the subscriber")]) -> None:
    """Erase a subscriber; the address is never written to again (kept as a keyed hash only)."""
    from alerts import privacy
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        privacy.erase(session, subscriber(session, email))
    say("Erased.")
