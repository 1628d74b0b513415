"""``chihoi understand``: lines in, lines out, in order; and one reply for a person."""

import importlib.util
import io
import json
from pathlib import Path
from types import ModuleType

from handlers.language.reading import Expectation
from handlers.language.understand import understand
from tests.language.rows import CONTEXT, NOW


def _command() -> ModuleType:
    # Loaded by its file: the table of commands beside it imports the whole house.
    path = Path(__file__).resolve().parents[2] / "bot" / "cli" / "understand.py"
    spec = importlib.util.spec_from_file_location("understand_command", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMMAND = _command()


def _lines(*rows: str) -> tuple[int, list[dict[str, object]], str]:
    out, err = io.StringIO(), io.StringIO()
    code = COMMAND.read_lines(io.StringIO("\n".join(rows) + "\n"), out, err, NOW)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_lines_come_back_in_order() -> None:
    code, answers, err = _lines(
        '{"id": 7, "text": "bốn mươi mốt", "context": {"expects": "integer"}}',
        '{"id": "b", "text": "khoảng 30", "context": {"expects": "integer"}}',
        '{"id": 9, "text": "mai", "context": {"expects": "integer"}}',
    )
    assert (code, err) == (0, "")
    assert [answer["id"] for answer in answers] == [7, "b", 9]
    assert answers[0] == {"id": 7, "kind": "answer", "value": 41, "reason": "number"}
    assert answers[1]["approximate"] is True
    assert answers[2]["at"] == "2024-03-14T08:30:00"


def test_a_false_answer_is_written() -> None:
    _, answers, _ = _lines('{"id": 1, "text": "chưa", "context": {"expects": "yes_no"}}')
    assert answers[0]["value"] is False


def test_a_bad_line_stops_with_its_number_and_none_of_its_text() -> None:
    code, answers, err = _lines(
        '{"id": 1, "text": "rồi", "context": {"expects": "yes_no"}}', '{"id": 2, "text": "bí mật'
    )
    assert (code, len(answers)) == (2, 1)
    assert err.startswith("line 2: ")
    assert "bí mật" not in err
    assert err.count("\n") == 1


def test_an_unknown_type_is_a_bad_line() -> None:
    assert _lines('{"id": 1, "text": "a", "context": {"expects": "colour"}}')[0] == 2


def test_a_person_is_told_what_and_why() -> None:
    told = COMMAND.explain(understand("ba hai", Expectation("integer"), CONTEXT))
    assert "Giá trị: 32" in told
    assert "đọc lại" in told
    asked = COMMAND.explain(understand("1,250", Expectation("integer"), CONTEXT))
    assert "hỏi lại" in asked
    assert "unclear_separator" in asked
