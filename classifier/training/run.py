"""Train a model of our own format, with fixed seeds: `tbt train`."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from classifier.bundle import KIND, Bundle
from classifier.training import calibrate, data, english, export, notices, student, votes
from config import taxonomy

log = logging.getLogger(__name__)

_NOTICES = 390_000
_STEPS = {"votes": 1800, "student": 12_000, "english": 3500}
# What each part counts in a notice, and in a bare phrase.
_MIX = {"grams": [1.0, 1.0], "english": [0.5, 0.7], "encoder": [0.6, 0.1]}
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

    `judged` notices set only the few weights that join model, terms and codes. `base` is a directory with an
    English sentence encoder; without it there is no English part. `short` is a trial of some minutes.
    """
    share = 0.02 if short else 1.0
    out.mkdir(parents=True, exist_ok=True)
    learned, held = data.phrases(phrases)
    rows = [*learned, *data.terms(), *decisions]
    maker = notices.Maker(learned, seed)
    rows += [maker.one() for _ in range(int(_NOTICES * share))]
    log.info("training rows=%d held_out=%d", len(rows), len(held))
    save_file(
        votes.fit(rows, steps=int(_STEPS["votes"] * share) + 1, seed=seed, tell=log.info),
        out / "grams.safetensors",
    )
    student.tokenizer(rows, out / "encoder.json", seed)
    steps = int(_STEPS["student"] * share) + 1
    made = student.fit(rows, out / "encoder.json", steps=steps, seed=seed, tell=log.info)
    export.write(made, out / "encoder.onnx")
    export.shrink(out / "encoder.onnx")
    if base:
        english.fit(rows, base, out, steps=int(_STEPS["english"] * share) + 1, seed=seed, tell=log.info)
    _configure(out, judged, held, english=base is not None)


def _configure(
    out: Path, judged: Sequence[Mapping[str, Any]], held: Sequence[data.Row], *, english: bool
) -> None:
    codes = list(taxonomy.sectors())
    config: dict[str, Any] = {
        "model_type": KIND,
        "version": "1",
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
