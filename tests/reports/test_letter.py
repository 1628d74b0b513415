"""The report draft: its XML within the ranges of Nghị định 30/2020, and its words."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from handlers.reports.letter import write_letter
from handlers.reports.letter.names import Names, change_words
from storage.domain.figures import Figure
from tests.reports.made import gathered

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Twentieths of a point in a millimetre.
MM = 1440 / 25.4


class Paper:
    """A .docx as its XML tells it."""

    def __init__(self, path: Path) -> None:
        with ZipFile(path) as parts:
            self.body = ElementTree.fromstring(parts.read("word/document.xml"))  # noqa: S314 - our own file
            self.styles = ElementTree.fromstring(parts.read("word/styles.xml"))  # noqa: S314
            heads = [name for name in parts.namelist() if re.fullmatch(r"word/header\d+\.xml", name)]
            self.headers = [ElementTree.fromstring(parts.read(name)) for name in heads]  # noqa: S314
        self.lines = [Line(paragraph) for paragraph in self.body.iter(f"{W}p")]
        self.texts = [line.text for line in self.lines]

    def line(self, start: str) -> "Line":
        """The first paragraph that begins so."""
        return next(line for line in self.lines if line.text.startswith(start))

    def sections(self) -> list[ElementTree.Element]:
        """From the first to the last."""
        return list(self.body.iter(f"{W}sectPr"))


class Line:
    """A paragraph: its text, alignment, and the size (points), weight and slope of its letters."""

    def __init__(self, paragraph: ElementTree.Element) -> None:
        self.text = "".join(text.text or "" for text in paragraph.iter(f"{W}t"))
        self.align = _attribute(paragraph, "jc")
        self.sizes = {int(size.get(f"{W}val", "0")) / 2 for size in paragraph.iter(f"{W}sz")}
        self.bold = _on(paragraph, "b")
        self.italic = _on(paragraph, "i")
        self.fonts = {font.get(f"{W}ascii") for font in paragraph.iter(f"{W}rFonts")}
        indent = next(paragraph.iter(f"{W}ind"), None)
        self.first_line = 0 if indent is None else int(indent.get(f"{W}firstLine", "0")) / MM
        spacing = next(paragraph.iter(f"{W}spacing"), None)
        self.after = 0 if spacing is None else int(spacing.get(f"{W}after", "0")) / 20
        self.spacing = 1.0 if spacing is None else int(spacing.get(f"{W}line", "240")) / 240


def _attribute(element: ElementTree.Element, name: str) -> str:
    found = next(element.iter(f"{W}{name}"), None)
    return "" if found is None else found.get(f"{W}val", "")


def _on(element: ElementTree.Element, name: str) -> bool:
    marks = list(element.iter(f"{W}{name}"))
    return bool(marks) and all(mark.get(f"{W}val", "1") not in ("0", "false") for mark in marks)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """The draft of a province."""
    path = tmp_path_factory.mktemp("letter") / "draft.docx"
    write_letter(path, gathered())
    return Paper(path)


def test_paper_and_margins(paper: Paper) -> None:
    portrait, landscape = paper.sections()
    for section, size in ((portrait, (210, 297)), (landscape, (297, 210))):
        page, margins = next(section.iter(f"{W}pgSz")), next(section.iter(f"{W}pgMar"))
        found = tuple(round(int(page.get(f"{W}{side}", "0")) / MM) for side in ("w", "h"))
        assert found == size
        sides = {
            side: int(margins.get(f"{W}{side}", "0")) / MM for side in ("top", "bottom", "left", "right")
        }
        assert 20 <= round(sides["top"], 1) <= 25
        assert 20 <= round(sides["bottom"], 1) <= 25
        assert 30 <= round(sides["left"], 1) <= 35
        assert 15 <= round(sides["right"], 1) <= 20


def test_the_page_number_is_centred_on_top_from_page_two_and_anew_in_the_appendix(paper: Paper) -> None:
    assert all(next(section.iter(f"{W}titlePg"), None) is not None for section in paper.sections())
    numbered = [head for head in paper.headers if "PAGE" in "".join(head.itertext())]
    assert len(numbered) == 1
    line = Line(next(numbered[0].iter(f"{W}p")))
    assert line.align == "center"
    assert line.sizes <= {13.0, 14.0}
    kinds = list(paper.sections()[1].iter(f"{W}pgNumType"))
    assert [kind.get(f"{W}start") for kind in kinds] == ["1"]


def test_every_letter_is_times_new_roman(paper: Paper) -> None:
    assert {font for line in paper.lines for font in line.fonts} == {"Times New Roman"}
    normal = next(style for style in paper.styles.iter(f"{W}style") if style.get(f"{W}styleId") == "Normal")
    assert next(normal.iter(f"{W}rFonts")).get(f"{W}cs") == "Times New Roman"


@pytest.mark.parametrize(
    ("start", "sizes", "bold", "italic", "align"),
    [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", (12, 13), True, False, "center"),
        ("Độc lập - Tự do - Hạnh phúc", (13, 14), True, False, "center"),
        ("HỘI LIÊN HIỆP PHỤ NỮ TỈNH NAM ĐỊNH", (12, 13), False, False, "center"),
        ("BAN THƯỜNG VỤ", (12, 13), True, False, "center"),
        ("Số:", (13, 13), False, False, "center"),
        ("Nam Định, ngày", (13, 14), False, True, "center"),
        ("BÁO CÁO", (13, 14), True, False, "center"),
        ("Kết quả công tác Hội", (13, 14), True, False, "center"),
        ("Kính gửi:", (13, 14), False, False, "left"),
        ("I. TÌNH HÌNH", (13, 14), True, False, "both"),
        ("1. Các chỉ tiêu", (13, 14), True, False, "both"),
        ("Thực hiện Kế hoạch số 83", (13, 14), False, False, "both"),
        ("Nơi nhận:", (12, 12), True, True, "left"),
        ("- Như trên;", (11, 11), False, False, "left"),
        ("TM. BAN THƯỜNG VỤ", (13, 14), True, False, "center"),
        ("Phụ lục", (14, 14), True, False, "center"),
        ("KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU", (13, 14), True, False, "center"),
        ("(Kèm theo Báo cáo số", (13, 14), False, True, "center"),
    ],
)
def test_each_part_is_set_as_the_decree_says(
    paper: Paper, start: str, sizes: tuple[int, int], bold: bool, italic: bool, align: str
) -> None:
    line = paper.line(start)
    assert all(sizes[0] <= size <= sizes[1] for size in line.sizes)
    assert line.sizes
    assert (line.bold, line.italic, line.align) == (bold, italic, align)


def test_the_body_is_set_in_and_spaced(paper: Paper) -> None:
    body = [line for line in paper.lines if line.first_line]
    assert len(body) > 30
    for line in body:
        assert 10 <= round(line.first_line, 1) <= 12.7
        assert line.after >= 6
        assert 1 <= line.spacing <= 1.5


def test_the_parts_come_in_order_and_nobody_has_signed(paper: Paper) -> None:
    starts = ["BÁO CÁO", "Kính gửi:", "I. ", "II. ", "III. ", "IV. ", "V. ", "Nơi nhận:", "Phụ lục"]
    places = [next(i for i, text in enumerate(paper.texts) if text.startswith(start)) for start in starts]
    assert places == sorted(places)
    after = paper.texts[paper.texts.index("CHỦ TỊCH") + 1]
    assert after == "" or after == "Phụ lục"
    assert "Số:        /BC-BTV" in paper.texts
    assert "- Lưu: VT, Ban Tổng hợp." in paper.texts


def test_figures_stand_in_the_sentences(paper: Paper) -> None:
    members = Names(gathered())("NEN.1")
    assert members is not None
    assert paper.line("Thực hiện Kế hoạch").text.count(f"có {members} hội viên") == 1
    assert "so với cùng kỳ năm trước" in paper.line("Các chi hội tổ chức").text


def test_who_has_not_reported_is_named(paper: Paper) -> None:
    late = paper.line("Đến thời điểm tổng hợp").text
    owing = [row for row in gathered().areas("CH") if row.progress.missing]
    assert owing
    for row in owing:
        assert f"{row.area.name} ({row.progress.missing} báo cáo)" in late


def test_the_comparison_is_in_words() -> None:
    row = gathered().whole["NV25d"]
    before = Figure("NV25d", "reported", 100)
    now = replace(row, main=Figure("NV25d", "reported", 157), last_year=before)
    assert change_words(now) == "tăng 57 (57%) so với cùng kỳ năm trước"
    less = replace(now, main=Figure("NV25d", "reported", 96))
    assert change_words(less) == "giảm 4 (4%) so với cùng kỳ năm trước"
    assert change_words(replace(now, main=before)) == "bằng cùng kỳ năm trước"
    assert change_words(replace(now, last_year=None)) is None
    points = Figure("CT25", "reported", 80, percent=True)
    assert change_words(replace(now, main=points, last_year=replace(points, value=78))) == (
        "tăng 2 điểm % so với cùng kỳ năm trước"
    )


def test_what_nobody_reported_is_left_for_people_to_write() -> None:
    province = gathered()
    silent = replace(province.whole["NV25d"], main=Figure("NV25d", "not_reported"), fields=())
    names = Names(replace(province, whole={"NV25d": silent}))
    assert names.sentence("Có ${NV25d} cháu.") == ""
    assert names.sentence("Trong ${period} có ${NV25d} cháu[, ${NV25d.moi} cháu mới].") == ""
    both = Names(replace(province, whole={**province.whole, "NV25d": silent}))
    assert both.sentence("${NEN.1} chị, ${NV25d} cháu[, mới ${to_date.CT11}].").endswith("chị, …… cháu.")


def test_a_small_count_is_said_as_under_three() -> None:
    province = gathered()
    small = replace(province.whole["NV26f"], main=Figure("NV26f", "reported", hidden=True, small=True))
    names = Names(replace(province, whole={"NV26f": small}))
    assert names("NV26f") == "dưới 3"
    withheld = replace(small, main=Figure("NV26f", "reported", hidden=True))
    assert Names(replace(province, whole={"NV26f": withheld}))("NV26f") is None
