"""``chihoi privacy``: what is kept of a person, erasing it, and the consent log to print."""

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.shared import (
    DEFAULT_DATABASE,
    AsOption,
    DatabaseOption,
    UnitOption,
    new_file,
    record,
    refusals,
    say,
    scope_for,
)
from bot.erasing import FileEraser
from handlers.texts import render
from scheduler.clock import VIETNAM, SystemClock
from storage.database import Database
from storage.domain.effects import PersonErased, ReadRecorded
from storage.domain.people import Person, Seat
from storage.domain.problems import Finding, NotFound
from storage.plan_files import load_plan
from storage.queries import consent, people, privacy
from storage.scope import reaches
from storage.writer import Reader
from storage.writer.opening import writer_of

app = typer.Typer(no_args_is_help=True, help="Dữ liệu cá nhân: xem, xóa, sổ đồng ý.")

SeatArgument = Annotated[str, typer.Argument(help="Mã vị trí, ví dụ 13999-05.")]
PlanOption = Annotated[Path, typer.Option("--plan", envvar="CHIHOI_PLAN", help="Thư mục kế hoạch.")]
PhotosOption = Annotated[Path, typer.Option("--photos", envvar="CHIHOI_PHOTOS", help="Thư mục ảnh.")]


@app.command()
def export(
    seat: SeatArgument,
    out: Annotated[Path, typer.Option(help="Tệp .json sẽ ghi; chỉ người tạo đọc được.")],
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Ghi ra mọi thứ đang lưu về người giữ vị trí này, để đưa cho chính người ấy."""
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            post, person = _holder(reader, seat, as_)
            kept = privacy.kept_of(reader, person.id)
        with new_file(out, secret=True) as partial:
            partial.write_text(json.dumps(kept, ensure_ascii=False, indent=1, default=_plain), "utf-8")
        at = SystemClock().now()
        asyncio.run(record(opened, ReadRecorded("person_exported", at, post.id, person.id)))
    say(f"Đã ghi {out}. Giữ kín tệp này.")


def _plain(value: Any) -> str:
    return value.astimezone(VIETNAM).isoformat() if isinstance(value, datetime) else str(value)


def _holder(reader: Reader, code: str, as_: str | None) -> tuple[Seat, Person]:
    """The seat and its holder, if the command may touch it."""
    post = people.seat_by_code(reader, code)
    if post is None:
        raise NotFound(Finding(code, "không có vị trí mang mã này"))
    if as_ is not None:
        mine = people.seat_by_code(reader, as_)
        day = SystemClock().now().date()
        if mine is None or not reaches(reader, [mine], post.unit.id, day):
            raise NotFound(Finding(code, "ngoài địa bàn của mình"))
    if post.person is None or not post.person.name:
        raise NotFound(Finding(code, "vị trí này đang trống"))
    return post, post.person


@app.command()
def erase(
    seat: SeatArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    plan: PlanOption = Path("plans/kh83-2024"),
    photos: PhotosOption = Path("data/photos"),
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Xóa tên, tài khoản, ảnh và tin nhắn của người giữ vị trí này; số liệu của đơn vị vẫn giữ."""
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            post, person = _holder(reader, seat, as_)
        if not yes and not typer.confirm(f"Xóa {person.name} ({post.unit.name})? Không lấy lại được."):
            say("Chưa xóa gì.")
            return
        files = asyncio.run(_erase(opened, person, load_plan(plan), photos))
    say(f"Đã xóa thông tin của người giữ vị trí {seat}, {files} tệp ảnh. Số liệu vẫn giữ.")


async def _erase(database: Database, person: Person, plan: Any, photos: Path) -> int:
    questions = [question for pack in plan.packs for question in pack.questions]
    texts = frozenset(question.name for question in questions if question.type in ("text", "url"))
    images = frozenset(question.name for question in questions if question.type == "image")
    clock = SystemClock()
    erased = PersonErased(person.id, clock.now().astimezone(UTC), texts, images)
    writer = writer_of(database)
    try:
        await writer.run("privacy", lambda reader: (erased,))
        files = await FileEraser(database, writer, photos, clock).once()
    finally:
        await writer.close()
    database.checkpoint()
    return files


_SAID = {"agreed": "đồng ý", "withdrawn": "rút lại", "erased": "đã xóa"}


@app.command()
def report(
    out: Annotated[Path | None, typer.Option(help="Tệp sẽ ghi; không có thì in ra màn hình.")] = None,
    unit: UnitOption = None,
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """In sổ đồng ý: ai, khi nào, bản nào; và việc phải trả lời trong hạn."""
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            day = SystemClock().now().date()
            within = scope_for(reader, as_, unit, day) if as_ or unit else None
            lines = [_line(each) for each in consent.consent_log(reader, within)]
            due = privacy.due_tasks(reader, within)
        text = "\n".join(
            [
                f"SỔ ĐỒNG Ý, in ngày {day:%d/%m/%Y}",
                f"Bản đang dùng: {render('consent.version', 'chị')}",
                render("consent.text", "chị", account=render("consent.account", "chị", channel="...")),
                "",
                "lúc\tnói\tbản\tkênh\tvị trí\thọ tên\tmã tài khoản",
                *lines,
                "",
                f"Việc phải trả lời: {len(due)}",
                *(f"{_local(task.due_at)}\t{task.kind}\t{task.seat}" for task in due),
            ]
        )
        if out is None:
            say(text)
        else:
            with new_file(out, secret=True) as partial:
                partial.write_text(f"{text}\n", "utf-8")
        asyncio.run(
            record(
                opened, ReadRecorded("consents_printed", SystemClock().now(), details={"lines": len(lines)})
            )
        )


def _line(each: consent.ConsentLine) -> str:
    said = _SAID.get(each.said, each.said)
    return "\t".join(
        [_local(each.at), said, each.version, each.channel, each.seat, each.name, each.subject[:12]]
    )


def _local(moment: datetime | None) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if moment else ""
