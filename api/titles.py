"""A title in the reader's language, composed from facts alone and worded as in letters."""

from collections.abc import Iterable, Mapping

from api.reader import Reader
from config import taxonomy
from database.tables import Notice

MOST_NAMED = 2


def _some(reader: Reader, kind: str, codes: Iterable[str]) -> str:
    names = [reader.name(kind, code) for code in codes]
    joined = reader.say("letters.join").join(names[:MOST_NAMED])
    return reader.say("letters.and_others", names=joined) if len(names) > MOST_NAMED else joined


def composed(reader: Reader, notice: Notice, tags: Mapping[str, Iterable[str]]) -> str | None:
    """The title; None while nothing is known that could stand in one."""
    sectors = [code for code in taxonomy.sectors() if code in tags.get("sector", ())]
    types = [code for code in taxonomy.measure_types() if code in tags.get("measure_type", ())]
    if not (sectors or types):
        return None
    return reader.say(
        "letters.title" if sectors else "letters.title_without_sector",
        member=_some(reader, "country", notice.members) or notice.agency or notice.source,
        sectors=_some(reader, "sector", sectors),
        measure=_some(reader, "measure_type", types) or reader.say("letters.some_measure"),
        kind=reader.label("kind", notice.kind),
    )
