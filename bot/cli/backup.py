"""``chihoi backup`` and ``chihoi restore``: copies out of the house, and back."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import refusals, say
from bot.settings import Settings, load
from scheduler.clock import Clock, SystemClock
from storage import backup as copies
from storage.database import Database, sqlite_path
from storage.domain.problems import Finding, NotFound, SettingsProblem
from storage.sealing import new_key


def backup(
    new_key: Annotated[
        Path | None,
        typer.Option(help="Tạo cặp khóa mới: ghi khóa riêng vào tệp này, in khóa công khai."),
    ] = None,
) -> None:
    """Sao lưu ngay: cơ sở dữ liệu và ảnh, mã hóa, đọc lại để kiểm tra. Trợ lý vẫn chạy bình thường."""
    with refusals():
        if new_key is not None:
            _new_key(new_key)
        else:
            _backup(load(), SystemClock())


def _backup(settings: Settings, clock: Clock) -> None:
    database = sqlite_path(settings.database_url)
    recipient = settings.backup_recipient
    if recipient is None:
        what = "chưa có khóa công khai; hãy chạy chihoi backup --new-key TỆP rồi đặt biến này"
        raise SettingsProblem(Finding("CHIHOI_BACKUP_RECIPIENT", what))
    if not database.is_file():
        Database(settings.database_url)  # says what is missing
    made = copies.make(database, settings.photos, settings.backup_folder, recipient, clock.now())
    say(f"{made.path}: {made.size:,} byte, đã đọc lại và khớp (bản {made.contents.revision}).")
    say(f"Ảnh mới: {made.photos}. Số dòng: {_rows(made.contents)}.")


def _rows(contents: copies.Contents) -> str:
    told = ("units", "submissions", "answers", "inbox", "outbox")
    return ", ".join(f"{name} {contents.rows[name]}" for name in told if name in contents.rows)


def _new_key(path: Path) -> None:
    """The private key in a file only its owner may read; the public one on stdout."""
    public, private = new_key()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"{private}\n")
    except FileExistsError:
        raise NotFound(Finding(str(path), "đã có tệp này; khóa cũ còn mở các bản sao lưu cũ")) from None
    except OSError as error:
        raise NotFound(Finding(str(path), f"không ghi được tệp ({error.strerror})")) from None
    say(f"CHIHOI_BACKUP_RECIPIENT={public}")
    say(f"Khóa riêng ở {path}: chép ra hai nơi ngoài máy này (USB, két) rồi xóa ở đây.")


def restore(
    file: Annotated[Path, typer.Argument(help="Tệp chihoi-...db.age.")],
    key: Annotated[Path, typer.Option(help="Tệp chứa khóa riêng (AGE-SECRET-KEY-1...).")],
    replace: Annotated[bool, typer.Option(help="Thay cơ sở dữ liệu đang có (giữ lại bản cũ).")] = False,
    check: Annotated[bool, typer.Option(help="Chỉ diễn tập: mở và kiểm tra, không đổi gì.")] = False,
) -> None:
    """Khôi phục từ bản sao lưu; hãy dừng trợ lý trước. --check để diễn tập."""
    with refusals():
        settings = load()
        target = None if check else sqlite_path(settings.database_url)
        private = _private(key)
        if target is None:
            contents = _drill(file, private)
            say(f"{file}: mở được, nguyên vẹn (bản {contents.revision}). Số dòng: {_rows(contents)}.")
            return
        contents = copies.restore(file, private, target, settings.photos, replace)
        say(f"Đã khôi phục {target} (bản {contents.revision}). Số dòng: {_rows(contents)}.")
        say("Tiếp theo: chihoi init (nâng cấp nếu bản cũ), rồi chihoi doctor, rồi chihoi run.")


def _private(path: Path) -> str:
    """The key line of the file; age-keygen writes comments above it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise NotFound(Finding(str(path), "không đọc được tệp khóa")) from None
    keys = [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    if not keys:
        raise NotFound(Finding(str(path), "trong tệp không có khóa AGE-SECRET-KEY-1..."))
    return keys[0]


def _drill(file: Path, private: str) -> copies.Contents:
    with tempfile.TemporaryDirectory(prefix="chihoi-drill-") as folder:
        return copies.open_backup(file, private, Path(folder) / "drill.db")
