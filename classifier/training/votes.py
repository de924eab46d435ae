"""The wide part: a linear model over hashed n-grams, blended with plain counts, in few steps a weight."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from classifier.grams import BUCKETS, bucket
from classifier.training.corpus import Corpus
from classifier.training.data import Row, targets, weights
from config import taxonomy

_BATCH = 3072
_RATE = 0.02
_DROPPED = 0.25  # n-grams left out at random
_SMOOTH = 0.03
_COUNTS = 0.15  # what the counts weigh beside the learned weights
_STEPS = 16  # of a weight, either way: finer ones change no score that is seen, and pack worse
_DOUBT = 0.3  # pseudo-count of a bucket
_MOST = 5.0  # what one row counts at most

Floats = NDArray[np.float32]


def counted(every: NDArray[np.int32], corpus: Corpus, rows: Sequence[Row], often: Floats) -> Floats:
    """How much more likely each sector is where a bucket occurs, as logarithms."""
    sectors = len(taxonomy.sectors())
    first = np.array([row.sectors[0] for row in rows], np.int32)
    place = every * sectors + np.repeat(first, corpus.sizes)
    share = np.repeat(np.minimum(often, _MOST), corpus.sizes)
    table = np.bincount(place, weights=share, minlength=BUCKETS * sectors).reshape(BUCKETS, sectors)
    usual = table.sum(axis=0) / table.sum()
    chance = (table + _DOUBT * usual) / (table.sum(axis=1, keepdims=True) + _DOUBT)
    return np.asarray(np.log(chance) - np.log(usual), np.float32)


def fit(
    rows: Sequence[Row], corpus: Corpus, *, steps: int, seed: int, tell: Callable[[str], None]
) -> dict[str, Floats]:
    """The tensors of `grams.npz`: table, scale and bias."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    every, ends = bucket(corpus.keys), np.cumsum(corpus.sizes)
    goal, share = targets(rows), weights(rows)
    ladder = np.cumsum(share)
    bag = torch.nn.EmbeddingBag(BUCKETS, goal.shape[1], mode="sum")
    torch.nn.init.zeros_(bag.weight)
    bias = torch.nn.Parameter(torch.zeros(goal.shape[1]))
    learner = torch.optim.Adam([bag.weight, bias], lr=_RATE)
    for step in range(steps):
        for group in learner.param_groups:
            group["lr"] = _RATE * (min(1.0, step / 30) * (1 - step / steps) + 0.01)
        chosen = np.minimum(np.searchsorted(ladder, random.random(_BATCH)), len(rows) - 1)
        parts = [every[ends[n] - corpus.sizes[n] : ends[n]] for n in chosen]
        parts = [part[random.random(len(part)) >= _DROPPED] for part in parts]
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
    return packed(learned + _COUNTS * counted(every, corpus, rows, often), bias.detach().numpy())


def packed(table: Floats, bias: Floats) -> dict[str, Floats]:
    """Few steps a weight. What a bucket says of all sectors alike changes nothing and is taken out first."""
    table = table - table.mean(axis=1, keepdims=True)
    scale = np.asarray(np.maximum(np.quantile(np.abs(table), 0.9999, axis=0), 1e-9) / _STEPS, np.float32)
    small = np.clip(np.round(table / scale), -_STEPS, _STEPS).astype(np.int8)
    return {"table": small, "scale": scale, "bias": bias.astype(np.float32)}  # type: ignore[dict-item]
