"""Models that others made: a directory or hub id with a sequence classifier fine-tuned to our sectors.

Needs torch (`pip install .[train]`); the bundled model does not.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.bundle import Scores, Votes, WrongModel, check_labels, digest, log_softmax
from config import taxonomy

_LONGEST = 512  # tokens in one go, unless the model takes fewer; what is longer goes in several
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
        if all(re.fullmatch(r"LABEL_\d+", label) for label in labels):  # what transformers calls them unasked
            raise WrongModel(
                f"{where}: was not fine-tuned to our sectors; an encoder is for: tbt train --base"
            )
        check_labels(where / "config.json", labels, order=False)
        self._order = [labels.index(code) for code in ours]
        try:
            self._model = AutoModelForSequenceClassification.from_pretrained(where).eval()
        except ImportError as error:
            raise WrongModel(f"{where}: needs torch: pip install 'tbt-early-warning[train]'") from error
        self._tokenizer = AutoTokenizer.from_pretrained(where)
        most = int(getattr(config, "max_position_embeddings", _LONGEST))
        # RoBERTa and its kin number positions from behind the padding token.
        self._longest = min(_LONGEST, most - 2, self._tokenizer.model_max_length)
        self.version = digest(where)

    def score(self, texts: Sequence[str]) -> Scores:
        """One row a text, one column a sector; a row adds up to 1.

        Each text goes alone, so that its neighbours change nothing; a long one in parts, whose mean counts.
        """
        import torch  # noqa: PLC0415

        logits = np.zeros((len(texts), len(self._order)), np.float32)
        for number, text in enumerate(texts):
            parts = self._tokenizer(
                text.encode("utf-8", "replace").decode("utf-8"),  # half characters are no text
                padding=True,
                truncation=True,
                max_length=self._longest,
                return_overflowing_tokens=True,
                return_tensors="pt",
            )
            parts.pop("overflow_to_sample_mapping", None)
            with torch.inference_mode():
                found = self._model(**parts).logits.float().mean(dim=0).numpy()
            logits[number] = found[self._order]
        return np.asarray(np.exp(log_softmax(logits)), np.float32) if len(logits) else logits
