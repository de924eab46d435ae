"""words in threes, and those of the title

Longer words of scripts without spaces are looked for by their overlapping threes, words of the title by a mark
before them. Both are added to what stands in the index, from the pairs and the titles that are there.

Revision: 0002
"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from database.search import TITLE, UNSPACED, threes, titled

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 2_000
# A tsvector holds its words by letter: here those that may be parts of longer ones, as they follow one another.
PLACED = """
SELECT n.id, n.title, (
  SELECT array_agg(u.lexeme ORDER BY p.place)
  FROM unnest(s.body) AS u, unnest(u.positions) AS p (place)
  WHERE length(u.lexeme) <= 2 AND u.lexeme ~ '[^[:ascii:]]'
)
FROM notice_search s JOIN notice n ON n.id = s.notice_id
WHERE n.id > :after ORDER BY n.id LIMIT :most
"""
ROWS = (
    "SELECT s.rowid, n.title, s.body FROM notice_search s JOIN notice n ON n.id = s.rowid "
    "WHERE s.rowid > :after ORDER BY s.rowid LIMIT :most"
)


def _batches(connection: sa.Connection, query: str) -> Iterator[list[tuple[int, str, Any]]]:
    after = 0
    while rows := connection.execute(sa.text(query), {"after": after, "most": BATCH}).all():
        yield [(one, title, words) for one, title, words in rows]
        after = rows[-1][0]


def _rewrite(connection: sa.Connection, body_of: Callable[[str, list[str]], list[str]]) -> None:
    """Make each text of SQLite's index anew, of a title and its words."""
    change = sa.text("UPDATE notice_search SET body = :body WHERE rowid = :id")
    for rows in _batches(connection, ROWS):
        new = [{"id": number, "body": " ".join(body_of(title, body.split()))} for number, title, body in rows]
        connection.execute(change, new)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rewrite(connection, lambda title, words: [*words, *titled(title), *threes(words)])
        return
    # Made anew at the end: kept meanwhile it would be changed word by word.
    op.execute("DROP INDEX ix_notice_search_body")
    change = sa.text(
        "UPDATE notice_search SET body = body || CAST(:more AS tsvector) WHERE notice_id = :id"
    )
    for rows in _batches(connection, PLACED):
        connection.execute(
            change,
            [
                {"id": number, "more": " ".join(f"'{one}'" for one in [*titled(title), *threes(words or [])])}
                for number, title, words in rows
            ],
        )
    op.execute("CREATE INDEX ix_notice_search_body ON notice_search USING gin (body)")


def _added(word: str) -> bool:
    return word.startswith(TITLE) or (len(word) == 3 and UNSPACED.fullmatch(word) is not None)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rewrite(connection, lambda _, words: [one for one in words if not _added(one)])
        return
    change = sa.text("UPDATE notice_search SET body = ts_delete(body, CAST(:added AS text[])) WHERE notice_id = :id")
    rows_of = (
        "SELECT s.notice_id, '', tsvector_to_array(s.body) FROM notice_search s "
        "WHERE s.notice_id > :after ORDER BY s.notice_id LIMIT :most"
    )
    for rows in _batches(connection, rows_of):
        connection.execute(
            change,
            [{"id": number, "added": [one for one in words if _added(one)]} for number, _, words in rows],
        )
