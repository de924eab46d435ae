"""A paper as a Word document."""

import io
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from api.papers.blocks import Bars, Block, Heading, Items, Paper, Table, Words

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Named for scripts without spaces: Word falls back to a Latin font's ugly double otherwise.
EASTERN = {"zh": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "en": "Microsoft YaHei"}


def write(paper: Paper) -> bytes:
    """The bytes of a .docx file."""
    document = Document()
    document.core_properties.title, document.core_properties.author = paper.title, paper.author
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), EASTERN[paper.language])
    document.add_heading(paper.title, 0)
    document.add_paragraph(paper.subtitle)
    for block in paper.blocks:
        _add(document, block)
    document.sections[0].footer.paragraphs[0].text = paper.foot
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.words, 1)
    elif isinstance(block, Words):
        run = document.add_paragraph().add_run(block.words)
        run.font.size = Pt(9) if block.quiet else None
    elif isinstance(block, Items):
        for title, remarks in block.rows:
            paragraph = document.add_paragraph(style="List Number")
            paragraph.add_run(title).bold = True
            paragraph.add_run("\n" + remarks)
    elif isinstance(block, Bars):
        rows = [(day.isoformat(), f"{n:,}") for day, n in block.points]
        _table(document, Table(block.head, rows))
    else:
        _table(document, block)


def _table(document: Any, block: Table) -> None:
    table = document.add_table(rows=1, cols=len(block.head), style="Light Grid Accent 1")
    for row in (block.head, *block.rows):
        cells = table.rows[0].cells if row is block.head else table.add_row().cells
        for place, value in enumerate(row):
            cells[place].text = value
