"""``chihoi doctor``: what is missing or wrong, in plain words, and what to do about it."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from bot.app import table_of_channels
from bot.channel import Registered
from bot.cli.doctor_channels import ChannelTrouble, check_channel
from bot.settings import Settings, load
from scheduler.clock import VIETNAM, SystemClock
from storage.backup import backups_in, made_at
from storage.database import Database, place_of
from storage.domain.problems import Problem
from storage.plan_files import load_plan
from storage.queries.keeping import letters, newest_message
from storage.queries.people import find_seats
from storage.sqlite_file import SqliteFile

#: A year of a province is below this; a full disk stops everything.
LEAST_FREE = 500_000_000

Check = Callable[[Settings], str]


class Wrong(Exception):
    """A check that failed: what is wrong and what to do."""


def doctor() -> None:
    """Khám máy: cài đặt, kế hoạch, dữ liệu, cổng, từng kênh. Mỗi dòng một kết quả."""
    console = Console()
    settings = load()
    results = list(_results(settings))
    for name, good, what in results:
        console.print(
            f"[{'green' if good else 'red'}]{'✓' if good else '✗'}[/] {name}: {what}", soft_wrap=True
        )
    if not all(good for _, good, _ in results):
        raise typer.Exit(2)


def _results(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    for name, check in CHECKS.items():
        try:
            yield name, True, check(settings)
        except (Wrong, Problem) as wrong:
            yield name, False, str(wrong)


def plan(settings: Settings) -> str:
    """The plan folder loads."""
    found = load_plan(settings.plan)
    return f"{found.title}: {len(found.indicators)} chỉ tiêu, {len(found.packs)} bộ câu hỏi"


def data(settings: Settings) -> str:
    """The database opens and has people."""
    with closing(Database(settings.database_url)) as database, database.reading() as reader:
        some = find_seats(reader, "", (), 1)
    if not some:
        raise Wrong("chưa có đơn vị nào; hãy chạy chihoi units import TỆP")
    return f"{database.shown} mở được"


def photos(settings: Settings) -> str:
    """The photo folder can be written to."""
    folder = settings.photos
    if not folder.is_dir():
        raise Wrong(f"chưa có thư mục {folder}; hãy chạy chihoi init")
    if not os.access(folder, os.W_OK):
        raise Wrong(f"không ghi được vào {folder}; hãy sửa quyền của thư mục")
    return f"{folder} ghi được"


def port(settings: Settings) -> str:
    """The port is free, or our own server answers on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Wrong(
                f"cổng {settings.port} đang có chương trình khác dùng ({error.strerror}); "
                "tắt chương trình đó hoặc đặt CHIHOI_PORT khác. Nếu trợ lý đang chạy thì không sao"
            ) from error
    return f"{settings.host}:{settings.port} còn trống"


def disk(settings: Settings) -> str:
    """There is room for what comes."""
    place = place_of(settings.database_url)
    folder = place.path.parent if isinstance(place, SqliteFile) else settings.photos
    free = shutil.disk_usage(folder if folder.is_dir() else Path()).free
    if free < LEAST_FREE:
        raise Wrong(f"chỉ còn {free // 1_000_000} MB trống; hãy dọn ổ đĩa (cần ít nhất 500 MB)")
    return f"còn {free // 1_000_000:,} MB trống".replace(",", ".")


def clock(settings: Settings) -> str:
    """The machine's clock is not behind what was written by it."""
    now = SystemClock().now()
    with closing(Database(settings.database_url)) as database, database.reading() as reader:
        newest = newest_message(reader)
    if newest is not None and newest > now + timedelta(minutes=5) and settings.rehearse_at is None:
        raise Wrong(f"đồng hồ máy ({now:%H:%M %d/%m/%Y}) chạy sau dữ liệu; hãy bật đồng bộ giờ (NTP)")
    return f"{now:%H:%M ngày %d/%m/%Y}"


def backups(settings: Settings) -> str:
    """The newest backup is not old."""
    if not isinstance(place_of(settings.database_url), SqliteFile):
        return "PostgreSQL: sao lưu bằng công cụ của máy chủ (pg_dump); xem docs/operations.md"
    if settings.backup_recipient is None:
        return "chưa bật (chưa có CHIHOI_BACKUP_RECIPIENT); xem docs/operations.md"
    made = [made_at(path) for path in backups_in(settings.backup_folder)]
    newest = max((each for each in made if each), default=None)
    if newest is None or SystemClock().now() - newest > timedelta(days=2):
        raise Wrong("không có bản sao lưu nào trong 2 ngày qua; hãy chạy chihoi backup và xem nhật ký")
    return f"bản mới nhất lúc {newest.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def unanswered(settings: Settings) -> str:
    """No message waits unanswered."""
    with closing(Database(settings.database_url)) as database, database.reading() as reader:
        count = sum(each.state == "waiting" for each in letters(reader))
    if count:
        raise Wrong(f"{count} tin chưa trả lời được; xem chihoi dead-letters list")
    return "không có tin nào bị kẹt"


def zone(settings: Settings) -> str:
    """The time zone of Vietnam is known."""
    return f"múi giờ {VIETNAM.key}"


def _channel(kind: type[Registered], settings: Settings) -> str:
    """One channel answers, and is not near its limits."""
    try:
        return check_channel(settings, kind)
    except ChannelTrouble as trouble:
        raise Wrong(str(trouble)) from trouble


CHECKS: dict[str, Check] = {
    "Kế hoạch": plan,
    "Dữ liệu": data,
    "Thư mục ảnh": photos,
    "Cổng web": port,
    "Múi giờ": zone,
    "Ổ đĩa": disk,
    "Đồng hồ": clock,
    "Sao lưu": backups,
    "Tin chưa trả lời": unanswered,
    **{kind.title: partial(_channel, kind) for kind in table_of_channels() if kind.needs},
}
