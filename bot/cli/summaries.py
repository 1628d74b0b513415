"""``chihoi summaries``: are the figures what the answers give, and making them anew."""

import asyncio
from contextlib import closing
from typing import Annotated

import typer

from bot.cli.shared import DEFAULT_DATABASE, DatabaseOption, record, refusals, say
from scheduler.clock import SystemClock
from storage.database import Database
from storage.domain.effects import SummariesRebuilt
from storage.domain.facts import Fact
from storage.queries.summaries import differences

app = typer.Typer(no_args_is_help=True, help="Số tổng hợp: so với câu trả lời, tính lại.")

#: As many rows that differ are written out.
SHOWN = 20


@app.command()
def verify(
    database: DatabaseOption = DEFAULT_DATABASE,
    shown: Annotated[int, typer.Option("--shown", min=1, help="Nhiều nhất mấy dòng khác.")] = SHOWN,
) -> None:
    """So số tổng hợp với câu trả lời: mã thoát 1 nếu có dòng khác."""
    with refusals(), closing(Database(database)) as opened, opened.reading() as reader:
        rows, odd = differences(reader)
    for each in odd[:shown]:
        where = f"{each.pack}:{each.period} {each.unit_code} {each.field}"
        say(f"{where}: đang giữ {_said(each.kept)}, câu trả lời cho {_said(each.counted)}")
    if odd:
        say(f"{len(odd)} dòng khác trong {rows} dòng. Tính lại: chihoi summaries rebuild")
        raise typer.Exit(1)
    say(f"{rows} dòng, tất cả đúng với câu trả lời.")


def _said(fact: Fact | None) -> str:
    if fact is None:
        return "(không có)"
    number = f"{fact.number:g}" + ("" if fact.whole is None else f"/{fact.whole:g}")
    return number if fact.word is None else f"{number} ({fact.word})"


@app.command()
def rebuild(database: DatabaseOption = DEFAULT_DATABASE) -> None:
    """Tính lại toàn bộ số tổng hợp từ câu trả lời."""
    with refusals(), closing(Database(database)) as opened:
        asyncio.run(record(opened, SummariesRebuilt(SystemClock().now())))
        with opened.reading() as reader:
            rows, _ = differences(reader)
    say(f"Đã tính lại {rows} dòng.")
