"""Progress bars on stderr when it is a terminal, tables on stdout."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table


class Bars:
    """One bar for each name, made at first mention."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def set(self, name: str, done: int, total: int | None = None) -> None:
        """The bar's position; without a total it only counts."""
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=total)
        self.progress.update(self.tasks[name], completed=done, total=total)

    def add(self, name: str, more: int) -> None:
        """Move the bar on."""
        if name not in self.tasks:
            self.set(name, 0)
        self.progress.advance(self.tasks[name], more)

    def done(self, name: str) -> None:
        """Fill the bar at what was counted."""
        self.add(name, 0)
        done = next(t.completed for t in self.progress.tasks if t.id == self.tasks[name])
        self.progress.update(self.tasks[name], total=max(done, 1), completed=max(done, 1))


@contextmanager
def bars() -> Iterator[Bars]:
    """Progress bars while the block runs; silent when stderr is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        yield Bars(progress)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout, plain enough for a pipe."""
    sheet = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        sheet.add_column(head, overflow="fold")
    for row in rows:
        sheet.add_row(*("–" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 200).print(sheet)


def say(line: str) -> None:
    """One line on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
