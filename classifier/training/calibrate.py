"""Fit the few weights that join model, terms and codes, on notices that people judged.

A logistic regression over all pairs of notice and sector: nothing else learns from judged notices, so that
few hundred suffice and the probabilities mean what they say.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import blend, rules
from classifier.records import Record
from classifier.stream import from_row
from config import taxonomy

Floats = NDArray[np.float64]
_CUT = ("title", "products", "text")


def fit(traits: Floats, right: Floats, ridge: float = 1.0) -> tuple[list[float], float]:
    """Weights and bias of a logistic regression, by Newton's method; the bias is not held small."""
    rows = np.concatenate([traits, np.ones((len(traits), 1))], axis=1)
    weights = np.zeros(rows.shape[1])
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 0.0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - right) + penalty * weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return [float(one) for one in weights[:-1]], float(weights[-1])


def record(row: Mapping[str, Any], number: int, *, use_codes: bool) -> Record:
    """A judged notice, with what was said of codes or without."""
    texts = {key: row.get(key if use_codes else f"{key}_without_codes", row.get(key)) for key in _CUT}
    codes = {"hs": row.get("hs"), "ics": row.get("ics")} if use_codes else {}
    return from_row({**texts, **codes}, number)


def read(rows: Sequence[Mapping[str, Any]], score: Any, *, use_codes: bool) -> tuple[Floats, Floats]:
    """Traits of every judged notice (notices, sectors, traits) and which sectors are right."""
    order = list(taxonomy.sectors())
    found, right = [], np.zeros((len(rows), len(order)))
    for number, row in enumerate(rows):
        one = record(row, number, use_codes=use_codes)
        _, fields = rules.languages(one)
        points = rules.weigh(fields)
        rules.state(one, points)
        said = blend.merge(score(blend.windows(one)))
        found.append(blend.traits(said, points, blend.size(fields)))
        right[number, [order.index(code) for code in row["sectors"]]] = 1
    return np.stack(found), right


def expected_error(chances: Floats, right: Floats, bins: int = 10) -> float:
    """Calibration error: how far stated probabilities are from what was right, over all that are not tiny."""
    seen = chances > 0.02
    place = np.clip((chances * bins).astype(int), 0, bins - 1)
    total = 0.0
    for number in range(bins):
        here = seen & (place == number)
        if here.any():
            total += abs(float(chances[here].mean() - right[here].mean())) * here.sum()
    return total / max(int(seen.sum()), 1)


def calibrate(
    notices: Iterable[Mapping[str, Any]], phrases: Iterable[Mapping[str, Any]], score: Any
) -> dict[str, Any]:
    """The part of a model's configuration that joins it with terms and codes.

    `notices` were judged by people; `phrases` were held out of training, and keep short texts honest.
    """
    kept = list(notices)
    alone, right = read(kept, score, use_codes=False)
    stated, _ = read(kept, score, use_codes=True)
    short, named = read(list(phrases), score, use_codes=False)
    every = np.concatenate([alone, stated, short]).reshape(-1, alone.shape[-1])
    weights, bias = fit(every, np.concatenate([right, right, named]).ravel())
    return {
        "weights": [round(one, 4) for one in weights],
        "bias": round(bias, 4),
        "threshold": 0.46,
        "first": 0.25,
        "sure": 0.5,
    }
