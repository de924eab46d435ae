"""What became of the documents a notice links to: read, a scan without text, or why there is nothing."""

from sqlmodel import Session, col, select

from api import shapes
from database.tables import Document, Notice

SAID = ("text", "scanned", "empty", "other", "refused", "failed", "gone")


def texts(session: Session, notice: Notice) -> list[shapes.Text]:
    """The documents that were asked for, with the files a cover page led to; not their words."""
    names = ("id", "title", "url", "status", "kind", "language", "pages", "cut")
    rows = session.exec(
        select(*(getattr(Document, name) for name in names))
        .where(Document.notice_id == notice.id, col(Document.status).in_(SAID))
        .order_by(col(Document.id))
    )
    return [shapes.Text(**dict(zip(names, row, strict=True))) for row in rows]
