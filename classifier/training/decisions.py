"""What analysts decided: two thirds of it to learn from, a third to compare models on.

Documents of one measure fall on the same side, so that no model is asked what it was told. What was accepted
in bulk is left out: it repeats the machine's own words.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from classifier import tags
from classifier.grams import plain
from classifier.training.data import Row
from config import taxonomy
from database.tables import Decision, Notice

_PARTS = 3


def kept_back(notice: Notice) -> bool:
    """Whether a decided notice is for comparing, and never learned from."""
    name = f"measure {notice.measure_id}" if notice.measure_id else f"notice {notice.id}"
    return hashlib.sha256(name.encode()).digest()[0] % _PARTS == 0


def _decided(session: Session) -> Iterator[tuple[Notice, list[str]]]:
    """Every notice of which a person decided a sector, with all the sectors that hold for it now."""
    decided = select(Decision.notice_id).where(Decision.kind == "sector", Decision.note != tags.BULK)
    query = select(Notice).where(col(Notice.id).in_(decided)).order_by(col(Notice.id))
    order = list(taxonomy.sectors())
    for notice in session.exec(query.execution_options(yield_per=100)):
        held = {code for kind, code in tags.hold(session, notice.id or 0) if kind == "sector"}
        if sectors := sorted(held & set(order), key=order.index):
            yield notice, sectors


def rows(session: Session) -> list[Row]:
    """What may be learned, one row a notice."""
    order = {code: number for number, code in enumerate(taxonomy.sectors())}
    found = []
    for notice, sectors in _decided(session):
        text = plain("\n".join(filter(None, (notice.title, notice.products, notice.text)))).text.strip()
        if text and not kept_back(notice):
            language = notice.language.partition("-")[0] or "en"
            numbers = tuple(order[code] for code in sectors)
            found.append(Row(text, language, numbers, "decision", str(notice.id)))
    return found


def judged(session: Session) -> list[dict[str, Any]]:
    """What is kept back for comparing, as judged notices (see `classifier.evaluate.rows`)."""
    return [
        {
            "id": notice.id,
            "title": notice.title,
            "products": notice.products,
            "text": notice.text,
            "language": notice.language.partition("-")[0],
            "members": notice.members,
            "hs": notice.hs,
            "ics": notice.ics,
            "sectors": sectors,
        }
        for notice, sectors in _decided(session)
        if kept_back(notice)
    ]
