"""Notices a second: `tbt classify` beside a transformers pipeline with a model of XLM-R-base's size.

Run: python bench/speed.py NOTICES.jsonl   (needs the train extra; the peer's weights are random: speed only)
"""

import json
import sys
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import (
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    pipeline,
)

from classifier.classify import classify_many
from classifier.evaluate import rows
from classifier.model import BUNDLED
from classifier.records import Record

_FEW = 40  # notices for the slow one


def records(path: Path) -> list[Record]:
    return [
        Record(number, row.get("title") or "", row.get("text") or "", row.get("products") or "")
        for number, row in enumerate(rows(path))
    ]


def ours(notices: list[Record]) -> float:
    list(classify_many(notices[:32]))
    start = time.perf_counter()
    list(classify_many(notices))
    return len(notices) / (time.perf_counter() - start)


def peer(notices: list[Record]) -> float:
    torch.set_num_threads(2)
    config = XLMRobertaConfig(
        vocab_size=250_002, num_labels=32, max_position_embeddings=514, type_vocab_size=1
    )
    tokens = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_file(str(BUNDLED / "english.json")),
        pad_token="[PAD]",
        unk_token="[UNK]",
        model_max_length=512,
    )
    model = XLMRobertaForSequenceClassification(config).eval()
    made = pipeline("text-classification", model=model, tokenizer=tokens, device="cpu", top_k=None)
    texts = ["\n".join(text for _, text in one.fields() if text) for one in notices[:_FEW]]
    made(texts[:2])
    start = time.perf_counter()
    made(texts, batch_size=16, truncation=True)
    return len(texts) / (time.perf_counter() - start)


def main() -> None:
    notices = records(Path(sys.argv[1]))
    mine, theirs = ours(notices), peer(notices)
    print(json.dumps({"ours": round(mine, 1), "peer": round(theirs, 1), "ratio": round(mine / theirs, 1)}))


if __name__ == "__main__":
    main()
