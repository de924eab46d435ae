"""Count how often each n-gram stood for each sector, and fit what each kind of n-gram counts."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from classifier import known
from classifier.counts import STEP, Counts
from classifier.grams import KINDS, grams
from classifier.training.corpus import Corpus, slices
from classifier.training.data import Row, targets, weights
from config import taxonomy

_DOUBT = 0.3  # pseudo-count of an n-gram
_MOST = 5.0  # what one row counts at most
_BITS = np.uint64(5)  # that hold the number of a sector
_RIDGE, _RIDGE_BIAS = 1e-3, 0.1

Parts = dict[str, NDArray[np.generic]]


def table(rows: Sequence[Row], corpus: Corpus) -> Parts:
    """For every n-gram the sectors it stood for, and how clearly it speaks for them."""
    share = np.minimum(weights(rows) * len(rows), _MOST).astype(np.float32)
    sector = np.array([row.sectors[0] for row in rows], np.uint8)
    of_row = np.repeat(np.arange(len(rows), dtype=np.int32), corpus.sizes)
    parts = []
    for here in slices(corpus.keys):
        mine = of_row[here]
        pairs = (known.short(corpus.keys[here]).astype(np.uint64) << _BITS) | sector[mine]
        each, place = np.unique(pairs, return_inverse=True)
        parts.append((each, np.bincount(place, weights=share[mine])))
    found, count = (np.concatenate(one) for one in zip(*parts, strict=True))
    sectors = (found & np.uint64((1 << int(_BITS)) - 1)).astype(np.uint8)
    usual = np.bincount(sectors, weights=count, minlength=len(taxonomy.sectors())) / count.sum()
    clear = np.log1p(count / (_DOUBT * usual[sectors]))
    keys, sizes = np.unique((found >> _BITS).astype(np.uint32), return_counts=True)
    return {
        "keys": known.gaps(keys),
        "sizes": sizes.astype(np.uint8),
        "sectors": sectors,
        "clear": np.clip(np.round(clear / STEP), 1, 255).astype(np.uint8),
        "weights": np.full(2 * len(KINDS), 0.2, np.float32),
        "bias": np.zeros(len(taxonomy.sectors()), np.float32),
    }


def fit(counts: Counts, rows: Sequence[Row]) -> Parts:
    """What each kind of n-gram counts, and a bias, from rows not counted; every language counts alike."""
    said = torch.from_numpy(np.stack([counts.groups(grams(row.text)) for row in rows]))
    wanted = torch.from_numpy(targets(rows))
    often = Counter(row.language for row in rows)
    share = torch.tensor([1 / often[row.language] / len(often) for row in rows], dtype=torch.float32)
    kinds = torch.full((said.shape[1],), 0.1, requires_grad=True)
    bias = torch.zeros(said.shape[2], requires_grad=True)
    learner = torch.optim.LBFGS([kinds, bias], max_iter=80)

    def loss() -> torch.Tensor:
        learner.zero_grad()
        chance = (torch.einsum("rks,k->rs", said, kinds) + bias).log_softmax(1)
        missed = -(chance * wanted).sum(1) @ share + _RIDGE * kinds.square().sum()
        missed = missed + _RIDGE_BIAS * bias.square().sum()
        missed.backward()
        return missed

    learner.step(loss)
    return {"weights": kinds.detach().numpy(), "bias": bias.detach().numpy()}
