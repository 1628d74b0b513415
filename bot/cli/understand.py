"""``chihoi understand``: what the assistant reads in a reply, for people and for programs."""

import json
import sys
from datetime import datetime
from typing import Annotated, Any, TextIO

import typer

from handlers.language.context_json import read_context
from handlers.language.later import ZONE
from handlers.language.reading import Reading
from handlers.language.understand import ASK_REASONS
from handlers.language.understand import understand as read_reply

_KINDS = {
    "answer": "câu trả lời", "ask": "chưa rõ, phải hỏi lại", "unknown": "chị chưa biết",
    "skip": "bỏ qua câu này",
    "next": "làm tiếp", "back": "quay lại câu trước", "edit": "sửa câu đã trả lời",
    "show": "xem lại số đã ghi",
    "status": "hỏi đã gửi chưa", "later": "để sau", "help": "cần giúp, hoặc hỏi lại", "stop": "dừng",
    "cancel": "hủy",
    "mute": "tắt nhắc", "unmute": "bật nhắc", "delete_request": "xin xóa dữ liệu",
    "withdraw_consent": "rút đồng ý",
    "role_ended": "thôi làm chi hội trưởng", "identity": "hỏi ai đang nhắn", "ack": "lời cảm ơn, lời đáp",
    "greet": "lời chào", "human": "muốn gặp người thật", "menu": "xem danh mục", "start": "bắt đầu",
    "restart": "làm lại từ đầu", "unsupported": "loại tin chưa đọc được", "evidence": "ảnh minh chứng",
    "refused": "không được lưu",
}  # fmt: skip
_REFUSALS = {
    "personal_data": "có thông tin riêng của người khác", "id_number": "có số giấy tờ tùy thân",
    "bank_account": "có số tài khoản", "violence_case": "kể về một vụ bạo lực, xâm hại",
}  # fmt: skip


def understand(
    text: Annotated[str | None, typer.Argument(help="The reply. Without it, JSON lines are read.")] = None,
    expect: Annotated[
        str | None, typer.Option("--expect", help="What is asked: integer, money, date ...")
    ] = None,
    now: Annotated[str | None, typer.Option("--now", help="The time of the message, ISO 8601.")] = None,
) -> None:
    """Read one reply for a person, or JSON lines {"id", "text", "context"} from standard input."""
    moment = _moment(now)
    if text is None:
        raise SystemExit(read_lines(sys.stdin, sys.stdout, sys.stderr, moment))
    try:
        expectation, context = read_context({"expects": expect or "nothing"}, moment)
    except ValueError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    print(explain(read_reply(text, expectation, context)))


def _moment(now: str | None) -> datetime:
    if now is None:
        from scheduler.clock import SystemClock  # only here does this room meet the clock

        found: datetime = SystemClock().now()
        return found
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        print(f"--now {now!r} is no ISO 8601 time", file=sys.stderr)
        raise SystemExit(2) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def read_lines(lines: TextIO, out: TextIO, err: TextIO, now: datetime) -> int:
    """One reading a line, in order, each flushed; 2 at the first line that is no such object, else 0."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = _read_line(line, now)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            print(f"line {number}: {_short(error)}", file=err)
            return 2
        print(json.dumps(answer, ensure_ascii=False), file=out, flush=True)
    return 0


def _short(error: Exception) -> str:
    # The text of a message is never repeated: it may hold what must not be kept.
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg}, column {error.colno})"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _read_line(line: str, now: datetime) -> dict[str, Any]:
    row = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError("an object with a text is wanted")
    context_data = row.get("context") or {}
    if not isinstance(context_data, dict):
        raise ValueError("context must be an object")
    expectation, context = read_context(context_data, now)
    return {"id": row.get("id"), **as_json(read_reply(row["text"], expectation, context))}


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading as a JSON object, without what is false or unsaid."""
    found: dict[str, Any] = {"kind": reading.kind}
    if reading.kind == "answer":
        found["value"] = reading.value
    for key in ("approximate", "echo", "date", "at", "target", "reason"):
        value = getattr(reading, key)
        if value not in (None, False, ""):
            found[key] = value
    return found


def explain(reading: Reading) -> str:
    """What was read and why, in Vietnamese, for a person."""
    lines = [f"Em hiểu: {_KINDS[reading.kind]}"]
    if reading.kind == "answer":
        lines.append(f"Giá trị: {_value(reading.value)}")
    if reading.approximate:
        lines.append("Chị nói khoảng chừng, em ghi là khoảng.")
    if reading.echo:
        lines.append("Cần đọc lại cho chị xác nhận trước khi tính.")
    for label, value in (("Ngày", reading.date), ("Nhắc lúc", reading.at), ("Sửa", reading.target)):
        if value is not None:
            lines.append(f"{label}: {value}")
    if reading.reason:
        lines.append(f"Vì: {_why(reading)}")
    return "\n".join(lines)


def _why(reading: Reading) -> str:
    if reading.kind == "refused":
        return _REFUSALS.get(reading.reason, reading.reason)
    return (
        f"{reading.reason} ({ASK_REASONS[reading.reason]})"
        if reading.reason in ASK_REASONS
        else reading.reason
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return json.dumps(value, ensure_ascii=False)
