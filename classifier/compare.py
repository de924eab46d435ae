"""A challenger beside the model in use (the champion), on the same judged notices.

Shares carry their Wilson interval; differences one by bootstrap over the notices (a thousand draws, fixed
seed), so that the same notices give the same answer. Nothing here switches anything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.classify import classify_many
from classifier.evaluate import is_right, record_of
from classifier.intervals import wilson
from classifier.records import Result

if TYPE_CHECKING:
    from classifier.model import Model

Figures = dict[str, Any]
Counts = NDArray[np.float64]

DRAWS = 1000
ENOUGH = 30  # notices of a language or sector below which nothing is concluded
_COLUMNS = 4  # right first, hit, wrong, missed: of the champion, then of the challenger


def compare(
    judged: Iterable[Mapping[str, Any]], champion: "Model", challenger: "Model", *, use_codes: bool = True
) -> Figures:
    """Figures of both over rows with the judged `sectors`: `whole`, and by `languages` and `sectors`.

    A notice counts in each of its judged sectors.
    """
    kept = list(judged)
    records = [record_of(row, use_codes) for row in kept]
    results = [list(classify_many(records, use_codes=use_codes, using=one)) for one in (champion, challenger)]
    counts = np.array(
        [
            [*_counted(row["sectors"], mine), *_counted(row["sectors"], theirs)]
            for row, mine, theirs in zip(kept, *results, strict=True)
        ],
        np.float64,
    ).reshape(len(kept), 2 * _COLUMNS)
    languages = [row.get("language") or one.language for row, one in zip(kept, results[0], strict=True)]
    return {
        "whole": figures(counts),
        "languages": _strata(counts, sorted(set(languages)), lambda n, code: languages[n] == code),
        "sectors": _strata(
            counts,
            sorted({code for row in kept for code in row["sectors"]}),
            lambda n, code: code in kept[n]["sectors"],
        ),
    }


def _counted(judged: Sequence[str], result: Result) -> list[float]:
    tags = {one.code for one in result.sectors}
    right = set(judged)
    return [float(is_right(judged, result)), len(tags & right), len(tags - right), len(right - tags)]


def _strata(counts: Counts, codes: Sequence[str], belongs: Callable[[int, str], bool]) -> dict[str, Figures]:
    return {
        code: figures(counts[[number for number in range(len(counts)) if belongs(number, code)]])
        for code in codes
    }


def _f1(sums: Counts) -> Counts:
    hit, wrong, missed = sums[..., 1], sums[..., 2], sums[..., 3]
    return np.asarray(2 * hit / np.maximum(2 * hit + wrong + missed, 1.0), np.float64)


def figures(counts: Counts) -> Figures:
    """Both models on some notices, and the difference with its interval."""
    n = len(counts)
    if not n:
        return {"n": 0, "verdict": "few"}
    parts = {"champion": counts[:, :_COLUMNS], "challenger": counts[:, _COLUMNS:]}
    found: Figures = {"n": n}
    for name, part in parts.items():
        right = float(part[:, 0].sum())
        low, high = wilson(right, n)
        found[name] = {
            "right_first": round(right / n, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "micro_f1": round(float(_f1(part.sum(axis=0))), 4),
        }
    draws = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(np.float64)
    drawn = [draws @ part for part in parts.values()]
    found["difference"] = {
        "right_first": _spread((drawn[1][:, 0] - drawn[0][:, 0]) / n, found, "right_first"),
        "micro_f1": _spread(_f1(drawn[1]) - _f1(drawn[0]), found, "micro_f1"),
    }
    found["verdict"] = verdict(found)
    return found


def _spread(draws: Counts, found: Figures, name: str) -> dict[str, float]:
    low, high = np.percentile(draws, [2.5, 97.5])
    by = found["challenger"][name] - found["champion"][name]
    return {"by": round(by, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def verdict(one: Figures) -> str:
    """`better` or `worse` where the whole interval of a difference says so, else `even`; or too `few`."""
    if one["n"] < ENOUGH:
        return "few"
    sides = [one["difference"][name] for name in ("right_first", "micro_f1")]
    if any(side["high"] < 0 for side in sides):
        return "worse"
    return "better" if any(side["low"] > 0 for side in sides) else "even"


def worse(found: Figures) -> list[str]:
    """Languages and sectors with notices enough in which the challenger does worse."""
    strata = {**found["languages"], **found["sectors"]}
    return [code for code, one in strata.items() if one["verdict"] == "worse"]
