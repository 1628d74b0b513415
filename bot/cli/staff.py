"""``chihoi staff``: a link to the staff page, for the first administrator before any chat works."""

import asyncio
from contextlib import closing
from typing import Annotated

import typer

from bot.cli.shared import DEFAULT_DATABASE, DatabaseOption, record, refusals, say
from handlers.turn import door_for
from scheduler.clock import SystemClock
from storage.database import Database
from storage.domain.problems import Finding, NotFound
from storage.domain.sign_in import LINK_LIFE, enters
from storage.domain.sign_in_effects import StaffLinkMade
from storage.queries import people

app = typer.Typer(no_args_is_help=True, help="Trang của cán bộ Hội.")


@app.callback()
def _staff() -> None:
    """Trang của cán bộ Hội."""


@app.command()
def link(
    seat: Annotated[str, typer.Argument(help="Mã vị trí, ví dụ 36.")],
    url: Annotated[
        str, typer.Option("--url", envvar="CHIHOI_PUBLIC_URL", help="Địa chỉ mở được trang web.")
    ] = "http://localhost:8080",
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """In một đường vào trang cán bộ: mở được một lần, trong 15 phút, cho người đang giữ vị trí này."""
    now = SystemClock().now()
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            held = people.seat_by_code(reader, seat)
            if held is None:
                raise NotFound(Finding(seat, "không có vị trí mang mã này"))
            if held.person is None:
                raise NotFound(Finding(seat, "vị trí này chưa có người phụ trách"))
            if not enters(held):
                raise NotFound(Finding(seat, "trang chỉ dành cho cán bộ trên cấp chi hội"))
            door = door_for(reader, url.rstrip("/"), held.id, held.person.id, now)
        made = StaffLinkMade(door.sha256, door.seat_id, door.person_id, now, now + LINK_LIFE)
        asyncio.run(record(opened, made))
    say(door.url)
