"""A paper as PDF, without a font file: Chinese is set in the fonts every reader of PDF brings for it.

The same paper gives the same bytes. Characters outside those fonts (Arabic, Thai …) are shown as a box.
"""

import io
import itertools
import unicodedata
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from api.papers.blocks import Bars, Block, Heading, Items, Paper, Table, Words

MEDIA = "application/pdf"
# Its collection (Adobe-GB1) holds simplified and traditional characters, Greek and Cyrillic.
CHINESE, LATIN = "STSong-Light", "Helvetica"
INK, QUIET, LINE, DEEP = (colors.HexColor(one) for one in ("#15222a", "#52626c", "#c9d3d7", "#0b5e70"))
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
BOX = "\u25a1"
BAR_HEIGHT = 38 * mm
ROOM = 60 * mm  # a heading with a chart or some rows


# What Adobe-GB1 holds, by first and last character.
SCRIPTS = (
    ("\u0391", "\u03c9"), ("\u0401", "\u0451"), ("\u2010", "\u26ff"), ("\u3000", "\u312f"),
    ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uff00", "\uffef"),
)  # fmt: skip


@lru_cache(maxsize=1)
def _chinese() -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    return CHINESE


def _in_latin(character: str) -> bool:
    return character <= "\u00ff" and (character.isprintable() or character == "\n")


def _plain(words: str) -> str:
    """Words with letters that neither font has as their base letter, else as a box."""
    found = []
    for character in words:
        if _in_latin(character) or any(first <= character <= last for first, last in SCRIPTS):
            found.append(character)
        else:
            base = unicodedata.normalize("NFKD", character)[0]
            found.append(base if _in_latin(base) else BOX)
    return "".join(found)


def _set(words: str) -> str:
    """Words with each run in the font that has it; markup of theirs does nothing."""
    runs = itertools.groupby(_plain(words), key=_in_latin)
    return "".join(
        f'<font name="{LATIN if latin else _chinese()}">{escape("".join(run))}</font>' for latin, run in runs
    ).replace("\n", "<br/>")


class _Writer:
    """Sets the blocks of a paper in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def words(
        self, words: str, size: float = 10, *, color: Any = INK, right: bool = False, after: float = 0,
        stay: bool = False,
    ) -> Paragraph:  # fmt: skip
        """A paragraph; one that is to `stay` is not parted from what follows it."""
        style = ParagraphStyle(
            "words", fontName=LATIN, fontSize=size, leading=size * 1.45, textColor=color, spaceAfter=after,
            alignment=2 if right else 0, keepWithNext=int(stay),
            wordWrap=None if self.language == "en" else "CJK",
        )  # fmt: skip
        return Paragraph(_set(words), style)

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
                            fontName=LATIN,
                            fontSize=7,
                            textAnchor="middle",
                            fillColor=QUIET,
                        )
                    )
        return drawing


def write(paper: Paper) -> bytes:
    """The bytes of a .pdf file."""
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
