"""``chihoi channels``: which channel somebody is written to on, and who is asked for her number."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC
from typing import Annotated

import typer

from bot.app import table_of_channels
from bot.cli.shared import DEFAULT_DATABASE, AsOption, DatabaseOption, refusals, say, scope_for
from handlers.contact import ask_contact
from scheduler.clock import SystemClock
from storage.database import Database
from storage.domain.effects import ChannelPreferred, Effect
from storage.domain.problems import Finding, NotFound
from storage.queries.channels import without_phone
from storage.queries.people import seat_by_code
from storage.writer import Decide, Outcome, Reader
from storage.writer.opening import writer_of

app = typer.Typer(no_args_is_help=True, help="Kênh nhắn tin của từng người.")


@app.command()
def prefer(
    seat: Annotated[str, typer.Argument(help="Mã chỗ ngồi, ví dụ 13999-05.")],
    channel: Annotated[str, typer.Argument(help="Tên kênh, ví dụ zalo_oa.")],
    database: DatabaseOption = DEFAULT_DATABASE,
    as_: AsOption = None,
) -> None:
    """Chọn kênh để nhắn cho một người khi người ấy dùng nhiều kênh."""
    with refusals():
        known = [kind.name for kind in table_of_channels()]
        if channel not in known:
            raise NotFound(Finding(channel, f"không có kênh này; có: {', '.join(known)}"))
        _write(database, lambda reader: _preferred(reader, seat, channel, as_))
        say(f"Từ nay nhắn {seat} qua {channel}.")


@app.command("ask-phones")
def ask_phones(database: DatabaseOption = DEFAULT_DATABASE, as_: AsOption = None) -> None:
    """Gửi mẫu xin số điện thoại (Zalo OA) cho những người chưa cho số; mỗi người một lần."""
    with refusals():
        outcome = _write(database, lambda reader: _asked(reader, as_))
        say(f"Đã xếp {len(outcome.outbox_ids)} mẫu vào hàng gửi.")


def _preferred(reader: Reader, code: str, channel: str, as_: str | None) -> Sequence[Effect]:
    found = seat_by_code(reader, code)
    if found is None:
        raise NotFound(Finding(code, "không có chỗ ngồi này"))
    scope_for(reader, as_, found.unit.code, SystemClock().now().date())
    return (ChannelPreferred(found.id, channel, SystemClock().now().astimezone(UTC)),)


def _asked(reader: Reader, as_: str | None) -> Sequence[Effect]:
    """Everybody at once, so only for who sees the whole tree. NotFound for anybody else."""
    now = SystemClock().now()
    caller = seat_by_code(reader, as_) if as_ is not None else None
    if as_ is not None and (caller is None or caller.unit.parent_id is not None):
        raise NotFound(Finding(as_, "lệnh này chỉ dành cho Hội tỉnh"))
    return [ask_contact(address, form, now) for address, form in without_phone(reader, "zalo_oa")]


def _write(url: str, decide: Decide) -> Outcome:
    async def run() -> Outcome:
        with closing(Database(url)) as database:
            writer = writer_of(database)
            try:
                return await writer.run("channels", decide)
            finally:
                await writer.close()

    return asyncio.run(run())
