"""Whether the words shown for a tag are those that made it: its score without them, and without as many others.

Run: python -m bench.evidence NOTICES.jsonl   (judged notices, by their text alone)
"""

import random
import re
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from classifier.classify import classify_many
from classifier.evaluate import record_of, rows
from classifier.grams import unspaced
from classifier.intervals import wilson
from classifier.records import Label, Record

_DRAWS = 5  # of other words, of which the mean counts
_TIMES = 3  # what the score must fall more
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

Span = tuple[str, int, int]


def without(record: Record, spans: list[Span]) -> Record:
    """The record with blanks where the spans stood."""
    fields = dict(record.fields())
    for name, start, end in spans:
        fields[name] = fields[name][:start] + " " * (end - start) + fields[name][end:]
    return replace(record, **fields)


def others(record: Record, shown: list[Span], chance: random.Random) -> list[Span]:
    """As many other words; where a script has no spaces, stretches as long as those shown."""
    taken = set()
    for name, start, end in shown:
        taken |= {(name, place) for place in range(start, end)}
    free: list[Span] = []
    for name, text in record.fields():
        for word in _WORD.finditer(text):
            size = 4 if unspaced(word[0]) else len(word[0])
            free += [(name, at, min(at + size, word.end())) for at in range(*word.span(), size)]
    free = [one for one in free if not any((one[0], at) in taken for at in range(one[1], one[2]))]
    wanted = sum(
        max(1, (end - start) // 4) if unspaced(dict(record.fields())[name][start:end])
        else len(_WORD.findall(dict(record.fields())[name][start:end]))
        for name, start, end in shown
    )  # fmt: skip
    return chance.sample(free, min(wanted, len(free)))


def score(ranking: tuple[tuple[str, float], ...], tag: Label) -> float:
    return dict(ranking)[tag.code]


def main() -> None:
    chance = random.Random(1)
    judged = list(rows(Path(sys.argv[1])))
    records = [record_of(row, use_codes=False) for row in judged]
    asked: list[tuple[str, Label, list[Record]]] = []
    for row, record, found in zip(judged, records, classify_many(records, use_codes=False), strict=True):
        for tag in found.sectors:
            shown = [(one.field, one.start, one.end) for one in tag.evidence]
            drawn = [others(record, shown, chance) for _ in range(_DRAWS)]
            if shown and all(drawn):
                asked.append((row["language"], tag, [without(record, one) for one in (shown, *drawn)]))
    every = iter(classify_many((one for *_, many in asked for one in many), use_codes=False))
    right: dict[str, list[bool]] = defaultdict(list)
    for language, tag, many in asked:
        shown, *drawn = [tag.score - score(next(every).ranking, tag) for _ in many]
        holds = shown > 0 and shown >= _TIMES * sum(drawn) / len(drawn)
        for name in ("all", language):
            right[name].append(holds)
    for name, held in sorted(right.items()):
        low, high = wilson(sum(held), len(held))
        print(f"{name:4} tags={len(held):4} faithful={sum(held) / len(held):.3f} ({low:.2f}-{high:.2f})")


if __name__ == "__main__":
    main()
