"""Classify records: sectors, markets, measure types and the order of all sectors, each with its evidence."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from classifier import blend, codes, market, measure_types, model, rules
from classifier.chosen import RULES
from classifier.records import Cut, Record, Result
from config import taxonomy

BATCH = 32


def ground() -> str:
    """Of taxonomy and rules: notices read with another one are read again by themselves."""
    return f"{taxonomy.fingerprint()}-{rules.VERSION}-"


def fingerprint(one: "model.Model | None" = None) -> str:
    """Of taxonomy, rules and a model (by default the one in use): what a notice was read with."""
    one = one or model.current()
    return f"{ground()}{one.version if one else RULES}"


def _read(record: Record, judge: blend.Judge | None, chances: blend.Row | None) -> Result:
    language, fields = rules.languages(record)
    if judge is None or chances is None:
        sectors, ranking, weak = rules.sectors(record, fields)
    else:
        sectors, ranking, weak = judge.sectors(record, fields, chances)
    countries, markets = market.read(record, language.partition("-")[0], limit=codes.READ)
    kinds = measure_types.read(record, fields)
    cut = tuple(Cut(name, len(text), codes.READ) for name, text in record.fields() if len(text) > codes.READ)
    return Result(
        record.id,
        language,
        tuple(sectors),
        tuple(markets),
        tuple(countries),
        tuple(kinds),
        ranking,
        weak,
        cut,
    )


def classify(record: Record, *, use_codes: bool = True) -> Result:
    """One record; the same answer as in any batch. Without `use_codes` stated codes are not seen."""
    return next(classify_many([record], use_codes=use_codes))


def classify_many(
    records: Iterable[Record], *, use_codes: bool = True, using: "model.Model | None" = None
) -> Iterator[Result]:
    """Records in their order, read a batch at a time, by default with the model in use."""
    remaining = iter(records)
    one = using or model.current()
    judge = blend.Judge(one.blend, one.votes) if one else None
    while batch := list(islice(remaining, BATCH)):
        if not use_codes:
            batch = [replace(record, hs=(), ics=()) for record in batch]
        chances = blend.chances(batch, one) if one else [None] * len(batch)
        for record, row in zip(batch, chances, strict=True):
            yield _read(record, judge, row)
