"""Commands that tell how things stand: sources, status."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.show import say, table

if TYPE_CHECKING:
    from crawlers.health import SourceHealth
    from database.tables import Refusal


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(sources)
    app.command()(status)


def sources(
    name: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="only this one")] = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="what its rules kept out; tbt crawl --refused takes it in")
    ] = False,
    rule: Annotated[str, typer.Option(help="only what this rule kept out")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="of the refused, the newest")] = 50,
) -> None:
    """Each source: last success, volume against the expected range, lateness, unread fields, alarms."""
    from crawlers import alarms as watch
    from crawlers.form import form
    from crawlers.health import health
    from database.session import reading
    from pipeline.start import ready

    chosen = form(name).name if name else ""
    if refused:
        if not chosen:
            raise typer.BadParameter("of which source? tbt sources SOURCE --refused")
        ready()
        _refused(chosen, rule, limit)
        return
    ready()
    with reading() as session:
        found = [one for one in health(session) if chosen in ("", one.name)]
        alarms = [
            watch.words(alarm, "en") for alarm in watch.standing(session) if chosen in ("", alarm.source)
        ]
    heads = [
        "source",
        "state",
        "last success",
        "read",
        "expected",
        "notices",
        "faults",
        "unread fields",
        "why",
    ]
    table(heads, [_row(one) for one in found])
    for message, todo in alarms:
        say(f"! {message}. {todo}".strip())


def _refused(name: str, rule: str, limit: int) -> None:
    from crawlers import refusals
    from database.session import reading

    with reading() as session:
        rows = refusals.listed(session, name, rule=rule, limit=limit)
        rules = refusals.by_rule(session, name)
    table(
        ["id", "record", "title", "rule", "answer of", "state"],
        [
            (
                *(one.id, one.record, one.title[:100] or None, one.rule),
                seen.isoformat(timespec="minutes") if seen else None,
                _state(one),
            )
            for one, _, seen in rows
        ],
    )
    for words, count in rules.items():
        say(f"{count} kept out by: {words}")


def _state(one: "Refusal") -> str:
    if one.message:
        return f"not taken: {one.message}"
    return "taken in" if one.taken_at else "let in" if one.admitted_at else "refused"


def _row(one: "SourceHealth") -> list[object]:
    run, success = one.last_run, one.last_success
    troubles = [word for word, holds in (("late", one.late), ("silent", one.silent)) if holds]
    if one.lacking or one.off:
        troubles = ["no key" if one.lacking else "off"]
    state = "running" if one.running else ", ".join([*troubles, *filter(None, [one.volume])]) or "well"
    failed = run is not None and run.status not in ("ok", "running")
    return [
        one.name,
        "never read" if success is None and not (one.lacking or one.off) else state,
        success.started_at.isoformat(timespec="minutes") if success else None,
        success.read if success else None,
        "-".join(str(limit) for limit in one.form.expect),
        one.notices,
        one.faults,
        ", ".join(f"{field} ×{count}" for field, count in one.unread.items()) or None,
        one.lacking or (f"{run.status}: {run.message}" if run and failed else None),
    ]


def status() -> None:
    """What is stored, which model reads it, and what waits at each stage."""
    from sqlalchemy import func
    from sqlmodel import col, select

    from classifier import chosen, model, stage
    from classifier.classify import fingerprint
    from config.settings import settings
    from database.session import reading
    from database.tables import Alert, Letter, Notice, Subscriber, Subscription
    from pipeline import line
    from pipeline.start import ready

    ready()
    say(f"data dir  {settings().data_dir.absolute()}")
    say(f"database  {'PostgreSQL' if settings().database.startswith('postgresql') else 'SQLite'}")
    one = model.current()
    version = one.version if one else "NONE can be read, RULES STAND IN"
    say(f"model     {version} ({chosen.where() or 'bundled'})")
    with reading() as session:
        rows: list[tuple[str, object]] = [
            (table_.__name__.lower() + "s", session.exec(select(func.count()).select_from(table_)).one())
            for table_ in (Notice, Subscriber, Subscription, Alert, Letter)
        ]
        unsent = select(func.count()).select_from(Letter).where(col(Letter.outcome) == "")
        rows.append(("letters to send", session.exec(unsent).one()))
        others = stage.count_outdated(session, fingerprint(one))
        rows.append(("last read with something else (tbt retag)", others))
        most = 10_000
        for name in line.STAGES:
            count = len(line.stage(name).pending(session, most))
            rows.append((f"pending: {name}", f"{count}{'+' if count == most else ''}"))
    table(["what", "number"], rows)
