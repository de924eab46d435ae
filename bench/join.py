"""The same question as the index answers, asked in plain SQL (SQLite): who wants this notice?

No database knows our word rules, so the words that stand in the notice are given to it.
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from alerts.interest import HORIZONTAL, WITHOUT, Subject, facets
from alerts.level import RELEVANCES
from alerts.words import find
from config import taxonomy

WORDS = "EXISTS (SELECT 1 FROM json_each(s.{0}) w JOIN json_each(:{1}_words) n ON n.value = w.value)"
AMONG = "EXISTS (SELECT 1 FROM json_each(s.{0}) a JOIN json_each(:{0}) n ON n.value = a.value)"
# Every fact of an axis has a name that stands in `without`, and there is one.
ONLY = (
    "(json_array_length(:only_{0}) > 0 AND NOT EXISTS (SELECT 1 FROM json_each(:only_{0}) AS fact WHERE NOT"
    " EXISTS (SELECT 1 FROM json_each(fact.value) AS name, json_each(s.without) AS out"
    " WHERE out.value = name.value)))"
)
PLAIN = f"""
WITH relevant AS (
  SELECT s.id, s.min_level,
    CASE
      WHEN EXISTS (SELECT 1 FROM json_each(s.hs) a JOIN json_each(:hs) n
                   ON length(n.value) >= 6 AND length(a.value) >= 4
                   AND substr(n.value, 1, length(a.value)) = a.value)
        OR {WORDS.format("keywords", "near")} THEN 2
      WHEN EXISTS (SELECT 1 FROM json_each(s.hs) a JOIN json_each(:hs) n
                   ON NOT (length(n.value) = 2 AND length(a.value) = 2)
                   AND (substr(n.value, 1, length(a.value)) = a.value
                        OR substr(a.value, 1, length(n.value)) = n.value))
        OR {WORDS.format("keywords", "text")} OR {AMONG.format("sectors")} THEN 1
      WHEN :horizontal OR (s.hs = '[]' AND s.keywords = '[]' AND s.sectors = '[]')
        OR EXISTS (SELECT 1 FROM json_each(s.hs) a JOIN json_each(:hs) n
                   ON length(n.value) = 2 AND a.value = n.value) THEN 0
    END AS relevance
  FROM subscription s JOIN subscriber p ON p.id = s.subscriber_id
  WHERE s.confirmed_at IS NOT NULL AND s.ended_at IS NULL
    AND p.confirmed_at IS NOT NULL AND p.ended_at IS NULL
    AND (s.paused_until IS NULL OR s.paused_until <= :now)
    AND ((s.markets = '[]' AND s.countries = '[]') OR {AMONG.format("markets")} OR {AMONG.format("countries")})
    AND (s.measure_types = '[]' OR {AMONG.format("measure_types")})
    AND NOT {WORDS.format("excludes", "any")}
    AND NOT {ONLY.format("hs")} AND NOT {ONLY.format("country")}
    AND NOT {ONLY.format("sector")} AND NOT {ONLY.format("measure_type")}
)
SELECT id, relevance FROM relevant WHERE relevance IS NOT NULL AND
  CASE min_level WHEN 'blue' THEN 0 WHEN 'yellow' THEN 1 WHEN 'orange' THEN 2 ELSE 3 END
  <= CASE relevance WHEN 0 THEN :rank0 WHEN 1 THEN :rank1 ELSE :rank2 END
"""


def standing(about: Subject, words: Iterable[str]) -> dict[str, list[str]]:
    """Which of these words stand near (title, products, measure), in the text, or anywhere."""
    found: dict[str, list[str]] = {"near": [], "text": [], "any": []}
    for word in words:
        fields = {passage.field for passage in about.passages if find(word, passage)}
        if fields:
            found["any"].append(word)
        if fields - {"text"}:
            found["near"].append(word)
        if "text" in fields:
            found["text"].append(word)
    return found


def by_join(
    connection: sqlite3.Connection,
    about: Subject,
    words: dict[str, list[str]],
    today: dt.date,
    now: dt.datetime,
) -> dict[int, str]:
    """Subscription number → relevance."""
    countries = set(about.tags.get("country", ()))
    if "EU" in countries:
        countries |= taxonomy.markets()["EU"].on(about.notice.published_on or now.date())
    sectors = about.tags.get("sector", frozenset())
    values: dict[str, Any] = {
        "hs": json.dumps(about.hs),
        "sectors": json.dumps(sorted(sectors - {HORIZONTAL})),
        "horizontal": HORIZONTAL in sectors,
        "markets": json.dumps(sorted(about.tags.get("market", ()))),
        "countries": json.dumps(sorted(countries)),
        "measure_types": json.dumps(sorted(about.measure_types)),
        **{f"{where}_words": json.dumps(found) for where, found in words.items()},
        **{f"only_{kind}": json.dumps(facts) for kind, facts in zip(WITHOUT, facets(about), strict=True)},
        "now": now.replace(tzinfo=None).isoformat(sep=" "),
    }
    for number, relevance in enumerate(RELEVANCES):
        values[f"rank{number}"] = about.level(relevance, today).rank
    return {number: RELEVANCES[relevance] for number, relevance in connection.execute(PLAIN, values)}
