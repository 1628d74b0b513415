"""``chihoi move``: a SQLite database into PostgreSQL, whole and compared."""

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from bot.cli.shared import DEFAULT_DATABASE, refusals, say
from bot.settings import load
from storage.database import Database, key_file, place_of
from storage.domain.problems import DatabaseProblem, Finding
from storage.instance import only_instance
from storage.migrations import open_database
from storage.postgres import PostgresSchema
from storage.sqlite_file import SqliteFile
from storage.writer.moving import Sum, move


def move_command(
    to: Annotated[str, typer.Option("--to", help="Địa chỉ PostgreSQL, còn trống.")],
    database: Annotated[
        str, typer.Option("--from", envvar="CHIHOI_DATABASE_URL", help="Địa chỉ tệp SQLite đang dùng.")
    ] = DEFAULT_DATABASE,
) -> None:
    """Chép toàn bộ cơ sở dữ liệu SQLite sang PostgreSQL, đối chiếu số dòng và mã kiểm tra của từng bảng."""
    with refusals():
        old, new, photos = place_of(database), place_of(to), load().photos
        if not isinstance(old, SqliteFile):
            raise DatabaseProblem(Finding(old.shown, "chỉ chuyển từ tệp SQLite"))
        if not isinstance(new, PostgresSchema):
            raise DatabaseProblem(Finding(new.shown, "chỉ chuyển sang PostgreSQL"))
        with (
            closing(Database(database)) as source,
            only_instance(old.path),
            closing(open_database(to)) as target,
        ):
            moved = _with_progress(source, target)
            _copy_key(key_file(old, photos), key_file(new, photos))
            shown = target.shown
    for table in moved:
        say(f"{table.table:<20} {table.rows:>9}  {table.checksum[:16]}")
    say(f"Đã chuyển {sum(table.rows for table in moved)} dòng sang {shown}; hai bên khớp từng bảng.")
    say("Tiếp theo: đặt CHIHOI_DATABASE_URL là địa chỉ mới rồi chạy chihoi doctor. Giữ tệp cũ làm bản lưu.")


def _copy_key(old: Path, new: Path) -> None:
    """What is sealed in the database can be opened there too."""
    if not old.exists():
        return
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(old.read_bytes())
    except OSError as error:
        what = f"đã chuyển xong, nhưng chưa chép được khóa {old} ({error.strerror}); hãy tự chép sang đây"
        raise DatabaseProblem(Finding(str(new), what)) from None
    say(f"Đã chép khóa của các mã đã niêm phong sang {new}.")


def _with_progress(source: Database, target: Database) -> list[Sum]:
    with Progress(transient=True) as bar:
        tasks = {}

        def told(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=total)
            bar.update(tasks[table], completed=done)

        return move(source, target, told)
