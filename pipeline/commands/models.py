"""Commands that look after the model: model show, use, forget; retag."""

from typing import Annotated

import typer

from pipeline.commands.show import bars, say, table

group = typer.Typer(no_args_is_help=True, help="The model that tags notices: which one, and switching it.")

Which = Annotated[str, typer.Argument(help="directory or hub id of a model; `bundled`: the one that ships")]


class RetagFailed(RuntimeError):
    """Some notices could not be read again."""


class NothingToRead(RuntimeError):
    """The model in use cannot be read, and rules stand in: see tbt status. Name one with --model."""

    def __str__(self) -> str:
        """The docstring is the message."""
        return str(self.__doc__)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(group, name="model")
    app.command()(retag)


@group.command("show")
def show() -> None:
    """Which model is in use, who says so, and what was measured of it."""
    from classifier import chosen, model
    from config.settings import settings

    one = model.current()
    by = "TBT_MODEL" if settings().model else "tbt model use" if chosen.switched() else "nobody"
    say(f"model    {one.version if one else 'none can be read: rules stand in'}")
    say(f"from     {chosen.where() or 'the one that ships'}")
    say(f"set by   {by}")
    say(f"measured {chosen.figures().get('date') or 'no figures came with it'}")


@group.command("use")
def use(which: Which) -> None:
    """Read new notices with another model from now on, also in a service that runs.

    It is copied into the data dir. Stored notices keep their tags until `tbt retag --apply`.
    """
    _switch(which)
    say("Stored notices keep their tags; what would change in them: tbt retag")


def _switch(which: str) -> None:
    from classifier import chosen, foreign, model

    if which == "bundled":
        chosen.forget()
        say("In use: the model that ships.")
        return
    version = model.read(which).version
    chosen.copy(foreign.directory(which), version)
    say(f"In use: {version}")


def retag(
    which: Annotated[
        str, typer.Option("--model", metavar="DIR", help="as for tbt model use; default: the model in use")
    ] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="switch to it, and read stored notices with it")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="show only what the newest so many come to")
    ] = None,
) -> None:
    """Show what a model would change in stored notices, and how many people would be told; then --apply.

    Told are those who should have been, once, labelled late, when the line runs next.
    """
    from classifier import model
    from pipeline import retag as work
    from pipeline.start import ready

    if apply and limit is not None:
        raise typer.BadParameter("--limit is for looking; --apply reads them all")
    ready()
    if apply:
        if which:
            _switch(which)
        if model.current() is None:
            raise NothingToRead
        with bars() as shown:
            failed = work.apply(lambda done, total: shown.set("read again", done, total))
        if failed:
            raise RetagFailed(f"{failed} notices could not be read again; tbt -v retag --apply shows why")
        say("Done. Who should have been told is told by the line: tbt up, or tbt line")
        return
    one = model.read("" if which == "bundled" else which) if which else model.current()
    if one is None:
        raise NothingToRead
    with bars() as shown:
        found = work.difference(one, limit, lambda done, total: shown.set("compare", done, total))
    table(["kind", "code", "notices now", "gain it", "lose it", "then"], found.rows())
    say(f"{found.read} notices read with {one.version}; the tags of {found.changed} would change.")
    say(f"{len(found.people)} people would be told, by {found.alerts} alerts. Nothing was changed.")
