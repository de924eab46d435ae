"""The part for English: a pretrained sentence encoder, kept as it is, with a head for our sectors.

The encoder is shrunk first, and the head learns from what the shrunk one says. Rows of other languages in
Latin letters teach it to doubt what it cannot read.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from classifier.training import export
from classifier.training.data import Row, targets, weights
from config.errors import ConfigError

_LATIN = frozenset(
    "cs da de es et fi fr hr hu id it lt lv mt nb nl pl pt ro sk sl sv tr vi".split()  # noqa: SIM905  (a list)
)
_ENGLISH, _OTHERS = 56_000, 18_000  # rows to learn from
_LONGEST = 128
_TAUGHT = 32  # pieces of a text whose vector others learn
_BATCH = 512
_RATE = 1.5e-3
_SMOOTH = 0.03

Floats = NDArray[np.float32]


class BadBase(ConfigError):
    """No encoder to learn on can be read where one was named."""


class Vector(nn.Module):
    """The mean of a sentence encoder's last layer, one long."""

    def __init__(self, encoder: nn.Module, padding: int = 0) -> None:
        super().__init__()
        self.encoder, self.padding = encoder, padding

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return int(self.encoder.config.hidden_size)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Vectors of a batch of piece numbers."""
        mask = input_ids != self.padding
        states = self.encoder(input_ids=input_ids, attention_mask=mask.long()).last_hidden_state
        here = mask[..., None].float()
        mean = (states * here).sum(1) / here.sum(1)
        return mean / mean.norm(dim=1, keepdim=True)


class Head(nn.Module):
    """Vectors to logits."""

    def __init__(self, mean: Floats, sectors: int) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.from_numpy(mean), requires_grad=False)
        self.a, self.b = nn.Linear(len(mean), len(mean)), nn.Linear(len(mean), sectors)
        self.c = nn.Linear(len(mean), sectors)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch of vectors."""
        x = functional.dropout((x - self.m) * 16, 0.1, self.training)
        inner = functional.gelu(self.a(x), approximate="tanh")
        return self.b(functional.dropout(inner, 0.3, self.training)) + self.c(x)


def vectors(texts: Sequence[str], model: Path, tokens: Tokenizer) -> Floats:
    """What the shrunk encoder says of each text, one at a time as it will when it is used."""
    from onnxruntime import InferenceSession  # noqa: PLC0415  (heavy)

    session = InferenceSession(str(model), providers=["CPUExecutionProvider"])
    found = []
    for one in tokens.encode_batch_fast(list(texts)):
        ids = np.array([one.ids[:_LONGEST]], np.int64)
        found.append(session.run(None, {"input_ids": ids})[0][0])
    return np.stack(found).astype(np.float32)


def directions(texts: Sequence[str], base: Path, tell: Callable[[str], None], together: int = 64) -> Floats:
    """What the encoder in the directory `base` says of each of the texts, in full precision: a row a text."""
    tokens, encoder = opened(base)
    pieces = [one.ids[:_TAUGHT] for one in tokens.encode_batch_fast([text[:300] for text in texts])]
    order = np.argsort([len(one) for one in pieces], kind="stable")
    found = np.zeros((len(texts), encoder.width), np.float32)
    encoder.eval()
    for start in range(0, len(order), together):
        chosen = order[start : start + together]
        ids = np.full((len(chosen), max(len(pieces[n]) for n in chosen)), encoder.padding, np.int64)
        for place, number in enumerate(chosen):
            ids[place, : len(pieces[number])] = pieces[number]
        with torch.inference_mode():
            found[chosen] = encoder(torch.from_numpy(ids)).numpy()
        if start % (together * 100) == 0:
            tell(f"english text={start} of={len(texts)}")
    return found


def opened(base: Path) -> tuple[Tokenizer, Vector]:
    """The tokenizer and the encoder of a directory. Raises BadBase that says what it lacks."""
    from transformers import AutoModel  # noqa: PLC0415  (heavy)

    try:
        tokens = Tokenizer.from_file(str(base / "tokenizer.json"))
        whole = AutoModel.from_pretrained(base, attn_implementation="eager")
    except Exception as error:  # tokenizers and transformers raise what they like
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadBase(
            f"{base}: no encoder to learn on: it needs config.json, tokenizer.json and weights ({words})"
        ) from error
    tokens.no_padding()
    tokens.no_truncation()
    if getattr(whole, "pooler", None) is not None:
        whole.pooler = None  # no part of the mean
    return tokens, Vector(whole, int(getattr(whole.config, "pad_token_id", None) or 0))


def drawn(rows: Sequence[Row], random: np.random.Generator) -> list[Row]:
    """English rows, and some of the other languages in Latin letters."""
    kept = []
    for wanted, most in ((frozenset({"en"}), _ENGLISH), (_LATIN, _OTHERS)):
        mine = [row for row in rows if row.language in wanted]
        chance = weights(mine)
        size = min(most, len(mine))
        kept += [mine[n] for n in random.choice(len(mine), size, replace=False, p=chance)]
    return kept


def fit(
    rows: Sequence[Row], base: Path, out: Path, *, steps: int, seed: int, tell: Callable[[str], None]
) -> None:
    """Write english.onnx and english.json into `out`, from the encoder in the directory `base`."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tokens, encoder = opened(base)
    whole, small = out / "whole.onnx", out / "small.onnx"
    export.write(encoder, whole)
    export.quantise(whole, small, heads=0)
    learned = drawn(rows, random)
    seen = vectors([row.text[:400] for row in learned], small, tokens)
    goal, ladder = targets(learned), np.cumsum(weights(learned))
    head = Head(seen.mean(axis=0), goal.shape[1])
    learner = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], weight_decay=0.02)
    head.train()
    for step in range(steps):
        for group in learner.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        chosen = np.minimum(np.searchsorted(ladder, random.random(_BATCH)), len(learned) - 1)
        said = head(torch.from_numpy(seen[chosen]) + torch.randn(len(chosen), seen.shape[1]) * 0.012)
        wanted = torch.from_numpy(goal[chosen]) * (1 - _SMOOTH) + _SMOOTH / goal.shape[1]
        loss = -(functional.log_softmax(said, 1) * wanted).sum(1).mean()
        learner.zero_grad()
        loss.backward()
        learner.step()
        if step % 500 == 0:
            tell(f"english step={step} of={steps} loss={loss.item():.3f}")
    export.write(nn.Sequential(encoder, head).eval(), whole)
    export.quantise(whole, small, heads=3)
    tokens.save(str(out / "english.json"), pretty=False)
    whole.unlink()
    small.replace(out / "english.onnx")
