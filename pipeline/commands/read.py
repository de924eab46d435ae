"""Commands of the classifier: classify, evaluate, train."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.show import bars, table


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(classify)
    app.command()(evaluate)
    app.command()(train)


def classify(
    source: Annotated[Path | None, typer.Option("--in", help="JSON Lines file; default: stdin")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="JSON Lines file; default: stdout")] = None,
    no_codes: Annotated[
        bool, typer.Option("--no-codes", help="ignore stated HS and ICS codes: the text alone")
    ] = False,
) -> None:
    """Tag notices: JSON Lines in, JSON Lines out, in the same order. Needs no database.

    In: {"id", "title", "text", "products"?, "language"?, "member"?, "hs"?: [], "ics"?: []}
    """
    from classifier import stream

    with (
        source.open("rb") if source else nullcontext(sys.stdin.buffer) as incoming,
        target.open("wb") if target else nullcontext(sys.stdout.buffer) as outgoing,
        bars() as shown,
    ):
        stream.run(incoming, outgoing, use_codes=not no_codes, progress=lambda n: shown.set("classify", n))
        outgoing.flush()


def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON Lines with `sectors` as judged")],
    no_codes: Annotated[bool, typer.Option("--no-codes", help="the text alone")] = False,
) -> None:
    """Score the classifier per language and sector against judged notices."""
    from classifier import evaluate as evaluation

    scores = evaluation.evaluate(file, use_codes=not no_codes)
    parts = [("all", scores.whole), *sorted(scores.languages.items()), *sorted(scores.sectors.items())]
    table(
        ["language or sector", "notices", "right first", "precision", "recall", "micro-F1"],
        [
            (name, one.count, *(f"{x:.3f}" for x in (one.accuracy, one.precision, one.recall, one.f1)))
            for name, one in parts
        ],
    )


def train(
    data: Annotated[Path, typer.Option(help="CSV with text, lang, sectors, source, code; may be gzipped")],
    out: Annotated[Path, typer.Option(help="directory for the model; TBT_MODEL then names it")],
    judged: Annotated[Path, typer.Option(help="JSON Lines with `sectors` as judged, for calibration")],
    base: Annotated[Path | None, typer.Option(help="directory with an English sentence encoder")] = None,
    with_decisions: Annotated[
        bool, typer.Option("--with-decisions", help="learn from what analysts decided, too")
    ] = False,
    seed: Annotated[int, typer.Option(help="the same seed and data give the same model")] = 1,
    short: Annotated[bool, typer.Option("--short", help="a trial of some minutes")] = False,
) -> None:
    """Train a model of our own format. Needs torch: pip install 'tbt-early-warning[train]'."""
    try:
        from classifier.training import decisions, run
    except ImportError as error:
        raise typer.BadParameter(f"{error}; run: pip install 'tbt-early-warning[train]'") from error
    from classifier.evaluate import rows
    from database.session import reading

    learned = []
    if with_decisions:
        with reading() as session:
            learned = decisions.rows(session)
    run.train(data, out, judged=list(rows(judged)), decisions=learned, base=base, seed=seed, short=short)
    typer.echo(f"{out}: trained; to compare: TBT_MODEL={out} tbt evaluate {judged}")
