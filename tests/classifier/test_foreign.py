"""Models that others made: fine-tuned to our sectors they decide, with other labels they are refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier import model
from classifier.bundle import WrongModel
from classifier.classify import classify, classify_many
from classifier.foreign import directory
from classifier.records import Record
from config import taxonomy

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "zorbles", "blimpo", "rules", "on"]
SMALL: dict[str, Any] = {
    "model_type": "bert",
    "architectures": ["BertForSequenceClassification"],
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 34,
}


def described(home: Path, labels: list[str]) -> Path:
    """A directory with the configuration and the tokenizer of a small classifier, without weights."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    home.mkdir()
    names = {str(number): code for number, code in enumerate(labels)}
    config = {**SMALL, "id2label": names, "label2id": {code: int(number) for number, code in names.items()}}
    (home / "config.json").write_text(json.dumps(config), encoding="utf-8")
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(home / "tokenizer.json"))
    (home / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"}
        ),
        encoding="utf-8",
    )
    return home


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A small classifier, its labels in another order, taught that zorbles are toys and blimpo is food."""
    torch = pytest.importorskip("torch", reason="torch belongs to the train extra")
    from transformers import AutoConfig, AutoModelForSequenceClassification

    labels = sorted(taxonomy.sectors(), reverse=True)
    home = described(tmp_path / "foreign", labels)
    torch.manual_seed(1)
    made = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(home))
    taught = [torch.tensor(rows) for rows in ([[2, 4, 3], [2, 5, 3]], [[2, 6, 7, 4, 3], [2, 6, 7, 5, 3]])]
    right = torch.tensor([labels.index("toys-children"), labels.index("food")])
    step = torch.optim.Adam(made.parameters(), lr=0.01)
    for number in range(120):
        rows = taught[number % 2]
        step.zero_grad()
        made(input_ids=rows, labels=right).loss.backward()
        step.step()
    made.eval().save_pretrained(home)
    return home


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda codes: [*codes[:-1], "weapons"], "'weapons' is no sector of ours"),
        (lambda codes: codes[:-1], "is missing"),
        (lambda codes: [*codes, codes[0]], "stands twice"),
        (lambda codes: ["LABEL_0", "LABEL_1"], "not fine-tuned to our sectors; .* tbt train --base"),
    ],
)
def test_labels_that_are_not_ours_are_refused_by_name(tmp_path, change, says):
    home = described(tmp_path / "foreign", change(list(taxonomy.sectors())))
    with pytest.raises(WrongModel, match=says):
        model.load(str(home))


def test_without_torch_it_is_said_what_to_install(tmp_path):
    try:
        import torch  # noqa: F401
    except ImportError:
        home = described(tmp_path / "foreign", list(taxonomy.sectors()))
        with pytest.raises(WrongModel, match=r"needs torch: pip install"):
            model.load(str(home))
    else:
        pytest.skip("torch is installed here")


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such directory"):
        directory(str(tmp_path / "nowhere"))


def test_its_scores_stand_under_our_sectors_alone_and_in_a_batch(trained):
    one = model.read(str(trained))
    texts = ["zorbles", "rules on blimpo", "", "zorbles " * 200, "\ud800 龘"]
    scores = one.score(texts)
    assert scores.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    codes = list(taxonomy.sectors())
    assert [codes[int(row.argmax())] for row in scores[:2]] == ["toys-children", "food"]
    assert np.array_equal(scores, np.concatenate([one.score([text]) for text in texts]))
    assert one.score([]).shape == (0, len(codes))


def test_the_end_of_a_text_longer_than_it_takes_is_not_lost(trained):
    one = model.read(str(trained))
    food = list(taxonomy.sectors()).index("food")
    before, after = one.score(["rules on " * 40, "rules on " * 40 + "blimpo " * 200])
    assert after[food] > before[food]


def test_it_classifies_as_our_own_does(trained, monkeypatch):
    monkeypatch.setattr(model, "current", lambda: model.load(str(trained)))
    records = [Record("1", title="Rules on zorbles"), Record("2", title="blimpo"), Record("3")]
    rows = [one.as_json() for one in classify_many(records)]
    assert [row["ranking"][0]["code"] for row in rows[:2]] == ["toys-children", "food"]
    assert rows == [classify(record).as_json() for record in records]


def test_spoilt_weights_leave_the_rules(trained):
    (trained / "model.safetensors").write_bytes(b"\x00junk")
    assert model.load(str(trained)) is None
