"""The whole of `tbt train` on a few rows. Needs torch, so it runs where the `train` extra is installed."""

import csv
import json

import numpy as np
import pytest

from config import taxonomy

pytest.importorskip("torch")

from classifier.bundle import Bundle
from classifier.training import data, english, meaning, run
from classifier.training.data import Row

PRODUCTS = {"toys-children": ("zorble", "zorblo"), "food": ("blimpo", "blimpe")}


@pytest.fixture
def phrases(tmp_path):
    path = tmp_path / "phrases.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "lang", "sectors", "source", "code"])
        for sector, (english, spanish) in PRODUCTS.items():
            for number in range(150):
                code = f"{sector[:2]}-{number}-{number % 7}"
                rows.writerow([f"{english} kind {number}", "en", sector, "shopify", code])
                rows.writerow([f"{spanish} de clase {number}", "es", sector, "shopify", code])
    return path


JUDGED = [
    {"title": "Rules on zorble kinds", "language": "en", "sectors": ["toys-children"]},
    {"title": "Rules on blimpo kinds", "language": "en", "sectors": ["food"]},
] * 4


@pytest.fixture
def briefly(monkeypatch):
    """Few terms, few notices, few steps."""
    some = data.terms()[::200]
    monkeypatch.setattr(data, "terms", lambda: some)
    monkeypatch.setattr(run, "_NOTICES", 100)
    monkeypatch.setattr(run, "_STEPS", {"votes": 6, "meaning": 30, "english": 40})


@pytest.fixture
def encoder(tmp_path):
    """The directory of a small encoder that has read nothing."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel

    words = ["[PAD]", "[UNK]", "kind", "zorble", "blimpo", "rules", "on"]
    home = tmp_path / "encoder"
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(words), **size)).save_pretrained(home)
    known = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(home / "tokenizer.json"))
    return home


@pytest.mark.slow
def test_a_model_is_trained_from_end_to_end_and_twice_alike(tmp_path, phrases, briefly):
    for name in ("one", "two"):
        run.train(phrases, tmp_path / name, judged=JUDGED)
    model = Bundle(tmp_path / "one")
    codes = list(taxonomy.sectors())
    best = [codes[int(row.argmax())] for row in model.score(["zorble kind 9999", "blimpe de clase 9999"])]
    assert best == ["toys-children", "food"]
    assert model.version == Bundle(tmp_path / "two").version
    figures = json.loads((tmp_path / "one" / "figures.json").read_text(encoding="utf-8"))
    assert figures["notices_without_codes"]["all"]["notices"] == 4
    assert set(figures["held_out_phrases"]) == {"en", "es"}


@pytest.mark.slow
def test_an_encoder_becomes_the_english_part_and_what_was_broken_off_goes_on(
    tmp_path, phrases, briefly, encoder, monkeypatch
):
    pytest.importorskip("onnxscript")

    def broken(*_, **__):
        raise KeyboardInterrupt

    run.train(phrases, tmp_path / "whole", judged=JUDGED, base=encoder)
    with monkeypatch.context() as patch:
        patch.setattr(meaning, "fit", broken)
        with pytest.raises(KeyboardInterrupt):
            run.train(phrases, tmp_path / "taken-up", judged=JUDGED, base=encoder)
    with monkeypatch.context() as patch:
        patch.setattr(english, "fit", broken)
        patch.setattr(english, "directions", broken)
        run.train(phrases, tmp_path / "taken-up", judged=JUDGED, base=encoder)
    names = {"config.json", "counts.npz", "english.json", "english.onnx", "grams.npz", "meaning.npz"}
    assert {path.name for path in (tmp_path / "taken-up").iterdir()} == names | {"figures.json"}
    model = Bundle(tmp_path / "taken-up")
    assert model.version == Bundle(tmp_path / "whole").version
    toys = list(taxonomy.sectors()).index("toys-children")
    assert model.score(["rules on zorble"])[0].argmax() == toys


def test_a_directory_without_an_encoder_is_refused_by_name(tmp_path):
    with pytest.raises(english.BadBase, match=r"nothing: .*tokenizer\.json"):
        english.opened(tmp_path / "nothing")


def test_the_packed_network_says_what_the_trained_one_said():
    import torch

    from classifier import known
    from classifier.grams import grams
    from classifier.meaning import Meaning

    torch.manual_seed(1)
    keys = np.unique(known.short(grams("toy cars and zorbles").keys))
    table = torch.randint(-4, 5, (len(keys), meaning.WIDTH)).float().numpy()
    table[:, 0] = 4 / 0.75  # so that no other number is cut
    net = meaning.Net(len(taxonomy.sectors()), 3, 8).eval()
    read, found = Meaning(meaning.packed(keys, table, net)), grams("zorbles for cars")
    _, rows = known.rows(keys, found)
    cut = table.copy()
    cut[:, 0] = 4 * np.float16(1.0)
    with torch.inference_mode():
        said, _ = net(
            torch.from_numpy((cut[rows].sum(0, keepdims=True) / len(rows) ** 0.5).astype(np.float32))
        )
    assert read.logits(found) == pytest.approx(said[0].numpy(), abs=0.02)


def test_translations_learn_the_direction_of_the_english_words():
    rows = [
        Row("toy cars", "en", (0,), "cpv", "1"),
        Row("coches", "es", (0,), "cpv", "1"),
        Row("otra cosa", "es", (0,), "cpv", "2"),
    ]
    every, chosen = meaning.taught(rows, {"toy cars": np.ones(4, np.float32), "x": -np.ones(4, np.float32)})
    assert chosen.tolist() == [0, 0, -1]
    assert every[0] == pytest.approx(np.full(4, 0.5))


@pytest.mark.slow
def test_an_english_encoder_with_a_head_leaves_torch_unchanged(tmp_path):
    import torch

    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    from onnxruntime import InferenceSession
    from transformers import BertConfig, BertModel

    from classifier.training import english, export

    config = BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    config._attn_implementation = "eager"
    encoder = english.Vector(BertModel(config, add_pooling_layer=False))
    head = english.Head(np.zeros(32, np.float32), len(taxonomy.sectors()))
    model = torch.nn.Sequential(encoder, head).eval()
    export.write(model, tmp_path / "whole.onnx")
    export.quantise(tmp_path / "whole.onnx", tmp_path / "english.onnx", heads=3)
    ids = np.array([[5, 6, 7, 9, 8]], np.int64)
    with torch.inference_mode():
        wanted = model(torch.from_numpy(ids)).numpy()
    for name, near in (("whole", 1e-4), ("english", 0.2)):
        session = InferenceSession(str(tmp_path / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        assert session.run(["logits"], {"input_ids": ids})[0] == pytest.approx(wanted, abs=near)
