"""Train a model of our own format, with fixed seeds: `tbt train`."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.bundle import KIND, Bundle
from classifier.counts import Counts
from classifier.training import calibrate, corpus, counts, data, english, figures, meaning, notices, votes
from config import taxonomy

log = logging.getLogger(__name__)

_NOTICES = 390_000
_STEPS = {"votes": 1800, "meaning": 3600, "english": 3500}
# What each part counts in a notice, and in a bare phrase.
_MIX = {"grams": [0.7, 0.0], "counts": [0.1, 0.65], "meaning": [0.4, 0.35], "english": [0.6, 0.4]}
_SPARSE, _SPARSE_HELD = 40, 10  # one row of so many in a trial
_SHORT = 2000  # held-out phrases that keep short texts honest


def train(
    phrases: Path,
    out: Path,
    *,
    judged: Sequence[Mapping[str, Any]],
    decisions: Sequence[data.Row] = (),
    base: Path | None = None,
    seed: int = 1,
    short: bool = False,
) -> None:
    """Learn from labelled phrases, our terms, made-up notices and decisions; write a model into `out`.

    `judged` notices set only the few weights that join model, terms and codes; those in even places do, the
    others measure (figures.json). `base` is a directory with an English sentence encoder; without it there is
    no English part. `short` is a trial of some minutes: few rows, few steps, a poor model.
    """
    share = 1 / _SPARSE if short else 1.0
    out.mkdir(parents=True, exist_ok=True)
    learned, held = data.phrases(phrases)
    rows = [*learned, *data.terms(), *decisions]
    if short:
        rows, held = rows[::_SPARSE], held[::_SPARSE_HELD]
    maker = notices.Maker(learned, seed)
    rows += [maker.one() for _ in range(int(_NOTICES * share))]
    log.info("training rows=%d held_out=%d", len(rows), len(held))
    steps = {name: int(number * share) + 1 for name, number in _STEPS.items()}
    _of_ngrams(rows, held, out, base, steps=steps, seed=seed)
    if base:
        english.fit(rows, base, out, steps=steps["english"], seed=seed, tell=log.info)
    _configure(out, judged[::2], [row for row in held if data.tuning(row)], english=base is not None)
    figures.write(out, judged[1::2], [row for row in held if not data.tuning(row)])


def _of_ngrams(
    rows: Sequence[data.Row],
    held: Sequence[data.Row],
    out: Path,
    base: Path | None,
    *,
    steps: Mapping[str, int],
    seed: int,
) -> None:
    """The three parts that read n-grams."""
    corpus.save(out / "grams.npz", votes.fit(rows, steps=steps["votes"], seed=seed, tell=log.info))
    read = corpus.read(rows, log.info)
    counted = counts.table(rows, read)
    corpus.save(out / "counts.npz", counted)
    tuning = [row for row in held if data.tuning(row)]
    if tuning:
        corpus.save(out / "counts.npz", counted | counts.fit(Counts(out / "counts.npz"), tuning))
    texts = [row.text for row in rows if row.language == "en" and row.source != "notice"]
    vectors = english.directions(texts, base, log.info) if base else {}
    made = meaning.fit(rows, read, vectors, steps=steps["meaning"], seed=seed, tell=log.info)
    corpus.save(out / "meaning.npz", made)


def _configure(
    out: Path, judged: Sequence[Mapping[str, Any]], held: Sequence[data.Row], *, english: bool
) -> None:
    codes = list(taxonomy.sectors())
    config: dict[str, Any] = {
        "model_type": KIND,
        "version": "2",
        "id2label": {str(number): code for number, code in enumerate(codes)},
        "label2id": {code: number for number, code in enumerate(codes)},
        "mix": {name: share for name, share in _MIX.items() if english or name != "english"},
        "longest": 128,
        "blend": {},
    }
    path = out / "config.json"
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
    step = max(1, len(held) // _SHORT)
    phrases = [{"title": row.text, "sectors": [codes[n] for n in row.sectors]} for row in held[::step]]
    config["blend"] = calibrate.calibrate(judged, phrases, Bundle(out).score)
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
