"""Full-text search with the same hits on SQLite (FTS5) and PostgreSQL (tsvector).

Both databases are given ready-made tokens, so that their own word rules (which differ) never act:
words folded by NFKC, case and diacritics; runs of scripts written without spaces as overlapping pairs of
characters plus the last one, so that two-character Chinese words, and single characters, are found.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from opencc import OpenCC
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    UnaryExpression,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.operators import custom_op
from sqlmodel import Session, col

from database.index import changes
from database.tables import Document, Notice

# Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar: no spaces between words.
UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff]+"
)
LONGEST_WORD = 64
MOST_TOKENS = 16_000  # positions of a tsvector end at 16,383
MOST_QUERY_WORDS = 32
MANY = 20_000
Phrase = tuple[list[str], bool]


@lru_cache(maxsize=1)
def _simplified() -> OpenCC:
    return OpenCC("hk2s")  # takes Taiwanese forms too; t2s leaves 衞 and 敍, which Hong Kong writes


def fold(words: str) -> str:
    """One spelling for search: NFKC, Simplified Chinese, lower case, without diacritics."""
    plain = unicodedata.normalize("NFKC", words)
    if UNSPACED.search(plain):
        plain = _simplified().convert(plain)
    decomposed = unicodedata.normalize("NFKD", plain.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=4_096)
def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _words(folded: str) -> Iterator[str]:
    word: list[str] = []
    for character in folded:
        if _in_word(character):
            word.append(character)
        elif word:
            yield "".join(word)
            word = []
    if word:
        yield "".join(word)


def _runs(folded: str) -> Iterator[tuple[str, bool]]:
    """Words, each with whether its script is written without spaces."""
    for word in _words(folded):
        end = 0
        for match in UNSPACED.finditer(word):
            if match.start() > end:
                yield word[end : match.start()], False
            yield match[0], True
            end = match.end()
        if end < len(word):
            yield word[end:], False


def runs(folded: str) -> list[tuple[str, bool]]:
    """The words of a folded text, each with whether its script is written without spaces."""
    return list(_runs(folded))


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def tokens(words: str) -> list[str]:
    """The tokens of a text, in order."""
    found: list[str] = []
    for run, unspaced in _runs(fold(words)):
        found.extend([*_pairs(run), run[-1]] if unspaced else [run[:LONGEST_WORD]])
        if len(found) >= MOST_TOKENS:
            return found[:MOST_TOKENS]
    return found


def phrases(query: str) -> list[Phrase]:
    """Each word of a query as tokens that must follow one another, and whether the last is a prefix."""
    found: list[Phrase] = []
    for run, unspaced in _runs(fold(query)):
        if not unspaced:
            found.append(([run[:LONGEST_WORD]], False))
        elif len(run) == 1:
            found.append(([run], True))
        else:
            found.append((_pairs(run), False))
    return found[:MOST_QUERY_WORDS]


def _fts5(phrases: Iterable[Phrase]) -> str:
    parts = []
    for phrase, prefix in phrases:
        parts.append('"' + " ".join(phrase) + '"' + (" *" if prefix else ""))
    return " AND ".join(parts)


def _tsquery(phrases: Iterable[Phrase]) -> str:
    parts = []
    for phrase, prefix in phrases:
        parts.append("(" + " <-> ".join(f"'{t}'" for t in phrase) + (":*" if prefix else "") + ")")
    return " & ".join(parts)


def index(session: Session, notice: Notice) -> None:
    """Put a stored notice into the index, or put its new text there: its own words, then its documents'."""
    changes.touch(session, notice.id or 0)
    own = [notice.title, notice.products, notice.text, notice.agency, notice.objective, *notice.symbols]
    documents = select(col(Document.text)).where(
        col(Document.notice_id) == notice.id, col(Document.status) == "text"
    )
    found = tokens(
        " \n ".join([*own, *notice.standards, *session.scalars(documents.order_by(col(Document.id)))])
    )
    values: dict[str, object] = {"id": notice.id}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DELETE FROM notice_search WHERE rowid = :id"), values)
        statement = "INSERT INTO notice_search (rowid, body) VALUES (:id, :body)"
        values["body"] = " ".join(found)
    else:
        statement = (
            "INSERT INTO notice_search (notice_id, body) VALUES (:id, CAST(:body AS tsvector)) "
            "ON CONFLICT (notice_id) DO UPDATE SET body = excluded.body"
        )
        values["body"] = " ".join(f"'{token}':{place}" for place, token in enumerate(found, 1))
    session.execute(text(statement), values)


