"""Our own model on disk: three readers of n-grams for every language, and a small transformer for English.

A directory holds `config.json`, `grams.npz`, and of the further parts those that the configuration
names: `counts.npz`, `meaning.npz`, and english.onnx with its tokenizer english.json, the `tokenizer.json`
of transformers. (It is opened with `tokenizers`, on which transformers stands: importing all of transformers
takes longer than the first answer may.)
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.counts import Counts
from classifier.grams import BUCKETS, Grams, fullness, grams, plain
from classifier.meaning import Meaning
from classifier.tongue import likely
from config import taxonomy
from config.errors import ConfigError

Scores = NDArray[np.float32]

KIND = "tbt-wide-and-deep"
_PARTS = (".json", ".safetensors", ".npz", ".onnx", ".bin", ".model", ".txt")


class WrongModel(ConfigError):
    """A model was made for other sectors than ours."""


def log_softmax(logits: Scores) -> Scores:
    """Logarithms of the shares of each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    shares: Scores = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shares


@dataclass(frozen=True, slots=True)
class Votes:
    """The wide part: one small number a bucket and sector, added up over the n-grams of a text."""

    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, found: Grams) -> NDArray[np.float32]:
        """What the n-grams of one plain text say of each sector."""
        buckets = found.buckets
        total = self.table[buckets].sum(axis=0, dtype=np.int32) * self.scale
        return np.asarray(total / np.sqrt(max(len(buckets), 1)) + self.bias, np.float32)

    def shares(self, found: Grams, sector: int) -> NDArray[np.float32]:
        """How much each n-gram speaks for one sector rather than for the others."""
        rows = self.table[found.buckets].astype(np.float32) * self.scale
        return np.asarray(rows[:, sector] - rows.mean(axis=1), np.float32)


class Encoder:
    """A transformer in onnxruntime, and its tokenizer."""

    def __init__(self, where: Path, name: str, longest: int) -> None:
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  (heavy: at first use)
        from tokenizers import Tokenizer  # noqa: PLC0415

        options = SessionOptions()
        options.intra_op_num_threads = 2
        options.enable_cpu_mem_arena = False  # else texts of every length leave their buffers behind
        self._session = InferenceSession(
            str(where / f"{name}.onnx"),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
        self._tokenizer = Tokenizer.from_file(str(where / f"{name}.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._longest = longest

    def logits(self, texts: Sequence[str]) -> Scores:
        """One row a plain text. Each goes alone: in int8 a text's neighbours would change its score."""
        found = np.zeros((len(texts), len(taxonomy.sectors())), np.float32)
        for number, one in enumerate(self._tokenizer.encode_batch_fast(list(texts))):
            pieces = one.ids[: self._longest]
            pieces += [0] * (2 - len(pieces))
            found[number] = self._session.run(["logits"], {"input_ids": np.array([pieces], np.int64)})[0][0]
        return found


class Bundle:
    """A model of our own format. Raises WrongModel if it was made for other sectors."""

    def __init__(self, where: Path) -> None:
        config = _config(where)
        self.version = f"{config.get('version', '0')}-{digest(where)}"
        self.blend: Mapping[str, Any] = config["blend"]
        # What each part counts in a notice, and in a bare phrase.
        self._mix: dict[str, tuple[float, float]] = {n: (a, b) for n, (a, b) in config["mix"].items()}
        with np.load(where / "grams.npz") as parts:
            self.votes = Votes(parts["table"], parts["scale"], parts["bias"])
        if self.votes.table.shape != (BUCKETS, len(taxonomy.sectors())):
            raise WrongModel(f"{where}: grams.npz has the shape {self.votes.table.shape}")
        self._readers: dict[str, Votes | Counts | Meaning] = {"grams": self.votes}
        for name, reader in (("counts", Counts), ("meaning", Meaning)):
            if name in self._mix:
                with np.load(where / f"{name}.npz") as parts:
                    self._readers[name] = reader(parts)
        longest = int(config.get("longest", 128))
        self._english = Encoder(where, "english", longest) if "english" in self._mix else None

    def score(self, texts: Sequence[str]) -> Scores:
        """One row a text, one column a sector; a row adds up to 1."""
        plains = [plain(text).text.strip() for text in texts]
        full = np.array([fullness(text) for text in plains], np.float32)[:, None]
        logits = np.zeros((len(plains), len(taxonomy.sectors())), np.float32)
        if not plains:
            return logits
        found = [grams(text) for text in plains]
        for name, reader in self._readers.items():
            logits += self._share(name, full) * log_softmax(np.stack([reader.logits(one) for one in found]))
        chosen = [number for number, text in enumerate(plains) if self._english and _english(text)]
        if self._english and chosen:
            said = log_softmax(self._english.logits([plains[number] for number in chosen]))
            logits[chosen] += self._share("english", full[chosen]) * said
        return np.exp(log_softmax(logits)).astype(np.float32)

    def _share(self, name: str, full: Scores) -> Scores:
        notice, phrase = self._mix[name]
        return np.asarray(notice * full + phrase * (1 - full), np.float32)


def _english(text: str) -> bool:
    return "en" in likely(text)


def kind(where: Path) -> str:
    """The `model_type` a directory states. Raises OSError, ValueError or KeyError if it states none."""
    return str(json.loads((where / "config.json").read_text(encoding="utf-8"))["model_type"])


def _config(where: Path) -> dict[str, Any]:
    path = where / "config.json"
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    check_labels(path, list(config["id2label"].values()))
    return config


def check_labels(path: Path, labels: Sequence[str], *, order: bool = True) -> None:
    """Raises WrongModel that names the first label in which a model and our sectors differ."""
    ours = list(taxonomy.sectors())
    what = ""
    if strange := [one for one in labels if one not in ours]:
        what = f"{strange[0]!r} is no sector of ours"
    elif missing := [one for one in ours if one not in labels]:
        what = f"the sector {missing[0]!r} is missing"
    elif len(labels) > len(ours) or (order and list(labels) != ours):
        what = "the order of the sectors differs, or one stands twice"
    if what:
        raise WrongModel(f"{path}: the labels do not fit config/sectors.toml: {what}")


def digest(where: Path) -> str:
    """Changes whenever a file of the model does; what is told of it (figures, a card) is no part of it."""
    found = hashlib.sha256()
    for path in sorted(where.iterdir()):
        if path.is_file() and path.suffix in _PARTS and path.name != "figures.json":
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
