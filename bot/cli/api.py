"""``chihoi api token``: which programs may read figures, of which unit and below (docs/api.md)."""

import asyncio
import secrets
from contextlib import closing
from typing import Annotated

import typer

from bot.cli.shared import DEFAULT_DATABASE, DatabaseOption, record, refusals, say
from scheduler.clock import VIETNAM, SystemClock
from storage.database import Database
from storage.domain.problems import Finding, NotFound
from storage.domain.sign_in import token_sha256
from storage.domain.sign_in_effects import ApiTokenIssued, ApiTokenRevoked
from storage.queries import people, sign_in

app = typer.Typer(no_args_is_help=True, help="Cho phần mềm khác đọc số liệu.")
tokens = typer.Typer(no_args_is_help=True, help="Mã của từng phần mềm.")
app.add_typer(tokens, name="token")

Name = Annotated[str, typer.Argument(help="Tên phần mềm, ví dụ lrgsp-tinh.")]


@tokens.command()
def create(
    name: Name,
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị: đọc được đơn vị này và bên dưới.")],
    database: DatabaseOption = DEFAULT_DATABASE,
) -> None:
    """Cấp mã cho một phần mềm. Mã chỉ in ra lần này; nơi lưu chỉ giữ dấu vết của mã."""
    if not 0 < len(name.strip()) <= 60:
        raise typer.BadParameter("tên dài từ 1 đến 60 ký tự")
    token = f"chihoi_{secrets.token_urlsafe(32)}"
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            top = people.unit_by_code(reader, unit)
            if top is None:
                raise NotFound(Finding(unit, "không có đơn vị mang mã này"))
            if any(each.name == name for each in sign_in.all_api_tokens(reader)):
                raise NotFound(Finding(name, "tên này đã dùng rồi; hãy đặt tên khác"))
        issued = ApiTokenIssued(name, token_sha256(token), top.id, SystemClock().now())
        asyncio.run(record(opened, issued))
    say(token)


@tokens.command(name="list")
def list_(database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Các phần mềm đã được cấp mã: tên, đơn vị, ngày cấp, còn dùng hay đã thu."""
    with refusals(), closing(Database(database)) as opened, opened.reading() as reader:
        known = sign_in.all_api_tokens(reader)
    for each in known:
        state = "đang dùng"
        if each.revoked_at is not None:
            state = f"đã thu {each.revoked_at.astimezone(VIETNAM):%d/%m/%Y}"
        say(f"{each.name}\t{each.unit_code}\t{each.made_at.astimezone(VIETNAM):%d/%m/%Y}\t{state}")


@tokens.command()
def revoke(name: Name, database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Thu mã của một phần mềm: từ nay không đọc được nữa."""
    with refusals(), closing(Database(database)) as opened:
        with opened.reading() as reader:
            known = sign_in.all_api_tokens(reader)
        if not any(each.name == name and each.revoked_at is None for each in known):
            raise NotFound(Finding(name, "không có mã đang dùng mang tên này"))
        asyncio.run(record(opened, ApiTokenRevoked(name, SystemClock().now())))
    say(f"Đã thu mã của {name}.")
