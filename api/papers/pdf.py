"""A paper as PDF. The same paper gives the same bytes."""

import io
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from api.papers.blocks import Bars, Block, Heading, Items, Paper, Table, Words
from api.papers.setting import OWN, Text, own, showable

MEDIA = "application/pdf"
INK, QUIET, LINE, DEEP = (colors.HexColor(one) for one in ("#15222a", "#52626c", "#c9d3d7", "#0b5e70"))
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
BAR_HEIGHT = 38 * mm
ROOM = 60 * mm  # a heading with a chart or some rows


class _Writer:
    """Sets the blocks of a paper in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def words(
        self, words: str, size: float = 10, *, color: Any = INK, right: bool = False, after: float = 0,
        stay: bool = False,
    ) -> Text:  # fmt: skip
        """A paragraph; one that is to `stay` is not parted from what follows it."""
        return Text(showable(words, self.language), size, color, right=right, after=after, stay=stay)

    def block(self, block: Block) -> list[Flowable]:
        """What a block becomes on the page."""
        if isinstance(block, Heading):
            # Kept with what follows by room, not by tying: a table tied to it would not break across pages.
            return [
                CondPageBreak(ROOM),
                Spacer(1, 5 * mm),
                self.words(block.words, 13, color=DEEP, after=2 * mm),
            ]
        if isinstance(block, Words):
            return [
                self.words(
                    block.words, 8.5 if block.quiet else 10, color=QUIET if block.quiet else INK, after=2 * mm
                )
            ]
        if isinstance(block, Items):
            return [
                part
                for place, (title, remarks) in enumerate(block.rows, 1)
                for part in (
                    self.words(f"{place}. {title}", stay=True),
                    self.words(remarks, 8.5, color=QUIET, after=2 * mm),
                )
            ]
        if isinstance(block, Bars):
            return [self.bars(block)]
        return [self.grid(block)]

    def grid(self, block: Table) -> Grid:
        """A table whose head is repeated on each page."""
        columns = len(block.head)
        size = 9 if columns < 8 else 8
        rows = [
            [
                self.words(one, size, color=QUIET, right=bool(at) and not block.wide)
                for at, one in enumerate(block.head)
            ]
        ]
        rows += [
            [self.words(one, size, right=bool(at) and not block.wide) for at, one in enumerate(row)]
            for row in block.rows
        ]
        first = 0.4 if columns < 4 else 0.28
        widths = [WIDTH * first, *[WIDTH * (1 - first) / max(1, columns - 1)] * (columns - 1)]
        if block.wide:
            widths = [WIDTH / columns] * columns
        style = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]  # fmt: skip
        return Grid(rows, colWidths=widths, style=style, repeatRows=1, hAlign="LEFT")

    def bars(self, block: Bars) -> Drawing:
        """One bar a week, its number above it."""
        drawing = Drawing(WIDTH, BAR_HEIGHT)
        most, step = max((n for _, n in block.points), default=0) or 1, WIDTH / max(1, len(block.points))
        every = -(-len(block.points) // 14) or 1
        drawing.add(Line(0, 12, WIDTH, 12, strokeColor=LINE))
        for place, (day, n) in enumerate(block.points):
            high, x = (BAR_HEIGHT - 26) * n / most, place * step
            drawing.add(Rect(x + step * 0.15, 12, step * 0.7, high, fillColor=DEEP, strokeColor=None))
            if place % every == 0:
                for y, said in ((2, f"{day.month}/{day.day}"), (14 + high, f"{n:,}")):
                    drawing.add(
                        String(
                            x + step / 2,
                            y,
                            said,
                            fontName=OWN,
                            fontSize=7,
                            textAnchor="middle",
                            fillColor=QUIET,
                        )
                    )
        return drawing


def write(paper: Paper) -> bytes:
    """The bytes of a .pdf file."""
    own()
    out, writer = io.BytesIO(), _Writer(paper.language)
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=paper.title, author=paper.author, subject=paper.subtitle, lang=paper.language, invariant=1,
    )  # fmt: skip
    flow: list[Flowable] = [
        writer.words(paper.title, 20, color=DEEP, after=2 * mm),
        writer.words(paper.subtitle, 10, color=QUIET, after=2 * mm),
    ]
    for block in paper.blocks:
        flow += writer.block(block)

    def foot(canvas: Any, page: Any) -> None:
        place = writer.words(f"{paper.foot} · {page.page}", 7.5, color=QUIET)
        place.wrapOn(canvas, WIDTH, 20 * mm)
        place.drawOn(canvas, MARGIN, 10 * mm)

    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()
