"""Commands for the keys of programs: key add, key list, key revoke."""

from typing import Annotated

import typer

from pipeline.commands.show import say

key = typer.Typer(no_args_is_help=True, help="Keys of programs that use the API.")


class NoSuchKey(LookupError):
    """There is no key of that number that works."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(key, name="key")


@key.command()
def add(
    name: Annotated[str, typer.Argument(help="whose key it is")],
    scope: Annotated[list[str] | None, typer.Option(help="read, export, subscribe; may be repeated")] = None,
    per_minute: Annotated[int, typer.Option(min=1, help="requests a minute")] = 600,
) -> None:
    """Make a key. It is shown once and cannot be shown again."""
    from api import keys
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        made = keys.make(session, name, scope or ["read", "export"], per_minute)
    say(made)


@key.command(name="list")
def listing() -> None:
    """All keys, without the keys themselves."""
    from api import keys
    from database.session import reading
    from pipeline.start import ready

    ready()
    with reading() as session:
        for one in keys.every(session):
            state = "revoked" if one.revoked_at else f"{one.per_minute}/min"
            say(f"{one.id}  {one.name}  {','.join(one.scopes)}  {state}")


@key.command()
def revoke(number: Annotated[int, typer.Argument(help="its number, see: tbt key list")]) -> None:
    """Take a key back; it opens nothing half a minute later."""
    from api import keys
    from database.session import unit_of_work
    from pipeline.start import ready

    ready()
    with unit_of_work() as session:
        done = keys.revoke(session, number)
    if done is None:
        raise NoSuchKey(f"there is no key {number} that works")
    say(f"Key {number} opens nothing from now on.")
