"""The command line `tbt`. Exit code 0 only on success; an error is one clear line on stderr."""

import logging
import os
import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from pipeline import logs
from pipeline.commands import build, channel, keep, keys, look, mail, models, read, run

OURS = {"config", "database", "crawlers", "classifier", "alerts", "api", "pipeline"}

app = typer.Typer(
    name="tbt",
    help="Early warning of technical trade barriers: crawl, classify, alert.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (run, look, read, models, keep, build, keys, mail, channel):
    module.add_to(app)


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="log what happens, on stderr")] = False,
) -> None:
    """Early warning of technical trade barriers: crawl, classify, alert."""
    logs.to_stderr(logging.INFO if verbose else logging.CRITICAL)


def explain(error: Exception) -> str:
    """What to tell the person: our own errors speak for themselves, others are put into words."""
    words = " ".join(str(error).split()) or type(error).__name__
    if type(error).__module__.split(".")[0] in OURS:
        return words
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if type(error).__name__ == "OperationalError":  # SQLAlchemy's, not loaded here for the sake of --help
        return f"the database does not answer as it should: {' '.join(str(vars(error).get('orig')).split())}"
    return f"unexpected {type(error).__name__}: {words} (TBT_DEBUG=1 shows where)"


def main() -> None:
    """Run the command line."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except TyperException as error:  # a wrong word on the command line
        words = " ".join((error.format_message() if hasattr(error, "format_message") else str(error)).split())
        fail(f"{words or 'which command?'} (see: tbt --help)", getattr(error, "exit_code", 2))
    except (KeyboardInterrupt, typer.Abort):
        fail("stopped", 130)
    except Exception as error:
        if os.environ.get("TBT_DEBUG"):
            raise
        fail(explain(error), 1)


def fail(words: str, code: int) -> NoReturn:
    """One line on stderr, and the exit code."""
    sys.stderr.write(f"tbt: {words}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
