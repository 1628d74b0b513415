"""``chihoi demo``: a sample province in a temporary database and a phone on a page; no token, no account."""

import asyncio
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.run import serve_until_told
from bot.observe import configure
from bot.settings import Settings, load
from scheduler.clock import VIETNAM, ManualClock
from storage.domain.effects import UnitsImported
from storage.domain.problems import Finding, NotFound
from storage.migrations import open_database
from storage.unit_files import read_units
from storage.writer.opening import writer_of

#: An evening in March 2024, two days after the round opened: the sample conversation's own.
START = datetime(2024, 3, 14, 19, 30, tzinfo=VIETNAM)
SAMPLE = Path("samples/nam-dinh-2024.csv")


def demo(
    port: Annotated[int | None, typer.Option(help="Cổng của trang web.")] = None,
    units: Annotated[Path, typer.Option(help="Tệp đơn vị mẫu (.csv, .xlsx).")] = SAMPLE,
) -> None:
    """Mở tỉnh mẫu trên trang web: chọn một chi hội trưởng và trò chuyện như chị ấy."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="chihoi-demo-") as folder:
        settings = _settings(load(), Path(folder), port)
        configure(settings.secrets(), settings.log_format, settings.log_level)
        with console.status("Đang dựng tỉnh mẫu ..."):
            count = asyncio.run(fill(settings.database_url, units))
        console.print(f"Tỉnh mẫu có {count:,} đơn vị.".replace(",", "."))
        console.print(f"Mở [bold]http://localhost:{settings.port}[/] để trò chuyện. Dừng bằng Ctrl+C.")
        asyncio.run(serve_until_told(settings, ManualClock(START, running=True), phone_page=True))


def _settings(settings: Settings, folder: Path, port: int | None) -> Settings:
    """The settings with everything that is kept in a folder of its own, and no outside channel."""
    changes = {
        "database_url": f"sqlite:///{folder / 'demo.db'}",
        "photos": folder / "photos",
        "telegram_token": None,
        "port": port or settings.port,
        "public_url": settings.public_url or f"http://localhost:{port or settings.port}",
    }
    return settings.model_copy(update=changes)


async def fill(database_url: str, units: Path) -> int:
    """Take the sample units into a new database; how many there are."""
    if not units.exists():
        raise NotFound(Finding(str(units), "không thấy tệp đơn vị mẫu; hãy chạy lệnh trong thư mục chihoi"))
    records = read_units(units, lambda done, total: None)
    with closing(open_database(database_url)) as database:
        writer = writer_of(database)
        await writer.run("demo", lambda reader: (UnitsImported(records, START),))
        await writer.close()
    return len(records)
