"""``chihoi dead-letters``: messages that could not be answered, and answering them after a mend."""

import asyncio
from contextlib import closing
from typing import Annotated

import typer

from bot.cli.run import clock_of
from bot.cli.shared import refusals, say
from bot.receive import place_of
from bot.settings import Settings, load
from handlers.turn import Turns
from scheduler.clock import VIETNAM, Clock
from storage.database import Database
from storage.domain.effects import DeadLetterRetried
from storage.domain.problems import Finding, NotFound, Problem
from storage.plan_files import load_plan
from storage.queries.keeping import DeadLetter, letter, letters
from storage.writer import Writer
from storage.writer.opening import writer_of

app = typer.Typer(no_args_is_help=True, help="Tin nhắn mà trợ lý chưa trả lời được.")


@app.command("list")
def list_() -> None:
    """Liệt kê: số, lúc nào, kênh, trạng thái, lỗi gì. Không in lời nhắn."""
    with refusals(), closing(Database(load().database_url)) as database, database.reading() as reader:
        found = letters(reader)
    for each in found:
        when = f"{each.inbound.at.astimezone(VIETNAM):%Y-%m-%d %H:%M}"
        say(f"{each.id}\t{when}\t{each.inbound.address.channel}\t{_state(each)}\t{each.error}")


def _state(each: DeadLetter) -> str:
    if each.state == "waiting":
        return "không giữ lời" if each.wordless else "đang chờ"
    return "đã trả lời"


@app.command()
def retry(
    number: Annotated[
        int | None, typer.Argument(max=2**31 - 1, help="Số trong danh sách; bỏ trống: tất cả.")
    ] = None,
) -> None:
    """Trả lời lại những tin đang chờ, sau khi đã sửa lỗi. Câu trả lời được gửi khi trợ lý chạy."""
    with refusals():
        settings = load()
        answered, failed = asyncio.run(_retry(settings, number, clock_of(settings)))
    say(f"Đã trả lời {answered} tin; còn lỗi {failed} tin.")
    if failed:
        raise typer.Exit(1)


async def _retry(settings: Settings, number: int | None, clock: Clock) -> tuple[int, int]:
    """How many were answered and how many still fail."""
    turns = Turns(load_plan(settings.plan), clock.now, settings.hotlines)
    with closing(Database(settings.database_url)) as database:
        waiting = _waiting(database, number)
        writer = writer_of(database)
        try:
            results = [await _answer(writer, turns, each, clock) for each in waiting]
        finally:
            await writer.close()
    return results.count(True), results.count(False)


def _waiting(database: Database, number: int | None) -> list[DeadLetter]:
    with database.reading() as reader:
        if number is None:
            return [each for each in letters(reader) if each.state == "waiting" and not each.wordless]
        found = letter(reader, number)
    if found is None or found.state != "waiting":
        raise NotFound(Finding(str(number), "không có tin nào đang chờ mang số này"))
    if found.wordless:
        raise NotFound(Finding(str(number), "lời nhắn không được giữ lại; hãy nhờ chị ấy nhắn lại"))
    return [found]


async def _answer(writer: Writer, turns: Turns, each: DeadLetter, clock: Clock) -> bool:
    try:
        await writer.run(str(each.inbound.address), turns.again(each))
    except Problem:
        raise
    except Exception as error:
        failed = DeadLetterRetried(each.id, clock.now(), place_of(error))
        await writer.run(str(each.inbound.address), lambda reader: (failed,))
        return False
    return True
