"""``chihoi webhook``: which programs are told what happens to reports, of which unit and below
(docs/api.md)."""

import asyncio
from contextlib import closing
from datetime import UTC
from typing import Annotated

import typer

from bot.app import seal_of
from bot.cli.shared import DEFAULT_DATABASE, DatabaseOption, record, refusals, say
from bot.hooks.addresses import fault_of
from bot.hooks.poster import Answer, Poster
from bot.hooks.signature import new_secret, signed_headers
from bot.settings import load
from bot.web.api.shapes import Ping, PingData
from scheduler.clock import VIETNAM, SystemClock
from storage.database import Database
from storage.domain.problems import Finding, NotFound, SettingsProblem
from storage.domain.webhook_effects import WebhookRegistered, WebhookRevoked
from storage.domain.webhooks import Webhook
from storage.queries import people
from storage.queries.webhooks import all_webhooks

app = typer.Typer(no_args_is_help=True, help="Báo cho phần mềm khác khi có báo cáo.")

Name = Annotated[str, typer.Argument(help="Tên phần mềm, ví dụ lrgsp-tinh.")]
Url = Annotated[str, typer.Argument(help="Địa chỉ nhận tin: https://...")]
Unit = Annotated[str, typer.Option("--unit", help="Mã đơn vị: báo việc của đơn vị này và bên dưới.")]
Private = Annotated[
    bool, typer.Option("--allow-private", help="Cho phép địa chỉ trong mạng riêng, hoặc chính máy này.")
]


@app.command()
def create(
    name: Name,
    url: Url,
    unit: Unit,
    allow_private: Private = False,
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Đăng ký địa chỉ nhận tin. Khóa ký chỉ in ra lần này."""
    if not 0 < len(name.strip()) <= 60:
        raise typer.BadParameter("tên dài từ 1 đến 60 ký tự")
    secret = new_secret()
    with refusals(), closing(Database(database)) as opened:
        fault = fault_of(url, allow_private)
        if fault:
            raise SettingsProblem(Finding(url, fault))
        with opened.reading() as reader:
            top = people.unit_by_code(reader, unit)
            if top is None:
                raise NotFound(Finding(unit, "không có đơn vị mang mã này"))
            if any(each.name == name for each in all_webhooks(reader)):
                raise NotFound(Finding(name, "tên này đã dùng rồi; hãy đặt tên khác"))
        at, sealed = SystemClock().now().astimezone(UTC), seal_of(opened, load().photos).close_in(secret)
        asyncio.run(record(opened, WebhookRegistered(name, url, top.id, allow_private, at, sealed)))
    say(secret)


@app.command(name="list")
def list_(database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Các địa chỉ đã đăng ký: tên, đơn vị, địa chỉ, còn dùng hay đã thu, tin nhận gần nhất, tin còn chờ,
    tin đã bỏ, lỗi gần nhất."""
    with refusals(), closing(Database(database)) as opened, opened.reading() as reader:
        known = all_webhooks(reader)
    for each in known:
        say("\t".join(_row(each)))


def _row(hook: Webhook) -> tuple[str, ...]:
    state = "đang dùng"
    if hook.revoked_at is not None:
        state = f"đã thu {hook.revoked_at.astimezone(VIETNAM):%d/%m/%Y}"
    heard = "chưa nhận tin nào"
    if hook.last_success_at is not None:
        heard = f"nhận {hook.last_success_at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
    trouble = f"hỏng {hook.failures} lần liền: {hook.last_error}" if hook.failures else "không có lỗi"
    # What follows the question mark may be a key of the receiver's.
    address = hook.url.partition("?")[0]
    return (
        hook.name, hook.unit_code, address, state, heard, f"chờ {hook.waiting}", f"bỏ {hook.given_up}",
        trouble,
    )  # fmt: skip


@app.command()
def revoke(name: Name, database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Thu một địa chỉ: từ nay không báo gì nữa, kể cả tin còn chờ."""
    with refusals(), closing(Database(database)) as opened:
        _in_use(opened, name)
        asyncio.run(record(opened, WebhookRevoked(name, SystemClock().now().astimezone(UTC))))
    say(f"Đã thu {name}.")


@app.command(name="test")
def send_test(name: Name, database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Gửi thử một tin ngay bây giờ, có chữ ký, và nói nơi nhận trả lời ra sao."""
    with refusals(), closing(Database(database)) as opened:
        hook = _in_use(opened, name)
        secret = seal_of(opened, load().photos).open_up(hook.secret)
        if secret is None:
            raise SettingsProblem(
                Finding(name, "khóa ký niêm bằng khóa của máy khác; hãy thu rồi đăng ký lại")
            )
        answer = asyncio.run(_try(hook, secret))
        if not answer.taken:
            raise NotFound(Finding(name, f"nơi nhận không nhận tin: {answer.error}"))
    say("Nơi nhận đã nhận tin thử.")


async def _try(hook: Webhook, secret: str) -> Answer:
    now = SystemClock().now()
    ping = Ping(timestamp=now.astimezone(UTC), data=PingData(org_unit=hook.unit_code))
    body = ping.model_dump_json(by_alias=True).encode()
    headers = signed_headers(secret, f"test_{int(now.timestamp() * 1000)}", now, body)
    poster = Poster()
    try:
        return await poster.post(hook.url, hook.allow_private, body, headers)
    finally:
        await poster.close()


def _in_use(database: Database, name: str) -> Webhook:
    """The webhook of this name. NotFound if there is none, or it was revoked."""
    with database.reading() as reader:
        known = all_webhooks(reader)
    for each in known:
        if each.name == name and each.revoked_at is None:
            return each
    raise NotFound(Finding(name, "không có địa chỉ đang dùng mang tên này"))
