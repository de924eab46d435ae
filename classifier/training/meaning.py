"""Vectors of n-grams and a small network over them, learned towards what English sentences mean.

It learns the sectors, and beside them what else is known of a row: the fine class its code stands in, and the
vector that an English sentence encoder gives the English words of the same code. Both are left behind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifier import known
from classifier.grams import WORD
from classifier.training.corpus import Corpus, slices
from classifier.training.data import PARALLEL, Row, targets, weights

WIDTH, _INNER = 64, 384
# How often an n-gram of each kind must occur to have a vector; kinds not named have none.
_LEAST = {4: 12, 5: 12, 11: 2, 12: 5, 13: 5, WORD: 4}
_BATCH = 2048
_RATE, _RATE_TABLE = 2e-3, 3e-3
_DROPPED = 0.15  # n-grams left out at random
_DROP = 0.12  # of the network
_SMOOTH = 0.03
_BESIDE, _FINE_ROWS = 0.3, 512  # weight of the fine classes, and rows of a batch that learn them
_STEPS = 4  # of a number in the table, either way
_CLIP = 0.75  # of a vector's largest number, beyond which it is cut

Floats = NDArray[np.float32]


class Net(nn.Module):
    """The sum of the vectors to logits, and the layer from which the side tasks are learned."""

    def __init__(self, sectors: int, classes: int, taught: int) -> None:
        super().__init__()
        self.n = nn.LayerNorm(WIDTH)
        self.a, self.b = nn.Linear(WIDTH, _INNER), nn.Linear(_INNER, _INNER)
        self.o, self.l = nn.Linear(_INNER, sectors), nn.Linear(WIDTH, sectors)
        self.fine, self.taught = nn.Linear(_INNER, max(classes, 1)), nn.Linear(_INNER, max(taught, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and what the last layer holds."""
        x = functional.dropout(self.n(x), _DROP, self.training)
        inner = functional.gelu(self.a(x), approximate="tanh")
        more = self.b(functional.dropout(inner, _DROP, self.training))
        inner = inner + functional.gelu(more, approximate="tanh")
        inner = functional.dropout(inner, _DROP, self.training)
        return self.o(inner) + self.l(x), inner


class Table:
    """Vectors of the n-grams with an optimiser that touches only those of a batch."""

    def __init__(self, rows: int) -> None:
        self.all = torch.randn(rows, WIDTH) * 0.05
        self._mean, self._square = torch.zeros(rows, WIDTH), torch.zeros(rows, WIDTH)

    def some(self, rows: Tensor) -> Tensor:
        """Vectors of these rows, to learn."""
        self._rows, self._now = rows, self.all[rows].requires_grad_()
        return self._now

    def step(self, rate: float, number: int) -> None:
        """One step of Adam for the rows last asked for."""
        slope = self._now.grad
        if slope is None:
            return
        mean = self._mean[self._rows].mul_(0.9).add_(slope, alpha=0.1)
        square = self._square[self._rows].mul_(0.99).addcmul_(slope, slope, value=0.01)
        self._mean[self._rows], self._square[self._rows] = mean, square
        mean, square = mean / (1 - 0.9**number), square / (1 - 0.99**number)
        self.all[self._rows] = self._now.detach() - rate * mean / (square.sqrt() + 1e-8)


class Lists(NamedTuple):
    """The rows of the table that each text has."""

    keys: NDArray[np.uint32]
    places: NDArray[np.int32]
    starts: NDArray[np.int64]


def lists(corpus: Corpus) -> Lists:
    """Choose the n-grams that get a vector, and find them in every text."""
    least = np.full(256, np.iinfo(np.int32).max)
    least[list(_LEAST)] = list(_LEAST.values())
    places = np.full(len(corpus.keys), -1, np.int32)
    chosen: list[NDArray[np.uint32]] = []
    before = 0
    for here in slices(corpus.keys):
        here = here[np.isin(corpus.kinds[here], list(_LEAST))]
        keys, place, counts = np.unique(
            known.short(corpus.keys[here]), return_inverse=True, return_counts=True
        )
        kinds = np.zeros(len(keys), np.uint8)
        kinds[place] = corpus.kinds[here]
        often = counts >= least[kinds]
        places[here] = np.where(often, before + np.cumsum(often) - 1, -1)[place]
        chosen.append(keys[often])
        before += int(often.sum())
    of_row = np.repeat(np.arange(len(corpus.sizes), dtype=np.int32), corpus.sizes)[places >= 0]
    starts = np.concatenate(([0], np.cumsum(np.bincount(of_row, minlength=len(corpus.sizes)))))
    return Lists(np.concatenate(chosen), places[places >= 0], starts)


def fine(row: Row) -> str:
    """The class a row's code stands in, finer than a sector; empty: none."""
    if row.source == "shopify":
        return "shopify " + "-".join(row.code.split("-")[:2])
    if row.source in ("hs", "taric", "tnved", "ncm"):
        return "hs " + "".join(char for char in row.code if char.isdigit())[:4]
    if row.source == "cpv":
        return "cpv " + row.code[:4]
    if row.source in ("iso", "iec", "iso_abs", "iec_abs", "ics"):
        return "ics " + ".".join(row.code.split(";")[0].split(".")[:2])
    return ""


