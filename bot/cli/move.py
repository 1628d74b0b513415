"""``chihoi move``: a SQLite database into PostgreSQL, whole and compared."""

from contextlib import closing
from typing import Annotated

import typer
from rich.progress import Progress

from bot.cli.shared import DEFAULT_DATABASE, refusals, say
from storage.database import Database, place_of
from storage.domain.problems import DatabaseProblem, Finding
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
        if not isinstance(place_of(database), SqliteFile):
            raise DatabaseProblem(Finding(place_of(database).shown, "chỉ chuyển từ tệp SQLite"))
        if not isinstance(place_of(to), PostgresSchema):
            raise DatabaseProblem(Finding(place_of(to).shown, "chỉ chuyển sang PostgreSQL"))
        with closing(Database(database)) as source, closing(open_database(to)) as target:
            moved = _with_progress(source, target)
            shown = target.shown
    for table in moved:
        say(f"{table.table:<20} {table.rows:>9}  {table.checksum[:16]}")
    say(f"Đã chuyển {sum(table.rows for table in moved)} dòng sang {shown}; hai bên khớp từng bảng.")
    say("Tiếp theo: đặt CHIHOI_DATABASE_URL là địa chỉ mới rồi chạy chihoi doctor. Giữ tệp cũ làm bản lưu.")


def _with_progress(source: Database, target: Database) -> list[Sum]:
    with Progress(transient=True) as bar:
        tasks = {}

        def told(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=total)
            bar.update(tasks[table], completed=done)

        return move(source, target, told)
