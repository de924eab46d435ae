"""Models that others made: a directory or hub id with a sequence classifier fine-tuned to our sectors.

Needs torch (`pip install .[train]`); the bundled model does not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.bundle import Scores, Votes, WrongModel, check_labels, digest, log_softmax
from config import taxonomy

_TOGETHER = 16
_LONGEST = 256
# One such model is not known beforehand: its scores weigh as those of our own do.
_BLEND = {
    "weights": [0.8, 0.4, 0.8, 1.7, 1.5, 0.0, 1.0, 0.6],
    "bias": -1.1,
    "threshold": 0.4,
    "first": 0.25,
    "sure": 0.5,
}


def directory(where: str) -> Path:
    """The directory named, or that of the hub id, fetched at first use. Raises OSError if there is none."""
    path = Path(where)
    if path.is_dir():
        return path
    if path.is_absolute() or where.startswith(".") or where.count("/") > 1:
        raise FileNotFoundError(f"{where}: no such directory")
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (heavy, and only for hub ids)

    return Path(snapshot_download(where))


class Foreign:
    """A sequence classifier of transformers. Raises WrongModel if its labels are not our sectors."""

    votes: Votes | None = None
    blend: Mapping[str, Any] = _BLEND

    def __init__(self, where: Path) -> None:
        from transformers import (  # noqa: PLC0415  (heavy: only who names such a model pays)
            AutoConfig,
            AutoModelForSequenceClassification,
            AutoTokenizer,
        )

        config = AutoConfig.from_pretrained(where)
        labels = [config.id2label[number] for number in range(len(config.id2label))]
        ours = list(taxonomy.sectors())
        check_labels(where / "config.json", labels, order=False)
        self._order = [labels.index(code) for code in ours]
        try:
            self._model = AutoModelForSequenceClassification.from_pretrained(where).eval()
        except ImportError as error:
            raise WrongModel(f"{where}: needs torch: pip install 'tbt-early-warning[train]'") from error
        self._tokenizer = AutoTokenizer.from_pretrained(where)
        self.version = digest(where)

    def score(self, texts: Sequence[str]) -> Scores:
        """One row a text, one column a sector; a row adds up to 1."""
        import torch  # noqa: PLC0415

        rows = []
        for start in range(0, len(texts), _TOGETHER):
            batch = self._tokenizer(
                list(texts[start : start + _TOGETHER]),
                padding=True,
                truncation=True,
                max_length=_LONGEST,
                return_tensors="pt",
            )
            with torch.inference_mode():
                rows.append(self._model(**batch).logits.float().numpy()[:, self._order])
        logits = np.concatenate(rows) if rows else np.zeros((0, len(self._order)), np.float32)
        return np.asarray(np.exp(log_softmax(logits)), np.float32) if len(logits) else logits
