"""Reads figures back from what people are shown: Vietnamese numbers, rows of pages, sheets and papers."""

import html
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from tests.rollups.slow import Number

_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?(?![\d])|(?<![\w.,])[-−+]?\d+(?:,\d+)?")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def numbers(text: str) -> list[Decimal]:
    """Every number of a text, "1.234,5" as 1234.5."""
    found = (each.replace(".", "").replace(",", ".").replace("−", "-") for each in _NUMBER.findall(text))
    return [Decimal(each) for each in found]


def shown(value: Number, places: int = 1) -> Decimal:
    """A number as far as it is shown: half up, at most one decimal."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(value.numerator) / value.denominator
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(part: Number, whole: Number) -> Fraction:
    """Part of whole, in percent."""
    return Fraction(100 * part) / whole


def page_rows(page: str) -> Iterator[list[str]]:
    """The rows of all tables of a page, each as the texts of its cells."""
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        yield [plain(cell) for cell in cells]


def plain(markup: str) -> str:
    """Without tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def paper(path: Path) -> tuple[list[str], list[list[str]]]:
    """The paragraphs outside tables and the rows of all tables of a .docx, from its XML."""
    with ZipFile(path) as parts:
        body = ElementTree.fromstring(parts.read("word/document.xml"))  # noqa: S314 - our own file
    rows = [["".join(cell.itertext()) for cell in row.iter(f"{_W}tc")] for row in body.iter(f"{_W}tr")]
    lines = ["".join(line.itertext()) for line in body.find(f"{_W}body") or () if line.tag == f"{_W}p"]
    return lines, rows
