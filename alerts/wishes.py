"""What a subscription may ask for. Everything is checked here, once, before it is stored."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email

from alerts.errors import InvalidSubscription
from alerts.level import LEVELS
from config import taxonomy, texts
from database.tables import Subscription

PACES = ("at_once", "daily", "weekly", "off")
MARKETS_BESIDES = ("OTHER",)  # what the classifier tags when a notice concerns none of the markets
MOST_ENTRIES = 100
LONGEST_WORD = 60
LONGEST_NAME = 80


def address(email: str) -> str:
    """An address as it is stored: lower-cased ASCII domain. Nothing is looked up."""
    try:
        found = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidSubscription("email", "email", value=email, fault=error) from error
    return f"{found.local_part}@{found.ascii_domain}"


def _one_of(field: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise InvalidSubscription(field, "choice", value=value, known=", ".join(known))
    return value


def _between(field: str, value: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidSubscription(field, "range", value=value, least=least, most=most)
    return value


def _list(field: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        values = [values]
    found = list(dict.fromkeys(unicodedata.normalize("NFKC", str(v)).strip() for v in values))
    if len(found) > MOST_ENTRIES:
        raise InvalidSubscription(field, "many", most=MOST_ENTRIES)
    return found


def _codes(field: str, values: Iterable[str], known: Collection[str]) -> list[str]:
    return [_one_of(field, value, known) for value in _list(field, values)]


def _hs(values: Iterable[str]) -> list[str]:
    found = []
    for value in _list("hs", values):
        digits = re.sub(r"[\s.\-]", "", value)
        # Customs codes of eight or ten digits are national beyond the sixth.
        if not re.fullmatch(r"\d{2,6}|\d{8}|\d{10}", digits) or not "01" <= digits[:2] <= "99":
            raise InvalidSubscription("hs", "hs", value=value)
        found.append(digits[:6])
    return list(dict.fromkeys(found))


def _words(field: str, values: Iterable[str]) -> list[str]:
    found = []
    for value in _list(field, values):
        word = " ".join(value.split())
        if not 1 <= len(word) <= LONGEST_WORD or not any(c.isalnum() for c in word):
            raise InvalidSubscription(field, "word", value=value, most=LONGEST_WORD)
        if len(word) < 2 and word.isascii():
            raise InvalidSubscription(field, "word", value=value, most=LONGEST_WORD)
        found.append(word)
    return found


def _without(values: Iterable[str]) -> list[str]:
    known = {
        "country": taxonomy.countries(),
        "sector": taxonomy.sectors(),
        "measure_type": taxonomy.measure_types(),
    }
    for value in _list("without", values):
        kind, _, code = value.partition(":")
        if kind == "hs":
            _hs([code])
        elif code not in known.get(kind, ()):
            raise InvalidSubscription("without", "choice", value=value, known=", ".join(("hs", *known)))
    return _list("without", values)


def _name(value: str) -> str:
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in name):
        raise InvalidSubscription("name", "name", value=value[:LONGEST_NAME], most=LONGEST_NAME)
    return name


def _flag(field: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise InvalidSubscription(field, "choice", value=value, known="true, false")
    return value


def is_broad(wish: Mapping[str, Any]) -> bool:
    """Whether a wish names neither product nor place nor kind of measure: nearly everything would match."""
    if wish.get("min_level", "blue") not in LEVELS[:2]:
        return False
    axes = ("sectors", "hs", "keywords", "markets", "countries", "measure_types")
    return not any(wish.get(axis) for axis in axes)


def capped(wish: dict[str, Any]) -> dict[str, Any]:
    """The wish as it is kept: a very broad one brings a letter a week, not one a notice."""
    if is_broad(wish) and wish.get("pace") in ("at_once", "daily"):
        return {**wish, "pace": "weekly"}
    return wish


def _checks() -> dict[str, Callable[[Any], Any]]:
    """How each field of a wish is checked."""
    markets = [*taxonomy.markets(), *MARKETS_BESIDES]
    return {
        "sectors": lambda v: _codes("sectors", v, taxonomy.sectors()),
        "markets": lambda v: _codes("markets", v, markets),
        "countries": lambda v: _codes(
            "countries", [c.upper() for c in _list("countries", v)], taxonomy.countries()
        ),
        "hs": _hs,
        "keywords": lambda v: _words("keywords", v),
        "excludes": lambda v: _words("excludes", v),
        "measure_types": lambda v: _codes("measure_types", v, taxonomy.measure_types()),
        "without": _without,
        "min_level": lambda v: _one_of("min_level", v, LEVELS),
        "pace": lambda v: _one_of("pace", v, PACES),
        "weekday": lambda v: _between("weekday", v, 0, 6),
        "hour": lambda v: _between("hour", v, 0, 23),
        "urgent": lambda v: _flag("urgent", v),
        "quiet": lambda v: _flag("quiet", v),
        "name": _name,
    }


def usual() -> dict[str, Any]:
    """A wish that says nothing: every field as it is when nobody asked for anything else."""
    fields = Subscription.model_fields
    return {name: fields[name].get_default(call_default_factory=True) for name in _checks()}


def checked(wish: dict[str, Any]) -> dict[str, Any]:
    """The fields of a wish as they are stored. Raises InvalidSubscription for the first that is wrong."""
    checks = _checks()
    for field in wish:
        if field not in checks:
            raise InvalidSubscription(field, "field", known=", ".join(checks))
    return {field: checks[field](value) for field, value in wish.items()}


def language(value: str) -> str:
    """One of the languages letters are written in."""
    return _one_of("language", value, texts.LANGUAGES)
