import json

import pytest

from classifier.evaluate import evaluate
from classifier.stream import BadLine


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_figures_are_counted_by_language_and_sector(tmp_path):
    scores = evaluate(
        write(
            tmp_path / "judged.jsonl",
            {"id": 1, "language": "en", "title": "Electric toys", "sectors": ["toys-children"]},
            {"id": 2, "language": "en", "title": "Electric toys", "sectors": ["food"]},
            {"id": 3, "language": "zh", "title": "玩具", "sectors": ["toys-children", "food"]},
            {"id": 4, "language": "zh", "title": "", "sectors": ["furniture"]},
        )
    )
    assert (scores.whole.count, scores.whole.accuracy) == (4, 0.5)
    assert (scores.whole.hit, scores.whole.wrong, scores.whole.missed) == (2, 1, 3)
    assert scores.whole.f1 == pytest.approx(4 / 8)
    assert scores.whole.precision == pytest.approx(2 / 3)
    assert scores.whole.recall == pytest.approx(2 / 5)
    assert scores.languages["en"].accuracy == 0.5
    assert scores.sectors["toys-children"].count == 2
    assert scores.sectors["toys-children"].first == 2
    assert scores.sectors["food"].missed == 2


def test_without_codes_the_texts_without_codes_are_read(tmp_path):
    row = {"title": "Toys", "title_without_codes": "Lamps", "hs": ["9503"], "sectors": ["lighting"]}
    path = write(tmp_path / "judged.jsonl", row)
    assert evaluate(path, use_codes=False).whole.accuracy == 1.0
    assert evaluate(path).whole.accuracy == 0.0


def test_nothing_judged_gives_no_figures(tmp_path):
    scores = evaluate(write(tmp_path / "empty.jsonl"))
    assert (scores.whole.count, scores.whole.accuracy, scores.whole.f1) == (0, 0.0, 0.0)


@pytest.mark.parametrize("content", ["{", "[]", '{"title": "x"}', '{"sectors": ["unheard-of"]}'])
def test_a_file_that_is_not_judged_is_refused_with_its_line(tmp_path, content):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"sectors": []}\n' + content + "\n", encoding="utf-8")
    with pytest.raises(BadLine, match=r"bad\.jsonl: line 2"):
        evaluate(path)