def within(session: Session, found: Select[Any]) -> ColumnElement[bool]:
    """Condition on Notice: its number is among what a query gives.

    SQLite fetches and sorts all of a set whose rows it can look up by number. That is right for a small
    set; of a large one the first rows in their order are met soonest along the index of that order, so the
    sign before the column keeps it from looking them up: 300,000 hits take 0.15 s instead of 2.4 s.
    """
    number: Any = col(Notice.id)
    condition: ColumnElement[bool] = (unindexed(session, number) if _many(session, found) else number).in_(
        found
    )
    return condition


def unindexed(session: Session, of: Any) -> Any:
    """A column as a value for which SQLite uses no index."""
    if session.get_bind().dialect.name != "sqlite":
        return of
    return UnaryExpression(of, operator=custom_op("+", precedence=20), type_=of.type)


def _many(session: Session, found: Any) -> bool:
    if session.get_bind().dialect.name != "sqlite":
        return False
    some = select(literal_column("1")).select_from(found.subquery("found")).limit(MANY + 1).subquery("some")
    return bool((session.execute(select(func.count()).select_from(some)).scalar() or 0) > MANY)


def numbers(session: Session, query: str) -> Select[Any] | None:
    """The numbers of the notices in which all words of a query stand."""
    found = phrases(query)
    return numbers_with(session, found) if found else None


def numbers_with(session: Session, wanted: Iterable[Phrase]) -> Select[Any]:
    """The numbers of the notices in which all of some phrases stand."""
    if session.get_bind().dialect.name == "sqlite":
        expression, number, holds = _fts5(wanted), "rowid", "notice_search MATCH :search_words"
    else:
        expression, number, holds = _tsquery(wanted), "notice_id", "body @@ CAST(:search_words AS tsquery)"
    words = text(holds).bindparams(bindparam("search_words", expression, unique=True))
    return select(column(number, Integer)).select_from(table("notice_search")).where(words)


def among(session: Session, ids: Iterable[int]) -> Any:
    """Some numbers as a set that either database looks into by itself."""
    if session.get_bind().dialect.name == "sqlite":
        words = ",".join(map(str, ids))
        each = text("SELECT value FROM json_each(:some)")
        return each.bindparams(bindparam("some", f"[{words}]", String, unique=True)).columns(
            column("value", Integer)
        )
    return select(func.unnest(bindparam("some", [*ids], ARRAY(Integer), unique=True)))


def numbers_among(session: Session, ids: Iterable[int], phrase: Phrase) -> Select[Any]:
    """Of some notices those in which a phrase stands, looked for in each of them: right for a few."""
    some = among(session, ids)
    if session.get_bind().dialect.name == "sqlite":
        body: Any = literal_column("' ' || body || ' '")
        number: Any = column("rowid", Integer)
        words = " " + " ".join(phrase[0]) + ("" if phrase[1] else " ")
        found = func.instr(body, bindparam("words", words, String, unique=True)) > 0
        return select(number).select_from(table("notice_search")).where(number.in_(some), found)
    number = column("notice_id", Integer)
    own: Select[Any] = (
        select(number, column("body")).select_from(table("notice_search")).where(number.in_(some))
    )
    few = own.cte("few").prefix_with("MATERIALIZED", dialect="postgresql")
    holds = text("body @@ CAST(:search_words AS tsquery)")
    return select(few.c.notice_id).where(
        holds.bindparams(bindparam("search_words", _tsquery([phrase]), unique=True))
    )


def matches(session: Session, query: str) -> ColumnElement[bool] | None:
    """Condition on Notice: all words of the query stand in it. None when the query holds no word."""
    found = numbers(session, query)
    return None if found is None else within(session, found)


def newest(session: Session, query: str, most: int) -> list[int]:
    """Of the notices in which all words stand, those stored last, newest first."""
    found = numbers(session, query)
    if found is None:
        return []
    return list(session.execute(found.order_by(found.selected_columns[0].desc()).limit(most)).scalars())
