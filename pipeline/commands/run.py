"""Commands that do the work: demo, up, crawl, line, serve, work."""

import datetime as dt
import logging
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pipeline.commands.show import bars, say

Host = Annotated[str, typer.Option(help="address to listen on")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="port to listen on")]
Day = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE")]


class CrawlFailed(RuntimeError):
    """A source could not be read to its end, or some of its records could not."""


class LineFailed(RuntimeError):
    """Some records could not be worked on."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (demo, up, crawl, line, serve, work):
        app.command()(command)


def demo(
    data: Annotated[Path | None, typer.Option(help="data dir of the demo; default: TBT_DATA_DIR")] = None,
    port: Port = 8000,
    once: Annotated[bool, typer.Option("--once", help="stop after the line has run")] = False,
) -> None:
    """The whole line, offline, on the sample pages that ship with the project; then the web."""
    from pipeline import demo as demos

    demos.run(data, port, once=once)


def up(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Live: scheduler, line and web in one process, until SIGTERM."""
    from pipeline import logs
    from pipeline import up as ups
    from pipeline.start import model_ready, ready

    logs.to_stderr(logging.INFO)
    ready()
    model_ready()
    ups.run(host, port)


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """The web alone."""
    from pipeline import logs
    from pipeline import up as ups
    from pipeline.start import ready

    logs.to_stderr(logging.INFO)
    ready()
    ups.serve(host, port)


def work(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="tasks at a time")] = 4,
) -> None:
    """A worker alone (PostgreSQL): as many as you like, on as many machines."""
    from pipeline import logs
    from pipeline import work as workers
    from pipeline.start import model_ready, ready

    logs.to_stderr(logging.INFO)
    if not workers.distributed():
        raise workers.NeedsPostgres
    ready()
    model_ready()
    workers.work(concurrency)


def _bases(pairs: list[str], known: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, separator, url = pair.partition("=")
        parts = urlsplit(url)
        if not separator or name not in known or parts.scheme not in ("http", "https") or not parts.netloc:
            raise typer.BadParameter(
                f"{pair!r} is not SOURCE=URL with a source ({', '.join(known)}) and an http address",
                param_hint="--base-url",
            )
        found[name] = url.rstrip("/")
    return found


def crawl(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="default: all that are on and need no further key"),
    ] = None,
    since: Day = None,
    until: Day = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE=URL", help="replace scheme, host and port of its addresses"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="stop after so many records")] = None,
    refused: Annotated[
        bool,
        typer.Option(
            "--refused",
            help="SOURCE [ID]...: take in what was refused, from the stored answers: these records, "
            "or all that today's rules let in",
        ),
    ] = False,
) -> None:
    """Run sources to their end. Fails if any record or source could not be read; what was read is kept."""
    from crawlers import sources, switches
    from crawlers.crawl import close_dead_runs
    from crawlers.crawl import crawl as run
    from crawlers.errors import CrawlError
    from crawlers.form import form
    from database.session import reading
    from pipeline.start import ready

    known = list(sources.names())
    if refused:
        _take_in(names or [], _bases(base_url or [], known))
        return
    ready_sources = [name for name in known if not form(name).lacking]
    for name in names or []:
        if name not in known:
            raise typer.BadParameter(f"no source {name!r}; the sources are {', '.join(known)}")
    bases = _bases(base_url or [], known)
    for name in names or []:
        if form(name).lacking and name not in bases:
            raise CrawlError(form(name).lacking)
    ready()
    close_dead_runs()
    first, last = (day.date() if day else None for day in (since, until))
    troubles = []
    with reading() as session:
        off = switches.off(session)
    with bars() as shown:
        for name in names or [name for name in ready_sources if name not in off]:
            result = run(
                name,
                since=first,
                until=last,
                base_url=bases.get(name),
                limit=limit,
                progress=lambda one: shown.set(one.source, one.read),
            )
            shown.done(name)
            say(
                f"{name}: {result.status}, {result.pages} pages, {result.read} records read, "
                f"{result.new} new, {result.changed} changed, {result.faults} faults"
            )
            if result.status != "ok":
                troubles.append(f"{name}: {result.message or result.status}")
    if troubles:
        raise CrawlFailed("; ".join(troubles))


def _take_in(words: list[str], bases: dict[str, str]) -> None:
    """Take in what a source refused: SOURCE, then the ids of records, or none for today's rules."""
    from crawlers import admitting, refusals
    from crawlers.form import form
    from database.session import unit_of_work
    from pipeline.start import ready

    if not words:
        raise typer.BadParameter("of which source? tbt crawl --refused SOURCE [ID]...")
    name, ids = form(words[0]).name, words[1:]
    if wrong := [word for word in ids if not word.isdigit() or len(word) > 9]:
        raise typer.BadParameter(
            f"{wrong[0]!r} is no id of a refused record (see: tbt sources {name} --refused)"
        )
    ready()
    chosen = [int(word) for word in ids] or None
    if chosen:
        with unit_of_work() as session:
            refusals.admit(session, name, chosen, by="tbt crawl --refused")
    done = admitting.take(name, chosen, base_url=bases.get(name, ""))
    say(
        f"{name}: {done.stored} taken in, {done.new} new, {done.changed} changed, "
        f"{done.refused} still refused, {len(done.faults)} faults"
    )
    if done.faults:
        record, why = done.faults[0]
        more = f" (and {len(done.faults) - 1} more)" if len(done.faults) > 1 else ""
        raise CrawlFailed(f"{name}: {record}: {why}{more}")


def line(
    stage: Annotated[str | None, typer.Option(help="only this stage")] = None,
) -> None:
    """Do the pending work once: classify, match, compose, deliver."""
    from pipeline import line as lines
    from pipeline.start import model_ready, ready

    ready()
    names = [stage] if stage else list(lines.STAGES)
    lines.stage(names[0])
    if "classify" in names:
        model_ready()
    failed = 0
    with bars() as shown:
        for name in names:
            counts: list[int] = []

            def count(name: str, more: int, counts: list[int] = counts) -> None:
                counts.append(more)
                shown.add(name, more)

            failed += lines.run(name, count)
            shown.done(name)
            say(f"{name}: {sum(counts)}")
    if failed:
        raise LineFailed(f"{failed} records could not be worked on; tbt -v line shows why")
