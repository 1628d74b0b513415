"""What the commands share: the database option and refusals in one line each."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection, Select

from storage.database import Database
from storage.domain.effects import Effect
from storage.domain.problems import Finding, NotFound, Problem
from storage.queries import people
from storage.scope import reaches, units_below, units_on
from storage.writer.opening import writer_of

DEFAULT_DATABASE = "sqlite:///data/chihoi.db"

DatabaseOption = Annotated[
    str, typer.Option("--database", envvar="CHIHOI_DATABASE_URL", help="Địa chỉ cơ sở dữ liệu.")
]

UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Chỉ đơn vị có mã này và các đơn vị bên dưới.")
]

AsOption = Annotated[
    str | None,
    typer.Option(
        "--as", envvar="CHIHOI_AS", help="Mã vị trí của người dùng lệnh: chỉ thấy địa bàn của mình."
    ),
]


def scope_for(
    reader: Connection, seat_code: str | None, unit_code: str | None, day: date
) -> Select[tuple[int]]:
    """The units a command may touch on ``day``: those of the seat it is run as (all, for the administrator
    of the machine), narrowed to those at and below ``unit_code``. NotFound for what does not exist or
    lies outside."""
    unit = people.unit_by_code(reader, unit_code) if unit_code is not None else None
    if unit_code is not None and unit is None:
        raise NotFound(Finding(unit_code, "không có đơn vị mang mã này"))
    if seat_code is None:
        return units_below(unit.id, day) if unit else units_on(day)
    seat = people.seat_by_code(reader, seat_code)
    if seat is None:
        raise NotFound(Finding(seat_code, "không có vị trí mang mã này"))
    if unit is not None and not reaches(reader, [seat], unit.id, day):
        raise NotFound(Finding(unit.code, f"ngoài địa bàn của {seat.unit.name}"))
    return units_below(unit.id if unit else seat.unit.id, day)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a `Problem` into one line a finding on stderr and exit code 2."""
    try:
        yield
    except Problem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@contextmanager
def new_file(path: Path, secret: bool = False) -> Iterator[Path]:
    """A path to write to, which takes the name ``path`` only if all goes well. ``secret``: readable by
    the owner only. NotFound if the folder cannot be written to."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600 if secret else 0o666))
    except OSError as error:
        raise NotFound(Finding(str(path), f"không ghi được tệp ({error.strerror})")) from None
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


async def record(database: Database, *effects: Effect) -> None:
    """Commit what a command did, as one turn."""
    writer = writer_of(database)
    try:
        await writer.run("command", lambda reader: effects)
    finally:
        await writer.close()


def say(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(f"{text}\n")


def thousands(value: int) -> str:
    """1.812, as Vietnamese write it."""
    return f"{value:,}".replace(",", ".")
