"""``chihoi load``: the evening before the deadline, played against a server over a platform that is none."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli.loading.evening import Evening, Plan, Told
from bot.cli.loading.platform import FakePlatform
from bot.cli.loading.province import EVENING, populate
from bot.cli.loading.script import TALK
from bot.cli.loading.server import MEMORY, PER_SECOND, SECRET, Server, answers, metric
from bot.cli.shared import refusals, say, thousands
from storage.domain.problems import Finding, NotFound
from storage.migrations import open_database
from storage.writer.sqlite import SqliteWriter

#: An evening of a whole country's province, ten times over; more is a mistake in typing.
MOST_HEADS = 100_000

#: How often a server is asked how much memory it has.
LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server that runs elsewhere: its address, where its platform must be, what it knows us by."""

    url: str
    host: str
    port: int
    secret: str
    metrics_token: str


def load(
    heads: Annotated[int, typer.Option(help=f"Số chi hội trưởng, 1 đến {MOST_HEADS}.")] = 3000,
    questions: Annotated[
        int, typer.Option(help=f"Số tin mỗi chị nhắn, từ lời chào trở đi, 1 đến {len(TALK)} (gửi xong).")
    ] = 10,
    seconds: Annotated[float, typer.Option(help="Buổi tối dài bao nhiêu giây: hai giờ thật ép lại.")] = 120,
    seed: Annotated[int, typer.Option(help="Hạt giống: cùng số thì cùng buổi tối.")] = 1,
    url: Annotated[
        str | None, typer.Option(help="Địa chỉ máy chủ đang chạy nơi khác; bỏ trống: tự chạy một máy chủ.")
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Với --url: nơi mở nền tảng giả (CHIHOI_TELEGRAM_API của máy chủ kia).")
    ] = "127.0.0.1:8081",
    secret: Annotated[
        str, typer.Option(envvar="CHIHOI_TELEGRAM_WEBHOOK_SECRET", help="Với --url: bí mật webhook.")
    ] = "",
    metrics_token: Annotated[
        str, typer.Option(envvar="CHIHOI_METRICS_TOKEN", help="Với --url: để đọc bộ nhớ của máy chủ.")
    ] = "",
    prepare: Annotated[
        Path | None, typer.Option(help="Chỉ tạo cơ sở dữ liệu có sẵn các chị, cho máy chủ ở nơi khác.")
    ] = None,
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = Path("plans/kh83-2024"),
) -> None:
    """Đo tải: buổi tối trước hạn nộp, mọi chi hội trưởng cùng trả lời, với một nền tảng nhắn tin giả."""
    with refusals():
        if prepare is not None:
            _possible(Plan(heads, 1, 2, seed))
            asyncio.run(_prepare(prepare, heads))
            say(f"Đã tạo {prepare} với {thousands(heads)} chi hội trưởng.")
            return
        evening = _possible(Plan(heads, questions, seconds, seed))
        if url is None:
            told, most = asyncio.run(_alone(evening, plan))
        else:
            target = Target(_address(url), *_host_port(listen), secret, metrics_token)
            told, most = asyncio.run(_elsewhere(evening, target))
    _print(evening, told, most)
    if not told.faultless:
        raise typer.Exit(1)


def _possible(plan: Plan) -> Plan:
    """The evening, if it can be played; else NotFound with every option that is wrong."""
    needed = 2 * plan.questions
    wrong = [
        Finding(f"--{name}", f"cần {wanted} (đang là {given})")
        for name, given, right, wanted in (
            ("heads", plan.heads, 1 <= plan.heads <= MOST_HEADS, f"số từ 1 đến {MOST_HEADS}"),
            ("questions", plan.questions, 1 <= plan.questions <= len(TALK), f"số từ 1 đến {len(TALK)}"),
            ("seconds", plan.seconds, plan.seconds >= needed, f"ít nhất {needed}, hai giây mỗi tin"),
        )
        if not right
    ]
    if wrong:
        raise NotFound(*wrong)
    return plan


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotFound(
            Finding("--url", f"cần địa chỉ http(s), ví dụ http://127.0.0.1:8080 (đang là {url!r})")
        )
    return url.rstrip("/")


def _host_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise NotFound(Finding("--listen", f"cần dạng MÁY:CỔNG, ví dụ 0.0.0.0:8081 (đang là {listen!r})"))
    return host, int(port)


