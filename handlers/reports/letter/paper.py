"""The form of a paper by Nghị định 30/2020 (domain guide 4.4): margins, fonts, heads. Knows python-docx.

A4, margins 20/20/30/20 mm, Times New Roman, body 14, 1.27 cm first lines, 6 pt between paragraphs. The
page number stands at the top in the middle from page 2 on; an appendix counts its own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
BODY, HEAD_SMALL, HEAD_LARGE, SMALL, LIST = 14, 12, 13, 12, 11

CENTER, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
RIGHT, BOTH = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
_ALIGN = {"center": CENTER, "left": LEFT, "right": RIGHT, "both": BOTH}


class Paper:
    """A document in the making; `save` writes it. Widths in millimetres, sizes in points."""

    def __init__(self, title: str) -> None:
        self._document = Document()
        self._document.core_properties.title = title
        self._document.core_properties.author = ""
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(BODY)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(name), FONT)
        _page(self._document.sections[0])

    def save(self, path: Path) -> None:
        """Write the file."""
        self._document.save(str(path))

    # --- paragraphs

    def line(self, text: str, align: str = "center", size: int = BODY, **look: Any) -> Paragraph:
        """A line of a head or title: no indent, little room around it. ``look``: bold, italic, before,
        after (points)."""
        paragraph = self._document.add_paragraph()
        return _set(paragraph, text, align, size, **look)

    def body(self, text: str, align: str = "both", bold: bool = False, italic: bool = False) -> None:
        """A paragraph of the body: justified, its first line set in."""
        paragraph = self._document.add_paragraph()
        _set(paragraph, text, align, BODY, bold=bold, italic=italic, before=0, after=6)
        paragraph.paragraph_format.first_line_indent = Mm(12.7)
        paragraph.paragraph_format.line_spacing = 1.15

    def end(self, mark: str) -> None:
        """The mark that ends the paper, right behind its last word."""
        run = self._document.paragraphs[-1].add_run(mark)
        run.font.size, run.font.name = Pt(BODY), FONT

    def heading(self, text: str) -> None:
        """A part's heading, bold, kept with what follows."""
        self.body(text, bold=True)
        self._document.paragraphs[-1].paragraph_format.keep_with_next = True

    def under(self, millimetres: float) -> None:
        """A line under what stands above, centred."""
        _rule(self._document.add_paragraph(), self._room(), millimetres)

    def _room(self) -> float:
        section = self._document.sections[-1]
        width = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
        return width / Mm(1)

    # --- tables

    def columns(self, widths: Sequence[float]) -> list["Box"]:
        """Boxes beside each other without borders, for the header and the foot."""
        table = self._document.add_table(rows=1, cols=len(widths))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _fixed(table, widths)
        return [Box(cell, width) for cell, width in zip(table.rows[0].cells, widths, strict=True)]

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], left: Sequence[int]
    ) -> None:
        """A table with thin borders whose head repeats on every page; columns of ``left`` are set left,
        the others in the middle. A row of one text is a section."""
        table = self._document.add_table(rows=0, cols=len(widths), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for place, row in enumerate((head, *rows)):
            cells = table.add_row().cells
            if len(row) == 1:
                cells = (cells[0].merge(cells[-1]),)
            for at, (cell, text) in enumerate(zip(cells, row, strict=True)):
                align = "left" if place and (at in left or len(row) == 1) else "center"
                _set(
                    cell.paragraphs[0],
                    text,
                    align,
                    SMALL,
                    bold=place == 0 or len(row) == 1,
                    after=2,
                    before=2,
                )
        _fixed(table, widths)
        _repeat(table.rows[0])
        for row_ in table.rows:
            _whole(row_)

    # --- sections

    def appendix(self) -> None:
        """A landscape section with its own page numbers."""
        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        _margins(section)
        kind = OxmlElement("w:pgNumType")
        kind.set(qn("w:start"), "1")
        section._sectPr.append(kind)


class Box:
    """A cell of `Paper.columns`: lines one below the other."""

    def __init__(self, cell: _Cell, width: float) -> None:
        self._cell, self._width, self._begun = cell, width, False

    def line(self, text: str, size: int, align: str = "center", **look: Any) -> None:
        """One line."""
        _set(self._next(), text, align, size, **look)

    def under(self, millimetres: float) -> None:
        """A line under it, centred."""
        _rule(self._next(), self._width - 4, millimetres)

    def _next(self) -> Paragraph:
        first, self._begun = not self._begun, True
        return self._cell.paragraphs[0] if first else Paragraph(self._cell._tc.add_p(), self._cell)


def _set(paragraph: Paragraph, text: str, align: str, size: int, **look: Any) -> Paragraph:
    """Fill a paragraph; a line feed is a line break."""
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), FONT
    run.bold, run.italic = bool(look.get("bold")), bool(look.get("italic"))
    paragraph.alignment = _ALIGN[align]
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(look.get("before", 0)), Pt(look.get("after", 0))
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    return paragraph


def _rule(paragraph: Paragraph, room: float, millimetres: float) -> None:
    """A solid line of a length in the middle of ``room``: the top border of an empty paragraph."""
    _set(paragraph, "", "center", 4, before=4)
    side = Mm(max(room - millimetres, 0) / 2)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = side
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    _margins(section)
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTER
    _field(paragraph, "PAGE")


def _margins(section: Any) -> None:
    section.top_margin = section.bottom_margin = section.right_margin = Mm(20)
    section.left_margin, section.header_distance = Mm(30), Mm(10)


def _field(paragraph: Paragraph, name: str) -> None:
    """A field the program fills in, such as the page's number."""
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        run = paragraph.add_run()
        run.font.size, run.font.name = Pt(BODY), FONT
        mark = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark.text = f" {text} "
        run._r.append(mark)


def _fixed(table: Any, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=False):
            if len(set(map(id, (c._tc for c in row.cells)))) == len(widths):
                cell.width = Mm(width)


def _repeat(row: Any) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _whole(row: Any) -> None:
    """Not split over two pages."""
    row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
