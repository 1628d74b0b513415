"""``chihoi letters``: invitation letters of a commune, to print; each with a code that works once."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import DEFAULT_DATABASE, AsOption, DatabaseOption, UnitOption, refusals, say
from bot.cli.units import Issued, Wanted, issue
from bot.letters import Doors
from bot.letters import letters as letters_page
from handlers.topic import HouseWords
from scheduler.clock import SystemClock
from storage.domain.problems import Finding, NotFound
from storage.plan.model import Plan
from storage.plan_files import load_plan


def letters(
    out: Annotated[Path, typer.Option(help="Tệp .html sẽ ghi; mở bằng trình duyệt rồi in.")],
    unit: UnitOption = None,
    empty: Annotated[bool, typer.Option("--empty", help="Cả nơi chưa có người phụ trách.")] = False,
    telegram: Annotated[
        str, typer.Option(envvar="CHIHOI_TELEGRAM_NAME", help="Tên trợ lý trên Telegram, không có @.")
    ] = "",
    zalo: Annotated[str, typer.Option(envvar="CHIHOI_ZALO_NAME", help="Tên để tìm trên Zalo.")] = "",
    zalo_link: Annotated[
        str, typer.Option(envvar="CHIHOI_ZALO_LINK", help="Địa chỉ mở trợ lý trên Zalo.")
    ] = "",
    plan: Annotated[Path, typer.Option(envvar="CHIHOI_PLAN", help="Thư mục kế hoạch.")] = Path(
        "plans/kh83-2024"
    ),
    as_: AsOption = None,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """In thư mời có mã dùng một lần cho người chưa kết nối. Mã cấp lần trước hết hiệu lực."""
    with refusals():
        if out.exists():
            raise NotFound(Finding(str(out), "đã có tệp này; hãy chọn tên khác"))
        loaded, clock = load_plan(plan), SystemClock()
        doors = Doors(telegram.removeprefix("@"), zalo, zalo_link)
        day = clock.now().date()

        def write(path: Path, issued: Issued) -> None:
            path.write_text(_page(issued, doors, loaded, day), encoding="utf-8")

        count = len(asyncio.run(issue(database, out, Wanted(as_, unit, empty), write, clock)))
    say(f"Đã ghi {count} thư mời vào {out}. In xong hãy xóa tệp này: trong đó có mã.")


def _page(issued: Issued, doors: Doors, plan: Plan, day: date) -> str:
    titles: dict[str, str] = {role: rule.title for role, rule in plan.roles.items()}
    return letters_page(issued, doors, HouseWords(titles, plan.superiors, plan.levels), day)
