"""Sectors by rules: stated codes first, then terms weighed by where and how often they stand.

What runs when no model is there. Weights were set on notices judged by people, never on single words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classifier import codes, heads, kin, terms
from classifier.codes import READ as READ
from classifier.records import By, Evidence, Label, Record
from classifier.terms import Match, script
from classifier.tongue import likely
from config import taxonomy

Field = tuple[str, str, list[str]]
"""Name and text of a field, and the languages whose terms count in it."""

VERSION = "1"

_TELLING = 40  # characters that tell a field's own language
_FIELD = {"title": 2.0, "products": 3.0, "text": 1.0}
_DESCRIBES = 0.4  # what a term counts that only describes another
_SHORT, _LONG = 0.3, 2.0  # what the shortest and the longest terms count
_AGAIN = 2  # each time a term stands again it counts less, by this power
_HALF = 1.5  # points that make a score of one half
_SHOW_FIRST, _SHOW = 0.3, 0.55  # least score of the first tag, and of those beside it
_BESIDE = 0.4  # least share of the first sector's points
_MOST = 3  # tags of one notice
_LATE = 300.0  # characters after which a term of the text weighs half
STRONG = 8.0  # points of a stated code
_WEAK_CODE = 1.5  # of an HS chapter
_GENERAL = 0.3  # what words of the cross-sector rules count beside those of a sector
_GENERAL_CODE = 0.3
_SURE = 0.55  # below it a person should look
_FEW = 0.7  # points below which words akin to terms are asked
_AKIN, _AKIN_BESIDE = 0.4, 0.1  # what such a word counts then, and otherwise
_BEGINNING = 500  # characters of a field in which they are asked
_SHOWN = 6  # spans of evidence for a tag


@dataclass(slots=True)
class Points:
    """What speaks for a sector."""

    terms: float = 0.0
    stated: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)


def languages(record: Record) -> tuple[str, list[Field]]:
    """The record's language, and each field with the languages whose terms count in it."""
    whole = likely("\n".join(value for _, value in record.fields() if value))
    stated = record.language.partition("-")[0].lower()
    fields = []
    for name, value in record.fields():
        text = value[:READ]
        own = likely(text) if len(text) >= _TELLING else ()
        tongues = dict.fromkeys(code for code in (*own, *whole, stated) if code)
        fields.append((name, text, terms.languages_in(text, tongues)))
    return record.language or next(iter(whole), ""), fields


def _size(match: Match) -> float:
    """How specific a term is by its length; a Chinese character says as much as three letters."""
    letters = sum(3 if script(char) in ("HAN", "KANA", "HANGUL") else 1 for char in match.term)
    return min(_LONG, _SHORT + letters / 12)


def weigh(fields: Sequence[Field]) -> dict[str, Points]:
    """Points of each sector by its terms in the fields."""
    found: dict[str, Points] = defaultdict(Points)
    for name, text, tongues in fields:
        seen: dict[tuple[str, str], int] = defaultdict(int)
        matches = terms.find("sector", text, tongues)
        for match, share in zip(matches, heads.shares(text, matches, _DESCRIBES), strict=True):
            key = (match.code, match.term)
            seen[key] += 1
            late = 1 / (1 + match.start / _LATE) if name == "text" else 1.0
            points = found[match.code]
            points.terms += _FIELD[name] * _size(match) * share * late / seen[key] ** _AGAIN
            if len(points.evidence) < _SHOWN:
                span = text[match.start : match.end]
                points.evidence.append(Evidence(name, match.start, match.end, span))
    _lean(fields, found)
    return found


def _lean(fields: Sequence[Field], found: dict[str, Points]) -> None:
    """Let words akin to the terms speak: softly where hardly a term stands, else only to break a tie."""
    best = max((one.terms for code, one in found.items() if code != "horizontal"), default=0.0)
    few = best < _FEW
    for name, text, tongues in fields:
        for match, clear in kin.find(text[:_BEGINNING], tongues):
            points = found[match.code]
            points.terms += (_AKIN if few else _AKIN_BESIDE) * _FIELD[name] * clear**2
            if few and len(points.evidence) < _SHOWN:
                span = text[match.start : match.end]
                points.evidence.append(Evidence(name, match.start, match.end, span))


def state(record: Record, found: dict[str, Points]) -> None:
    """Add what the codes say; where one says something well founded, the weak ones are left out."""
    stated = [one for one in codes.read(record) if one.sector]
    strong = [one for one in stated if not one.weak]
    for one in strong or stated:
        points = found[one.sector]
        points.stated += _WEAK_CODE if one.weak else STRONG
        points.evidence.insert(0, one.evidence)


def judge(points: Mapping[str, Points]) -> tuple[list[Label], tuple[tuple[str, float], ...]]:
    """The sectors to tag, main first, and all sectors in order, from what speaks for each."""
    total = {code: _total(code, one, points) for code, one in points.items()}
    order = {code: number for number, code in enumerate(taxonomy.sectors())}
    ranked = sorted(order, key=lambda code: (-total.get(code, 0.0), order[code]))
    ranking = tuple((code, round(_score(total.get(code, 0.0)), 4)) for code in ranked)
    best = total.get(ranked[0], 0.0)
    tags: list[Label] = []
    for code, score in ranking[:_MOST]:
        one = points.get(code, Points())
        least = _SHOW if tags else _SHOW_FIRST
        if one.evidence and score >= least and total[code] >= _BESIDE * best:
            by: By = "code" if one.stated else "rules"
            tags.append(Label(code, score, by, tuple(one.evidence[:_SHOWN])))
    return tags, ranking


def _total(code: str, one: Points, every: Mapping[str, Points]) -> float:
    # Words of general rules stand in notices of every sector: they decide only where nothing else does.
    others = any(other.terms >= _FEW or other.stated for other in every.values() if other is not one)
    words = one.terms * (_GENERAL if code == "horizontal" and others else 1.0)
    stated = sum(other.stated for other in every.values())
    if code == "horizontal" and stated > one.stated:
        return words + one.stated * _GENERAL_CODE
    return words + (one.stated * min(1.0, STRONG * 2 / stated) if stated else 0.0)


def _score(points: float) -> float:
    return points / (points + _HALF)


def sectors(
    record: Record, fields: Sequence[Field]
) -> tuple[list[Label], tuple[tuple[str, float], ...], bool]:
    """The sectors to tag, main first, all sectors in order, and whether none of the tags is well founded."""
    points = weigh(fields)
    state(record, points)
    tags, ranking = judge(points)
    weak = not tags or (tags[0].score < _SURE and points[tags[0].code].stated < STRONG)
    return tags, ranking, weak
