"""What analysts decided, as rows to learn from."""

from sqlmodel import Session, col, select

from classifier import tags
from classifier.grams import plain
from classifier.training.data import Row
from config import taxonomy
from database.tables import Decision, Notice


def rows(session: Session) -> list[Row]:
    """One row for every notice of which a person decided a sector: all the sectors that hold for it now."""
    order = {code: number for number, code in enumerate(taxonomy.sectors())}
    decided = select(Decision.notice_id).where(Decision.kind == "sector").distinct()
    found = []
    for notice in session.exec(select(Notice).where(col(Notice.id).in_(decided)).order_by(col(Notice.id))):
        held = {code for kind, code in tags.hold(session, notice.id or 0) if kind == "sector"}
        sectors = tuple(sorted(order[code] for code in held if code in order))
        text = plain("\n".join(filter(None, (notice.title, notice.products, notice.text)))).text.strip()
        if sectors and text:
            language = notice.language.partition("-")[0] or "en"
            found.append(Row(text, language, sectors, "decision", str(notice.id)))
    return found
