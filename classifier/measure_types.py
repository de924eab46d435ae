"""What a measure does: by the objectives its publisher stated, and by the phrases of our lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from classifier import terms
from classifier.fold import folded
from classifier.records import Evidence, Label, Record
from config import taxonomy

_FIELD = {"title": 2.0, "products": 0.5, "text": 0.7}
_SHOW = 0.5
_SHOWN = 4


@lru_cache(maxsize=1)
def _objectives() -> Mapping[str, str]:
    return {folded(name): code for code, one in taxonomy.measure_types().items() for name in one.objectives}


def _stated(objective: str) -> str:
    """The measure type of one of the WTO's objectives or keywords, with or without (TBT), (SPS)."""
    name = folded(objective)
    for area in (" (tbt)", " (sps)"):
        name = name.removesuffix(area).strip()
    return _objectives().get(name, "")


def read(record: Record, fields: Sequence[tuple[str, str, list[str]]]) -> list[Label]:
    """Measure types, best first. An alert of a dangerous product is a recall whatever it says."""
    points: dict[str, float] = defaultdict(float)
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    for name, text, languages in fields:
        seen = set()
        for match in terms.find("measure_type", text, languages):
            if (match.code, match.term) not in seen:
                seen.add((match.code, match.term))
                points[match.code] += _FIELD[name]
                span = text[match.start : match.end]
                evidence[match.code].append(Evidence(name, match.start, match.end, span))
    labels = {
        code: Label(code, round(sum_ / (sum_ + 1), 4), "rules", tuple(evidence[code][:_SHOWN]))
        for code, sum_ in points.items()
        if sum_ / (sum_ + 1) >= _SHOW
    }
    for objective in record.objectives:
        if code := _stated(objective):
            said = Evidence("objectives", 0, len(objective), objective)
            labels[code] = Label(code, 1.0, "code", (said, *evidence[code][:_SHOWN]))
    if record.kind == "alert":
        labels["recall"] = Label("recall", 1.0, "code", tuple(evidence["recall"][:_SHOWN]))
    order = {code: number for number, code in enumerate(taxonomy.measure_types())}
    return sorted(labels.values(), key=lambda one: (-one.score, order[one.code]))
