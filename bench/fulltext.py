"""What linked texts do to the tags of judged notices: python -m bench.fulltext NOTICES.jsonl.

The notices have no attachments, so each notice's own text plays the attachment of its title and products; then
every notice gets the text of another one as well, the worst attachment there can be.
"""

import json
import sys
from pathlib import Path
from typing import Any

from classifier import fulltext
from classifier.evaluate import Score
from classifier.fulltext import EACH, Linked
from classifier.records import Record, Result

Case = tuple[Record, list[Linked]]


def _record(number: int, row: dict[str, Any], *, codes: bool, text: bool = True) -> Record:
    """A notice with its stated codes, or with all trace of them cut out."""
    end = "" if codes else "_without_codes"
    fields = {name: row.get(f"{name}{end}") or "" for name in ("title", "products", "text")}
    stated = {name: tuple(row.get(name) or ()) if codes else () for name in ("hs", "ics")}
    if not text:
        fields["text"] = ""
    return Record(number, **fields, language=row.get("language", ""), members=(row["member"],), **stated)


def _words(row: dict[str, Any]) -> str:
    return str(row.get("text_without_codes") or "")


def cases(rows: list[dict[str, Any]], *, codes: bool) -> dict[str, list[Case]]:
    """The ways of reading, by name."""
    stranger = [(_words(rows[(n + 7) % len(rows)]) * 40)[:EACH] for n in range(len(rows))]
    whole = [_record(n, row, codes=codes) for n, row in enumerate(rows)]
    bare = [_record(n, row, codes=codes, text=False) for n, row in enumerate(rows)]
    own = [[Linked(1, _words(row))] if _words(row) else [] for row in rows]
    return {
        "title and products": [(one, []) for one in bare],
        "the text as attachment": list(zip(bare, own, strict=True)),
        "the text": [(one, []) for one in whole],
        "the text, and a stranger's attached": [
            (one, [Linked(1, words)] if words else []) for one, words in zip(whole, stranger, strict=True)
        ],
    }


def score(rows: list[dict[str, Any]], results: list[Result]) -> Score:
    """Main sector right, and the tags' micro-F1."""
    one = Score()
    for row, found in zip(rows, results, strict=True):
        judged, tags = set(row["sectors"]), {label.code for label in found.sectors}
        one.count += 1
        one.first += found.ranking[0][0] in judged
        one.hit, one.wrong, one.missed = (
            one.hit + len(judged & tags),
            one.wrong + len(tags - judged),
            one.missed + len(judged - tags),
        )
    return one


def main(path: Path) -> None:
    """Print the table."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row.get("sectors") and not row.get("doubtful")]
    coded = [row for row in rows if row.get("sectors_from_codes")]
    for said, some, codes in (("with stated codes", coded, True), ("codes cut out", rows, False)):
        print(f"{said}, {len(some)} notices")
        for name, pairs in cases(some, codes=codes).items():
            one = score(some, list(fulltext.classify(pairs)))
            print(f"  {name:38} first {one.accuracy:.3f}  F1 {one.f1:.3f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
