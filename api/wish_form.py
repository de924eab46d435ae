"""A wish as a form holds it: read from what a browser sends, and put into a form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from alerts.errors import InvalidSubscription
from alerts.level import LEVELS
from alerts.wishes import PACES
from api.errors import InvalidParameter
from api.reader import Reader, language_of
from api.suggest import Suggestion, suggestions
from api.values import MOST_VALUES, market_codes
from config import taxonomy
from config.texts import LANGUAGES
from database.tables import Subscription

LONGEST = 2_000
BETWEEN = re.compile(r"[\s,;，；、。]+")
LINES = re.compile(r"[\n,;，；、]+")
LISTS = {"sector": "sectors", "market": "markets", "country": "countries", "measure_type": "measure_types"}
WORDS = ("keywords", "hs", "excludes", "name", "email")
# What a form that leaves these out means.
DEFAULTS = {"pace": "daily", "language": "zh", "min_level": "blue", "weekday": "0", "hour": "8"}
FLAGS = ("urgent", "quiet", "agreed", "seen")


@dataclass(frozen=True)
class Given:
    """The fields of a form as they were sent, cut to size; nothing is checked yet."""

    lists: Mapping[str, list[str]]
    words: Mapping[str, str]
    flags: Mapping[str, bool] = field(default_factory=dict)
    act: str = ""

    def wish(self) -> dict[str, Any]:
        """The fields of a subscription, for `alerts.wishes` to check. Raises InvalidSubscription."""
        picked = [one.partition(":")[::2] for one in self.lists["pick"]]
        codes = [one for one in BETWEEN.split(self.words["hs"]) if one]
        return {
            **{axis: self.lists[name] for name, axis in LISTS.items()},
            "sectors": _once([*self.lists["sector"], *(sector for _, sector in picked)]),
            "hs": _once([*codes, *(code for code, _ in picked)]),
            "keywords": _split(self.words["keywords"]),
            "excludes": _split(self.words["excludes"]),
            "name": self.words["name"],
            "pace": self.words["pace"],
            "min_level": self.words["min_level"],
            "weekday": _number("weekday", self.words["weekday"]),
            "hour": _number("hour", self.words["hour"]),
            "urgent": self.flags["urgent"],
            "quiet": self.flags["quiet"],
        }


def _once(values: list[str]) -> list[str]:
    return [one for one in dict.fromkeys(values) if one]


def _split(words: str) -> list[str]:
    return [one.strip() for one in LINES.split(words) if one.strip()]


def _number(name: str, words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) < 3):
        raise InvalidSubscription(name, "range", value=words[:20], least=0, most=23 if name == "hour" else 6)
    return int(words)


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def given(request: Request) -> Given:
    """Dependency: the form a browser sent."""
    kind = request.headers.get("content-type", FORMS[0]).partition(";")[0].strip().lower()
    if kind not in FORMS:
        raise InvalidParameter("body", "must be a form")
    form: FormData = await request.form()

    def one(name: str) -> str:
        value = form.get(name)
        return value[:LONGEST].replace("\0", "") if isinstance(value, str) else ""

    def several(name: str) -> list[str]:
        # A country more than there are is no choice of a person.
        return [value[:60] for value in form.getlist(name)[:300] if isinstance(value, str)]

    return Given(
        {name: several(name) for name in (*LISTS, "pick")},
        {**{name: one(name) for name in WORDS}, **{name: one(name) or DEFAULTS[name] for name in DEFAULTS}},
        {name: bool(one(name)) for name in FLAGS},
        one("act"),
    )


def prefilled(request: Request) -> Given:
    """What a search was narrowed to is offered as the wish; unknown values are passed over."""
    known = {
        "sector": taxonomy.sectors(),
        "market": market_codes(),
        "country": taxonomy.countries(),
        "measure_type": taxonomy.measure_types(),
    }
    query = request.query_params

    def several(name: str) -> list[str]:
        return [value[:200] for value in query.getlist(name)[:MOST_VALUES]]

    hs = " ".join(re.sub(r"[^0-9 .]", "", one) for one in several("hs"))
    words = {"keywords": " ".join(several("keyword")), "hs": hs, "excludes": "", "name": "", "email": ""}
    return Given(
        {
            "pick": [],
            **{name: [one for one in several(name) if one in codes] for name, codes in known.items()},
        },
        {**DEFAULTS, **words, "language": language_of(request)},
        dict.fromkeys(FLAGS, False),
    )


def of(one: Subscription) -> Given:
    """A subscription as the form to change it begins."""
    comma = "、"
    return Given(
        {"pick": [], **{name: list(getattr(one, axis)) for name, axis in LISTS.items()}},
        {
            **DEFAULTS,
            "keywords": comma.join(one.keywords),
            "hs": " ".join(one.hs),
            "excludes": comma.join(one.excludes),
            "name": one.name,
            "email": "",
            "pace": one.pace,
            "min_level": one.min_level,
            "weekday": str(one.weekday),
            "hour": str(one.hour),
        },
        {**dict.fromkeys(FLAGS, False), "urgent": one.urgent, "quiet": one.quiet},
    )


def looked_up(reader: Reader, given: Given) -> list[Suggestion]:
    """What the typed words may mean, for whoever has no suggestions while typing."""
    found: dict[str, Suggestion] = {}
    for word in _split(given.words["keywords"])[:5]:
        found |= {one.value: one for one in suggestions(reader, word[:60])}
    return list(found.values())


def choices(reader: Reader) -> dict[str, Any]:
    """What the form offers."""
    return {
        "sectors": list(taxonomy.sectors()),
        "markets": market_codes(),
        "countries": sorted(taxonomy.countries(), key=lambda code: _sorted(reader, code)),
        "measure_types": list(taxonomy.measure_types()),
        "levels": LEVELS,
        "paces": [pace for pace in PACES if pace != "off"],
        "languages": LANGUAGES,
    }


def _sorted(reader: Reader, code: str) -> bytes:
    """English by letter; Chinese by sound, which is the order of the national character set."""
    country = taxonomy.countries()[code]
    return country.en.encode() if reader.language == "en" else country.zh.encode("gb18030")


def sentence(reader: Reader, error: InvalidSubscription) -> str:
    """The error without the field's technical name."""
    return error.sentence(reader.language).partition(": ")[2]
