"""The deep half for every language: sub-word vectors, self-attention, and one attention a sector.

It learns the sectors, and beside them what else is known of a row: the fine class its code stands in, and the
vector that an English sentence encoder gives the English words of the same code. Both are left behind.
"""

import random as chance
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn import functional

from classifier.training.data import Row, targets, weights

PIECES = 40_000
WIDTH = 256
_LONGEST = 256
_TOGETHER = 4096  # pieces of a batch
_DROPPED = 0.04  # pieces left out at random
_SMOOTH = 0.03
_BESIDE = 0.3  # weight of the fine classes


class Layer(nn.Module):
    """Self-attention and a feed-forward part, each added to what came in; at first they add nothing."""

    def __init__(self, width: int, heads: int, inner: int, drop: float) -> None:
        super().__init__()
        self.h, self.p = heads, drop
        self.n1, self.qkv, self.o = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.n2, self.a, self.b = nn.LayerNorm(width), nn.Linear(width, inner), nn.Linear(inner, width)
        nn.init.zeros_(self.o.weight)
        nn.init.zeros_(self.b.weight)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """One layer over a batch of pieces."""
        rows, pieces, width = x.shape
        parts = self.qkv(self.n1(x)).view(rows, pieces, 3, self.h, width // self.h).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(*parts, attn_mask=mask[:, None, None, :])
        seen = self.o(seen.transpose(1, 2).reshape(rows, pieces, width))
        x = x + functional.dropout(seen, self.p, self.training)
        inner = self.b(functional.gelu(self.a(self.n2(x)), approximate="tanh"))
        return x + functional.dropout(inner, self.p, self.training)


class Student(nn.Module):
    """Piece numbers (0: padding) to logits, and the vector from which the side tasks are learned."""

    def __init__(self, pieces: int, sectors: int, layers: int = 1, drop: float = 0.1) -> None:
        super().__init__()
        self.p = drop
        self.emb = nn.Embedding(pieces, WIDTH, sparse=True)
        nn.init.normal_(self.emb.weight, 0, 0.05)
        self.pos = nn.Parameter(torch.randn(_LONGEST, WIDTH) * 0.01)
        self.n0, self.n = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Layer(WIDTH, 4, 3 * WIDTH, drop) for _ in range(layers))
        self.q, self.v, self.u = nn.Linear(WIDTH, sectors), nn.Linear(WIDTH, sectors), nn.Linear(256, sectors)
        self.t1, self.t2 = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, 256)

    def read(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and the vector of the whole text."""
        mask = ids != 0
        x = functional.dropout(self.n0(self.emb(ids) + self.pos[: ids.shape[1]]), self.p, self.training)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.n(x)
        attention = self.q(x).masked_fill(~mask[..., None], -1e4).softmax(1)
        here = mask[..., None].float()
        mean = (x * here).sum(1) / here.sum(1)
        whole = self.t2(functional.gelu(self.t1(mean), approximate="tanh"))
        whole = functional.dropout(functional.gelu(whole, approximate="tanh"), self.p, self.training)
        return (attention * self.v(x)).sum(1) + self.u(whole), whole

    def forward(self, input_ids: Tensor) -> Tensor:
        """Logits alone."""
        return self.read(input_ids)[0]


def tokenizer(rows: Sequence[Row], path: Path, seed: int, pieces: int = PIECES) -> None:
    """Learn sub-words from rows of every language, none of which fills the vocabulary."""
    shuffled = sorted(rows, key=lambda row: row.text)
    chance.Random(seed).shuffle(shuffled)  # noqa: S311  (no secret)
    left: dict[str, int] = {"zh": 1_600_000, "en": 2_000_000}
    sample = []
    for row in shuffled:
        language = "zh" if row.language == "zht" else row.language
        if left.setdefault(language, 700_000) > 0:
            sample.append(row.text[:300])
            left[language] -= len(sample[-1])
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="always"),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    made.decoder = decoders.Metaspace()
    made.train_from_iterator(
        sample,
        trainers.UnigramTrainer(
            vocab_size=pieces,
            special_tokens=["<pad>", "<unk>", "<s>", "</s>"],
            unk_token="<unk>",  # noqa: S106  (no password)
            max_piece_length=16,
            n_sub_iterations=2,
            shrinking_factor=0.7,
            show_progress=False,
        ),
    )
    made.save(str(path))


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


def _batches(
    rows: Sequence[Row], ladder: NDArray[np.float64], tokens: Tokenizer, random: np.random.Generator
) -> list[tuple[NDArray[np.intp], Tensor]]:
    """Some thousand drawn rows in batches of like length."""
    drawn = np.minimum(np.searchsorted(ladder, random.random(16384)), len(rows) - 1)
    pieces = [one.ids[:96] for one in tokens.encode_batch_fast([rows[n].text[:600] for n in drawn])]
    pieces = [[p for p in one if random.random() >= _DROPPED] or one or [1] for one in pieces]
    order = np.argsort([len(one) for one in pieces], kind="stable")
    groups: list[list[int]] = [[]]
    for number in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(pieces[number]) > _TOGETHER:
            groups.append([])
        groups[-1].append(int(number))
    found = []
    for group in groups:
        ids = np.zeros((len(group), max(2, *(len(pieces[n]) for n in group))), np.int64)
        for place, number in enumerate(group):
            ids[place, : len(pieces[number])] = pieces[number]
        found.append((drawn[group], torch.from_numpy(ids)))
    return [found[n] for n in random.permutation(len(found))]


def fit(
    rows: Sequence[Row],
    path: Path,
    *,
    steps: int,
    seed: int,
    rate: float = 2e-3,
    start: Student | None = None,
    tell: Callable[[str], None],
) -> Student:
    """A student of the rows, with the tokenizer at `path`; `start` goes on from an earlier one."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    plainly, mixed = Tokenizer.from_file(str(path)), Tokenizer.from_file(str(path))
    mixed.model.alpha = 0.5  # other ways to cut a word
    goal, ladder = targets(rows), np.cumsum(weights(rows))
    classes = {name: number for number, name in enumerate(sorted({fine(row) for row in rows}))}
    of_row = np.array([classes[fine(row)] if fine(row) else -1 for row in rows])
    student = start or Student(plainly.get_vocab_size(), goal.shape[1])
    side = nn.Linear(256, len(classes))
    dense = [p for name, p in student.named_parameters() if name != "emb.weight"] + [*side.parameters()]
    learners = [
        torch.optim.AdamW(dense, lr=rate, weight_decay=0.02, betas=(0.9, 0.98)),
        torch.optim.SparseAdam([student.emb.weight], lr=rate, betas=(0.9, 0.98)),
    ]
    student.train()
    step = 0
    while step < steps:
        for chosen, ids in _batches(rows, ladder, mixed if random.random() < 0.5 else plainly, random):
            for group in (group for learner in learners for group in learner.param_groups):
                group["lr"] = rate * min(1.0, (step + 1) / 200) * max(0.02, 1 - step / steps)
            said, whole = student.read(ids)
            wanted = torch.from_numpy(goal[chosen]) * (1 - _SMOOTH) + _SMOOTH / goal.shape[1]
            loss = -(functional.log_softmax(said, 1) * wanted).sum(1).mean()
            known = np.flatnonzero(of_row[chosen] >= 0)
            if len(known):
                named = side(whole[torch.from_numpy(known)])
                right = torch.from_numpy(of_row[chosen][known])
                loss = loss + _BESIDE * functional.cross_entropy(named, right, reduction="sum") / len(chosen)
            for learner in learners:
                learner.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(dense, 1.0)
            for learner in learners:
                learner.step()
            if step % 200 == 0:
                tell(f"student step={step} of={steps} loss={loss.item():.3f}")
            step += 1
            if step >= steps:
                break
    return student.eval()
