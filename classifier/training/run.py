"""Train a model of our own format, with fixed seeds: `tbt train`."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.bundle import KIND, Bundle
from classifier.counts import Counts
from classifier.training import (
    calibrate,
    corpus,
    counts,
    data,
    english,
    figures,
    meaning,
    notices,
    parts,
    votes,
)
from classifier.training.parts import Parts
from config import taxonomy

log = logging.getLogger(__name__)

_NOTICES = 390_000
_REMEMBERED = 4  # of so many made-up notices one is read by the parts that remember single words
_STEPS = {"votes": 1800, "meaning": 3600, "english": 3500}
# What each part counts in a notice, and in a bare phrase.
_MIX = {"grams": [0.7, 0.0], "counts": [0.1, 0.65], "meaning": [0.4, 0.35], "english": [0.6, 0.4]}
_SPARSE, _SPARSE_HELD = 40, 10  # one row of so many in a trial
_TAUGHT = data.PARALLEL | {"hs", "ics", "cpsc", "term", "decision"}  # English rows whose meaning is learned
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
    no English part. `short` is a trial of some minutes: few rows, few steps, a poor model. Broken off, the
    same call goes on with the part that was not finished (see `classifier.training.parts`).
    """
    share = 1 / _SPARSE if short else 1.0
    learned, held = data.phrases(phrases)
    rows = [*learned, *data.terms(), *decisions]
    if short:
        rows, held = rows[::_SPARSE], held[::_SPARSE_HELD]
    maker = notices.Maker(learned, seed)
    rows += [maker.one() for _ in range(int(_NOTICES * share))]
    log.info("training rows=%d held_out=%d", len(rows), len(held))
    steps = {name: int(number * share) + 1 for name, number in _STEPS.items()}
    made = Parts(out, parts.name(rows, base, seed))
    vectors = _of_english(rows, made, base, steps=steps["english"], seed=seed) if base else {}
    _of_ngrams(rows, held, made, vectors, steps=steps, seed=seed)
    _configure(out, judged[::2], [row for row in held if data.tuning(row)], english=base is not None)
    figures.write(out, judged[1::2], [row for row in held if not data.tuning(row)])
    made.finish()


def _of_english(
    rows: Sequence[data.Row], made: Parts, base: Path, *, steps: int, seed: int
) -> dict[str, english.Floats]:
    """The English part; returns what its encoder says of English rows, for the others to learn from."""
    if not made.has("english.onnx"):
        english.fit(rows, base, made.where, steps=steps, seed=seed, tell=log.info)
    texts = list(dict.fromkeys(row.text for row in rows if row.language == "en" and row.source in _TAUGHT))
    if not made.has(parts.DIRECTIONS):
        made.save(parts.DIRECTIONS, {"directions": english.directions(texts, base, log.info)})
    with np.load(made.where / parts.DIRECTIONS) as found:
        return dict(zip(texts, found["directions"], strict=True))


def _of_ngrams(
    rows: Sequence[data.Row],
    held: Sequence[data.Row],
    made: Parts,
    vectors: Mapping[str, english.Floats],
    *,
    steps: Mapping[str, int],
    seed: int,
) -> None:
    """The three parts that read n-grams."""
    if all(made.has(f"{name}.npz") for name in ("grams", "counts", "meaning")):
        return
    read = corpus.read(rows, log.info)
    if not made.has("grams.npz"):
        made.save("grams.npz", votes.fit(rows, read, steps=steps["votes"], seed=seed, tell=log.info))
    made_up = sum(row.source == "notice" for row in rows)
    rows = rows[: len(rows) - made_up + made_up // _REMEMBERED]
    read = corpus.first(read, len(rows))
    if not made.has("counts.npz"):
        counted = counts.table(rows, read)
        if tuning := [row for row in held if data.tuning(row)]:
            counted |= counts.fit(Counts(counted), tuning)
        made.save("counts.npz", counted)
    if not made.has("meaning.npz"):
        learned = meaning.fit(rows, read, vectors, steps=steps["meaning"], seed=seed, tell=log.info)
        made.save("meaning.npz", learned)


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
