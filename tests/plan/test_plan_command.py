"""``chihoi plan check`` and ``chihoi plan show``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.plan import app
from tests.kh83 import PLAN_FOLDER
from tests.plan.small import SMALL

RUNNER = CliRunner(env={"COLUMNS": "120"})


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_check_sums_up_the_plan() -> None:
    result = RUNNER.invoke(app, ["check", str(PLAN_FOLDER)])

    assert result.exit_code == 0
    assert "76 chỉ tiêu, trong đó 9 có số đích" in result.stdout
    assert "24/24 mục của văn bản" in result.stdout
    assert result.stdout.endswith("Không có lỗi\n")


def test_check_tells_each_fault_on_a_line_and_exits_2(tmp_path: Path) -> None:
    bad = SMALL["packs/CH-T.yaml"].replace("type: ratio", "type: ratoi").replace("maximum: 600", "maximum: x")
    folder = write(tmp_path, {**SMALL, "packs/CH-T.yaml": bad})

    result = RUNNER.invoke(app, ["check", str(folder)])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[0].startswith("packs/CH-T.yaml:12 questions.1.type: 'ratoi'")


def test_check_of_no_folder_is_one_line_and_exit_2(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["check", str(tmp_path / "none")])

    assert result.exit_code == 2
    assert result.stderr == f"{tmp_path / 'none'}: không có thư mục kế hoạch này\n"


def test_show_asks_the_sample_person() -> None:
    result = RUNNER.invoke(app, ["show", "CH-T", "--plan", str(PLAN_FOLDER)])

    assert result.exit_code == 0
    assert result.stdout.startswith("CH-T: Báo cáo tháng của Chi hội\n7 câu, khoảng 3 phút.")
    assert (
        "Câu 2/7. Hôm đó có bao nhiêu chị dự ạ? (Chi hội mình có 62 hội viên)\n   Chỉ hỏi khi: [Sinh hoạt]\n"
    ) in result.stdout
    assert "1 Rồi · 2 Chưa\n" in result.stdout
    assert "Hỏi thêm sau khi đã gửi báo cáo" in result.stdout


def test_show_speaks_to_the_person_of_the_plan(tmp_path: Path) -> None:
    folder = write(tmp_path, {**SMALL, "plan.yaml": SMALL["plan.yaml"].replace("form: chị", "form: bác")})

    result = RUNNER.invoke(app, ["show", "CH-T", "--plan", str(folder)])

    assert "Câu 1/3. Tháng này bác đã sinh hoạt chưa ạ?" in result.stdout


def test_show_says_that_an_empty_list_is_not_asked() -> None:
    result = RUNNER.invoke(app, ["show", "XA-N", "--plan", str(PLAN_FOLDER)])

    assert "danh sách targets; danh sách đang trống nên chưa hỏi" in result.stdout


@pytest.mark.parametrize(
    ("pack", "when"),
    [
        ("CH-6T", "Kỳ: 6 tháng (tháng 5, 11). Mở ngày 18/5; 01/11, hạn 20:30 ngày 28/5; 10/11"),
        ("SK-HD41-CH", "Kỳ: sự kiện. Hỏi sau sự kiện 1 ngày, hạn sau 2 ngày"),
        ("MOC-TC1-BAN", "Kỳ: mốc trong năm. Hạn do cán bộ Hội đặt"),
    ],
)
def test_show_says_when_a_pack_is_asked(pack: str, when: str) -> None:
    result = RUNNER.invoke(app, ["show", pack, "--plan", str(PLAN_FOLDER)])

    assert result.exit_code == 0
    assert when in result.stdout.splitlines()[1]


def test_show_of_an_unknown_pack_names_those_there_are(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["show", "CH-X", "--plan", str(write(tmp_path, SMALL))])

    assert result.exit_code == 2
    assert result.stderr == "PACK: không có bộ câu hỏi CH-X; có: CH-T, XA-T\n"