async def _prepare(path: Path, heads: int) -> None:
    """A new database in which the heads are; NotFound if there is such a file."""
    if path.exists():
        raise NotFound(Finding(str(path), "đã có tệp này; hãy xóa hoặc chọn tên khác"))
    with closing(open_database(f"sqlite:///{path}")) as database:
        writer = SqliteWriter(database)
        await populate(writer, database, heads)
        await writer.close()


async def _alone(plan: Plan, folder_of_plan: Path) -> tuple[Told, float | None]:
    """Against a server of our own, on a temporary database."""
    if not folder_of_plan.is_dir():
        raise NotFound(Finding(str(folder_of_plan), "không thấy thư mục kế hoạch"))
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="chihoi-load-") as name:
        folder = Path(name)
        with console.status(f"Đang dựng {thousands(plan.heads)} chi hội ..."):
            await _prepare(folder / "chihoi.db", plan.heads)
        async with _played(plan, "127.0.0.1", 0) as (api, play):
            server = Server(folder, folder_of_plan, api, telegram_per_second=PER_SECOND, log_level="WARNING")
            try:
                with console.status("Đang chạy máy chủ ..."):
                    await server.ready()
                return await play(Target(server.url, "", 0, SECRET, ""))
            finally:
                server.stop()


async def _elsewhere(plan: Plan, target: Target) -> tuple[Told, float | None]:
    """Against a server that runs already, with our platform as its own."""
    if not target.secret:
        raise NotFound(Finding("--secret", "cần CHIHOI_TELEGRAM_WEBHOOK_SECRET của máy chủ"))
    async with _played(plan, target.host, target.port) as (_, play):
        if not await answers(f"{target.url}/healthz"):
            raise NotFound(Finding(target.url, "máy chủ không trả lời (/healthz)"))
        return await play(target)


Play = Callable[[Target], Awaitable[tuple[Told, float | None]]]


@asynccontextmanager
async def _played(plan: Plan, host: str, port: int) -> AsyncIterator[tuple[str, Play]]:
    """The platform's address, and what plays the evening against a server that has it as its platform."""
    progress = Progress(
        TextColumn("Trả lời"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    bar = progress.add_task("", total=plan.heads * plan.questions)
    evening = Evening(plan, lambda: progress.advance(bar))

    async def play(target: Target) -> tuple[Told, float | None]:
        seen: list[float] = []
        watching = asyncio.create_task(_watch(target, seen))
        with progress:
            told = await evening.play(target.url, target.secret)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        last = await metric(target.url, MEMORY, target.metrics_token)
        return told, max([*seen, *([] if last is None else [last])], default=None)

    async with FakePlatform(evening.heard).serving(host, port) as api:
        yield api, play


async def _watch(target: Target, seen: list[float]) -> None:
    """Note the server's memory now and then, until cancelled."""
    while True:
        now = await metric(target.url, MEMORY, target.metrics_token)
        if now is not None:
            seen.append(now)
        await asyncio.sleep(LOOK_SECONDS)


def _print(plan: Plan, told: Told, most: float | None) -> None:
    waits = sorted(told.waits)
    say(f"{thousands(plan.heads)} chi hội trưởng, mỗi chị {plan.questions} tin, {EVENING:%d/%m/%Y}: "
        f"hai giờ trong {_decimal(told.took)} giây")  # fmt: skip
    say(f"Trả lời: {thousands(len(waits))}, {_decimal(len(waits) / max(told.took, 0.001))} mỗi giây")
    if waits:
        shown = (f"p{name} {_decimal(1000 * _at(waits, part))}" for name, part in _PARTS)
        say(f"Từ lúc chị nhắn đến lúc có trả lời (mili giây): {', '.join(shown)}, "
            f"lâu nhất {_decimal(1000 * waits[-1])}")  # fmt: skip
    say(f"Thiếu trả lời: {told.missing}; trả lời hai lần: {told.doubled}; lỗi: {told.errors}; "
        f"phải đưa lại: {told.again}; tin khác: {told.beside}")  # fmt: skip
    said = "máy chủ không cho biết" if most is None else f"{_decimal(most / 1e6)} MB"
    say(f"Bộ nhớ của máy chủ, lúc nhiều nhất: {said}")


_PARTS = (("50", 0.5), ("95", 0.95), ("99", 0.99))


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _decimal(value: float) -> str:
    """1.234,5"""
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))
