"""A person's products: HS code by market, with what they sell there in a year if they say so.

People write these by hand and in spreadsheets: names of markets in Chinese or English, full-width digits,
amounts in ten thousands. Everything is checked here, once, before it is stored.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from sqlalchemy import delete
from sqlmodel import Session, col, select

from alerts.errors import InvalidProduct
from alerts.ledger import key
from alerts.wishes import MARKETS_BESIDES
from config import taxonomy
from config.texts import text
from database import types
from database.search import fold
from database.tables import Firm, Product, Subscriber

MOST_PRODUCTS = 300
LONGEST_NAME = 60
LARGEST_VALUE = 10**13
LONGEST_ECHO = 40
SIZES = ("micro", "small", "medium", "large")
NATIONAL = 6  # digits; those beyond differ from country to country

_CURRENCY = {
    **dict.fromkeys(("usd", "us$", "$", "美元", "美金", "dollar", "dollars"), "USD"),
    **dict.fromkeys(("cny", "rmb", "¥", "元", "人民币", "yuan"), "CNY"),
}
_SCALES = {"": 1, "万": 10**4, "亿": 10**8}
_AMOUNT = re.compile(r"(\d{1,3}(?:[, ]\d{3})+|\d+)(\.\d+)?\s*([万亿]?)")


@dataclass(frozen=True)
class Row:
    """A product as it is stored."""

    hs: str
    market: str
    value: int | None = None
    currency: str = "USD"
    name: str = ""


@lru_cache(maxsize=1)
def _markets() -> Mapping[str, str]:
    """Every way to write a market or country, folded."""
    found: dict[str, str] = {}
    alone = {
        one.members[0].country: code for code, one in taxonomy.markets().items() if len(one.members) == 1
    }
    for code, country in taxonomy.countries().items():
        names = (code, country.iso2, country.zh, *country.spellings, *country.names.values())
        found.update({fold(name): alone.get(code, code) for name in names})
    for code, market in taxonomy.markets().items():
        found.update({fold(name): code for name in (code, market.en, market.zh, *market.aliases)})
    for code in MARKETS_BESIDES:
        found[fold(code)] = code
        found.update({fold(text("letters.other_market", language)): code for language in ("zh", "en")})
    return MappingProxyType(found)


def _plain(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).split())


def hs(value: str) -> str:
    """An HS code as it is stored: at most six digits. Raises InvalidProduct."""
    digits = re.sub(r"[\s.\-]", "", _plain(value))
    if re.fullmatch(r"\d{3}|\d{5}|\d{7}|\d{9}", digits):
        raise InvalidProduct("hs", "hs_odd", value=value[:LONGEST_ECHO])
    if not re.fullmatch(r"(\d\d){1,5}", digits) or not "01" <= digits[:2] <= "99":
        raise InvalidProduct("hs", "hs", value=value[:LONGEST_ECHO])
    return digits[:NATIONAL]


def market(value: str) -> str:
    """The code of a market or country, however it is written. Raises InvalidProduct."""
    found = _markets().get(fold(_plain(value)))
    if found is None:
        raise InvalidProduct("market", "market", value=value[:LONGEST_ECHO])
    return found


def amount(value: str) -> int | None:
    """An amount of money as a whole number; None for nothing. Raises InvalidProduct."""
    words = _plain(value).replace("萬", "万").replace("億", "亿")
    if not words:
        return None
    match = _AMOUNT.fullmatch(words)
    found = 0
    if match and len(words) <= LONGEST_ECHO:
        whole = re.sub("[, ]", "", match[1])
        found = round(float(whole + (match[2] or "")) * _SCALES[match[3]])
    if not 1 <= found <= LARGEST_VALUE:
        raise InvalidProduct("value", "value", value=value[:LONGEST_ECHO])
    return found


def currency(value: str) -> str:
    """USD or CNY, however it is written; USD for nothing. Raises InvalidProduct."""
    words = _plain(value).casefold().replace("人民幣", "人民币")
    found = _CURRENCY.get(words, "USD" if not words else "")
    if not found:
        raise InvalidProduct("currency", "currency", value=value[:LONGEST_ECHO])
    return found


def _name(value: str) -> str:
    words = _plain(value)
    if len(words) > LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in words):
        raise InvalidProduct("name", "name", most=LONGEST_NAME)
    return words


def checked(given: Mapping[str, str]) -> Row:
    """A product out of what a person typed. Raises InvalidProduct for the first field that is wrong."""
    return Row(
        hs(given.get("hs", "")),
        market(given.get("market", "")),
        amount(given.get("value", "")),
        currency(given.get("currency", "")),
        _name(given.get("name", "")),
    )


def products(session: Session, subscriber: Subscriber) -> Sequence[Product]:
    """A person's products, by code and market."""
    return session.exec(
        select(Product).where(Product.subscriber_id == subscriber.id).order_by(Product.hs, Product.market)
    ).all()


def put(session: Session, subscriber: Subscriber, rows: Iterable[Row], *, replace: bool = False) -> int:
    """Store products; one that is known by code and market is changed. Returns how many there are.

    `replace`: what is not among them goes. Raises InvalidProduct when there would be too many.
    """
    # The lock makes the look and the writing one step, also when a form is sent twice.
    session.exec(select(Subscriber.id).where(Subscriber.id == subscriber.id).with_for_update()).one()
    known = {(one.hs, one.market): one for one in products(session, subscriber)}
    given = {(row.hs, row.market): row for row in rows}
    kept = {*given} if replace else {*known, *given}
    if len(kept) > MOST_PRODUCTS:
        raise InvalidProduct("hs", "many", most=MOST_PRODUCTS)
    for place in {*known} - kept:
        session.delete(known[place])
    for place, row in given.items():
        one = known.get(place) or Product(subscriber_id=key(subscriber), hs=row.hs, market=row.market)
        one.value, one.currency, one.name, one.changed_at = row.value, row.currency, row.name, types.now()
        session.add(one)
    session.flush()
    return len(kept)


def remove(session: Session, subscriber: Subscriber, product_id: int) -> None:
    """Take a product off the list; harmless to repeat."""
    session.execute(
        delete(Product).where(col(Product.id) == product_id, col(Product.subscriber_id) == key(subscriber))
    )


def firm(session: Session, subscriber: Subscriber) -> Firm:
    """Where a person's firm is and how large; empty fields while they have not said."""
    return session.get(Firm, key(subscriber)) or Firm(subscriber_id=key(subscriber))


def describe_firm(session: Session, subscriber: Subscriber, city: str, size: str) -> None:
    """Keep what a person says of their firm. Raises InvalidProduct for an unknown city or size."""
    if city and city not in taxonomy.cities():
        raise InvalidProduct("city", "choice", value=city[:LONGEST_ECHO])
    if size and size not in SIZES:
        raise InvalidProduct("size", "choice", value=size[:LONGEST_ECHO])
    one = firm(session, subscriber)
    one.city, one.size, one.changed_at = city, size, types.now()
    session.add(one)
    session.flush()
