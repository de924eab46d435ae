"""The wide part: a linear model over hashed n-grams, blended with plain counts, in few steps a weight."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from classifier.grams import BUCKETS, grams
from classifier.training.data import Row, targets, weights
from config import taxonomy

_CUT = 260  # letters of a row that are learned from
_BATCH = 3072
_RATE = 0.02
_DROPPED = 0.25  # n-grams left out at random
_SMOOTH = 0.03
_COUNTS = 0.15  # what the counts weigh beside the learned weights
_STEPS = 16  # of a weight, either way: finer ones change no score that is seen, and pack worse
_DOUBT = 0.3  # pseudo-count of a bucket

Floats = NDArray[np.float32]


def buckets(rows: Sequence[Row], random: np.random.Generator) -> list[NDArray[np.int32]]:
    """The buckets of every row; of long texts sometimes a later part."""
    found = []
    for row in rows:
        late = len(row.text) > _CUT and random.random() < 0.4
        start = int(random.integers(0, len(row.text) - 200)) if late else 0
        found.append(grams(row.text[start : start + _CUT]).buckets)
    return found


def counted(every: Sequence[NDArray[np.int32]], rows: Sequence[Row], often: Floats) -> Floats:
    """How much more likely each sector is where a bucket occurs, as logarithms."""
    sectors = len(taxonomy.sectors())
    counts = np.zeros(BUCKETS * sectors, np.float64)
    for one, row, share in zip(every, rows, np.minimum(often, 5), strict=True):
        np.add.at(counts, one.astype(np.int64) * sectors + row.sectors[0], share)
    table = counts.reshape(BUCKETS, sectors)
    usual = table.sum(axis=0) / table.sum()
    chance = (table + _DOUBT * usual) / (table.sum(axis=1, keepdims=True) + _DOUBT)
    return np.asarray(np.log(chance) - np.log(usual), np.float32)


def fit(rows: Sequence[Row], *, steps: int, seed: int, tell: Callable[[str], None]) -> dict[str, Floats]:
    """The tensors of `grams.npz`: table, scale and bias."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    every, goal, share = buckets(rows, random), targets(rows), weights(rows)
    ladder = np.cumsum(share)
    bag = torch.nn.EmbeddingBag(BUCKETS, goal.shape[1], mode="sum")
    torch.nn.init.zeros_(bag.weight)
    bias = torch.nn.Parameter(torch.zeros(goal.shape[1]))
    learner = torch.optim.Adam([bag.weight, bias], lr=_RATE)
    for step in range(steps):
        for group in learner.param_groups:
            group["lr"] = _RATE * (min(1.0, step / 30) * (1 - step / steps) + 0.01)
        chosen = np.minimum(np.searchsorted(ladder, random.random(_BATCH)), len(rows) - 1)
        parts = [every[n][random.random(len(every[n])) >= _DROPPED] for n in chosen]
        sizes = np.array([len(part) for part in parts])
        starts = torch.from_numpy(np.concatenate(([0], np.cumsum(sizes)[:-1])))
        length = torch.from_numpy(np.sqrt(np.maximum(sizes, 1)).astype(np.float32))[:, None]
        said = bag(torch.from_numpy(np.concatenate(parts).astype(np.int64)), starts) / length + bias
        wanted = torch.from_numpy(goal[chosen]) * (1 - _SMOOTH) + _SMOOTH / goal.shape[1]
        loss = -(functional.log_softmax(said, 1) * wanted).sum(1).mean()
        learner.zero_grad()
        loss.backward()
        learner.step()
        if step % 100 == 0:
            tell(f"votes step={step} of={steps} loss={loss.item():.3f}")
    learned = bag.weight.detach().numpy()
    often = np.asarray(share * len(rows), np.float32)
    return packed(learned + _COUNTS * counted(every, rows, often), bias.detach().numpy())


def packed(table: Floats, bias: Floats) -> dict[str, Floats]:
    """Few steps a weight. What a bucket says of all sectors alike changes nothing and is taken out first."""
    table = table - table.mean(axis=1, keepdims=True)
    scale = np.asarray(np.maximum(np.quantile(np.abs(table), 0.9999, axis=0), 1e-9) / _STEPS, np.float32)
    small = np.clip(np.round(table / scale), -_STEPS, _STEPS).astype(np.int8)
    return {"table": small, "scale": scale, "bias": bias.astype(np.float32)}  # type: ignore[dict-item]
