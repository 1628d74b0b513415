"""What the commands share: the database option, refusals in one line each, cells safe to open in Excel."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from storage.domain.problems import Finding, NotFound, Problem

DEFAULT_DATABASE = "sqlite:///data/chihoi.db"

DatabaseOption = Annotated[
    str, typer.Option("--database", envvar="CHIHOI_DATABASE_URL", help="Địa chỉ cơ sở dữ liệu.")
]

# What a spreadsheet takes for the start of a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a `Problem` into one line a finding on stderr and exit code 2."""
    try:
        yield
    except Problem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


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


def say(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(f"{text}\n")
