"""Commands of the classifier: classify, evaluate, train."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.show import bars, say, table


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
    challenger: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="a model to hold against the one in use, on analysts' decisions too"
        ),
    ] = "",
) -> None:
    """Score the classifier per language and sector against judged notices; or compare two models.

    Intervals hold the true share with 95 % certainty. Nothing is switched: that is `tbt model use`.
    """
    from classifier import evaluate as evaluation

    if challenger:
        _compare(file, challenger, use_codes=not no_codes)
        return
    scores = evaluation.evaluate(file, use_codes=not no_codes)
    parts = [("all", scores.whole), *sorted(scores.languages.items()), *sorted(scores.sectors.items())]
    table(
        ["language or sector", "notices", "right first", "95 %", "precision", "recall", "micro-F1"],
        [
            (
                name,
                one.count,
                f"{one.accuracy:.3f}",
                "{:.2f}-{:.2f}".format(*one.interval),
                *(f"{x:.3f}" for x in (one.precision, one.recall, one.f1)),
            )
            for name, one in parts
        ],
    )


def _compare(file: Path, where: str, *, use_codes: bool) -> None:
    from classifier import compare, evaluate, model
    from classifier.training import decisions
    from database.session import reading, unit_of_work
    from database.tables import Trial
    from pipeline.start import ready

    champion = model.current()
    if champion is None:
        raise model.NoModel(
            "the model in use cannot be read (see tbt status): there is nothing to compare with"
        )
    rival = model.read(where)
    ready()
    with reading() as session:
        decided = decisions.judged(session)
    found = {
        name: compare.compare(some, champion, rival, use_codes=use_codes)
        for name, some in (("notices", list(evaluate.rows(file))), ("decisions", decided))
    }
    for name, figures in found.items():
        _show(name, figures, str(file))
    with unit_of_work() as session:
        session.add(Trial(champion=champion.version, challenger=rival.version, figures=found))
    say(f"In use: {champion.version}; challenger: {rival.version}. To switch: tbt model use {where}")


def _show(name: str, figures: dict[str, Any], file: str) -> None:
    from classifier.compare import worse

    if not figures["whole"]["n"]:
        say(f"{name}: nothing to compare on")
        return
    say(file if name == "notices" else "decisions of analysts kept back from training")
    strata = {"all": figures["whole"], **figures["languages"], **figures["sectors"]}
    heads = ["language or sector", "notices", "in use", "95 %", "challenger", "95 %", "difference", "95 %"]
    heads += ["F1 in use", "F1 challenger", "verdict"]
    rows = []
    for code, one in strata.items():
        cells: list[object] = [code, one["n"]]
        for side in (one["champion"], one["challenger"]):
            cells += [f"{side['right_first']:.3f}", f"{side['low']:.2f}-{side['high']:.2f}"]
        by = one["difference"]["right_first"]
        cells += [f"{by['by']:+.3f}", f"{by['low']:+.2f} to {by['high']:+.2f}"]
        cells += [f"{one[side]['micro_f1']:.3f}" for side in ("champion", "challenger")]
        rows.append([*cells, one["verdict"]])
    table(heads, rows)
    if poor := worse(figures):
        say(f"The challenger does worse in: {', '.join(poor)}")


def train(
    data: Annotated[Path, typer.Option(help="CSV with text, lang, sectors, source, code; may be gzipped")],
    out: Annotated[Path, typer.Option(help="directory for the model; TBT_MODEL then names it")],
    judged: Annotated[Path, typer.Option(help="JSON Lines with `sectors` as judged, for calibration")],
    base: Annotated[str, typer.Option(help="directory or hub id of an English sentence encoder")] = "",
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
    from classifier.foreign import directory
    from database.session import reading
    from pipeline.start import ready

    learned = []
    if with_decisions:
        ready()
        with reading() as session:
            learned = decisions.rows(session)
    try:
        encoder = directory(base) if base else None
    except OSError as error:
        raise typer.BadParameter(f"--base: {error}") from error
    run.train(data, out, judged=list(rows(judged)), decisions=learned, base=encoder, seed=seed, short=short)
    say(f"{out}: trained; to compare it with the model in use: tbt evaluate {judged} --challenger {out}")