def taught(rows: Sequence[Row], vectors: Mapping[str, Floats]) -> tuple[Floats, NDArray[np.int64]]:
    """Directions of the English vectors, and for each row which of them is that of its code; -1: none."""
    place = {text: number for number, text in enumerate(vectors)}
    of_code = {
        (row.source, row.code): place[row.text]
        for row in rows
        if row.language == "en" and row.source in PARALLEL and row.text in place
    }
    chosen = [
        place.get(row.text, -1) if row.language == "en" else of_code.get((row.source, row.code), -1)
        for row in rows
    ]
    every = np.stack(list(vectors.values())) if vectors else np.zeros((1, 1), np.float32)
    every = every - every.mean(axis=0)
    every /= np.maximum(np.linalg.norm(every, axis=1, keepdims=True), 1e-9)
    return every, np.array(chosen)


class Aims(NamedTuple):
    """What is known of the rows: shares of sectors, fine class, and direction (-1: unknown)."""

    sectors: Tensor
    classes: NDArray[np.int64]
    directions: Tensor
    direction_of: NDArray[np.int64]


def aims(rows: Sequence[Row], vectors: Mapping[str, Floats]) -> Aims:
    """Everything that is learned of the rows."""
    names = [fine(row) for row in rows]
    numbers = {name: number for number, name in enumerate(sorted({*names} - {""}))}
    directions, direction_of = taught(rows, vectors)
    return Aims(
        torch.from_numpy(targets(rows)),
        np.array([numbers.get(name, -1) for name in names]),
        torch.from_numpy(directions),
        direction_of,
    )


def _sums(found: Lists, chosen: NDArray[np.intp], table: Table, random: np.random.Generator) -> Tensor:
    parts = [found.places[found.starts[n] : found.starts[n + 1]] for n in chosen]
    parts = [part[random.random(len(part)) >= _DROPPED] for part in parts]
    sizes = np.array([len(part) for part in parts])
    rows, place = np.unique(np.concatenate(parts), return_inverse=True)
    starts = torch.from_numpy(np.concatenate(([0], np.cumsum(sizes)[:-1])))
    total = functional.embedding_bag(
        torch.from_numpy(place), table.some(torch.from_numpy(rows)), starts, mode="sum"
    )
    return total / torch.from_numpy(np.sqrt(np.maximum(sizes, 1)).astype(np.float32))[:, None]


def _loss(net: Net, sums: Tensor, chosen: NDArray[np.intp], known_of: Aims) -> Tensor:
    said, inner = net(sums)
    wanted = known_of.sectors[chosen] * (1 - _SMOOTH) + _SMOOTH / known_of.sectors.shape[1]
    loss: Tensor = -(said.log_softmax(1) * wanted).sum(1).mean()
    classes = known_of.classes[chosen]
    if len(some := np.flatnonzero(classes >= 0)[:_FINE_ROWS]):
        named = functional.cross_entropy(net.fine(inner[some]), torch.from_numpy(classes[some]))
        loss = loss + _BESIDE * named
    directions = known_of.direction_of[chosen]
    if len(some := np.flatnonzero(directions >= 0)):
        near = functional.cosine_similarity(
            net.taught(inner[some]), known_of.directions[directions[some]], dim=1
        )
        loss = loss + (1 - near).sum() / len(chosen)
    return loss


def fit(
    rows: Sequence[Row],
    corpus: Corpus,
    vectors: Mapping[str, Floats],
    *,
    steps: int,
    seed: int,
    tell: Callable[[str], None],
) -> dict[str, NDArray[np.generic]]:
    """The parts of `meaning.npz`. `vectors`: what the English encoder says of English rows; may be empty."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    found, known_of, ladder = lists(corpus), aims(rows, vectors), np.cumsum(weights(rows))
    table = Table(len(found.keys))
    widths = known_of.sectors.shape[1], int(known_of.classes.max()) + 1, known_of.directions.shape[1]
    net = Net(*widths)
    learner = torch.optim.Adam(net.parameters(), lr=_RATE)
    net.train()
    for step in range(steps):
        pace = min(1.0, (step + 1) / 50) * max(0.02, 1 - step / steps)
        for group in learner.param_groups:
            group["lr"] = _RATE * pace
        chosen = np.minimum(np.searchsorted(ladder, random.random(_BATCH)), len(rows) - 1)
        loss = _loss(net, _sums(found, chosen, table, random), chosen, known_of)
        learner.zero_grad()
        loss.backward()
        learner.step()
        table.step(_RATE_TABLE * pace, step + 1)
        if step % 300 == 0:
            tell(f"meaning step={step} of={steps} loss={loss.item():.3f}")
    return packed(found.keys, table.all.numpy(), net)


def packed(keys: NDArray[np.uint32], table: Floats, net: Net) -> dict[str, NDArray[np.generic]]:
    """Few steps for a number of the table, to pack well; of the network all that the sectors need."""
    scale = np.maximum(np.abs(table).max(axis=1) * _CLIP / _STEPS, 1e-9).astype(np.float16)
    scale = np.maximum(scale, np.float16(1e-7))
    small = np.clip(np.round(table / scale[:, None].astype(np.float32)), -_STEPS, _STEPS).astype(np.int8)
    kept = {
        name: one.detach().numpy().astype(np.float16)
        for name, one in net.state_dict().items()
        if not name.startswith(("fine", "taught"))
    }
    return {"keys": known.gaps(keys), "table": small, "scale": scale, **kept}
