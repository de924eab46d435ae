"""How well a model does on what it has not learned from: figures.json, by language and sector."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier import blend, rules
from classifier.bundle import Bundle
from classifier.intervals import wilson
from classifier.stream import from_row
from classifier.training import calibrate, data
from config import taxonomy

_TOGETHER = {"es": "es+fr", "fr": "es+fr", "en": "en", "zh": "zh"}
_MOST = 400  # phrases of a language
_FEW = 100  # phrases of a language that make a figure

Right = Sequence[bool]


def _share(name: str, right: Right) -> dict[str, Any]:
    count = sum(right)
    return {
        name: len(right),
        "right_first": round(count / len(right), 3) if right else None,
        "right_first_95": [round(end, 3) for end in wilson(count, len(right))],
    }


def _by(name: str, keys: Iterable[str], right: Right) -> dict[str, Any]:
    found: dict[str, list[bool]] = defaultdict(list)
    for key, one in zip(keys, right, strict=True):
        found[key].append(one)
    return {key: _share(name, found[key]) for key in sorted(found)}


def _spread(held: Sequence[data.Row]) -> list[data.Row]:
    """The same number of each language at most, spread over its codes."""
    found: dict[str, list[data.Row]] = defaultdict(list)
    for row in sorted(held, key=lambda row: (row.source, row.code)):
        found[row.language].append(row)
    kept = []
    for rows in found.values():
        kept += [rows[n] for n in np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).astype(int)]
    return kept


def _notices(judged: Sequence[Mapping[str, Any]], model: Bundle) -> dict[str, Any]:
    chances, wanted = calibrate.read(judged, model.score, use_codes=False)
    fitted = blend.probabilities(chances, model.blend["weights"], model.blend["bias"])
    judge, codes = blend.Judge(model.blend, model.votes), list(taxonomy.sectors())
    right, tags = [], []
    for number, row in enumerate(judged):
        record = calibrate.record(row, number, use_codes=False)
        _, fields = rules.languages(record)
        said = blend.merge(model.score(blend.windows(record)))
        labels, ranking, _ = judge.sectors(record, fields, said)
        right.append(ranking[0][0] in row["sectors"])
        tags.append(({one.code for one in labels}, set(row["sectors"])))
    groups = [_TOGETHER.get(row.get("language", ""), "others") for row in judged]
    found = {"all": _share("notices", right), **_by("notices", groups, right)}
    for name, one in found.items():
        mine = [tag for tag, group in zip(tags, groups, strict=True) if name in ("all", group)]
        hit = sum(len(given & named) for given, named in mine)
        one["micro_f1"] = round(2 * hit / max(sum(len(a) + len(b) for a, b in mine), 1), 3)
    return {
        "notices_without_codes": found,
        "notices_by_sector": _by("notices", [row["sectors"][0] for row in judged], right),
        "calibration_error": round(calibrate.expected_error(fitted, wanted), 3),
        "labels": len(codes),
    }


def _phrases(held: Sequence[data.Row], model: Bundle) -> dict[str, Any]:
    rows, codes = _spread(held), list(taxonomy.sectors())
    right = []
    for row in rows:
        record = from_row({"title": row.text}, 0)
        _, fields = rules.languages(record)
        judge = blend.Judge(model.blend, model.votes)
        _, ranking, _ = judge.sectors(record, fields, model.score([row.text])[0])
        right.append(ranking[0][0] in [codes[n] for n in row.sectors])
    found = _by("phrases", [row.language for row in rows], right)
    enough = [one["right_first"] for one in found.values() if one["phrases"] >= _FEW]
    return {
        "held_out_phrases": found,
        "held_out_phrases_by_sector": _by("phrases", [codes[row.sectors[0]] for row in rows], right),
        "held_out_phrases_mean": round(sum(enough) / max(len(enough), 1), 3),
    }


def write(out: Path, judged: Sequence[Mapping[str, Any]], held: Sequence[data.Row]) -> None:
    """Measure the model in `out` on judged notices and held-out phrases that set no weight of it."""
    model = Bundle(out)
    found = {
        "version": json.loads((out / "config.json").read_text(encoding="utf-8"))["version"],
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        **_notices(judged, model),
        **_phrases(held, model),
    }
    (out / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
