"""The command line ``chihoi``: one file a command. A problem is one line a finding and exit code 2."""

import sys

import typer

from bot.cli import (
    answers,
    api,
    backup,
    channels,
    dead_letters,
    demo,
    doctor,
    export,
    init,
    letters,
    load,
    move,
    plan,
    privacy,
    replay,
    run,
    schedule,
    simulate,
    staff,
    summaries,
    understand,
    units,
    webhook,
)  # fmt: skip
from storage.domain.problems import Problem

app = typer.Typer(
    name="chihoi",
    help="Chi Hội: trợ lý báo cáo cho chi hội trưởng, trên Zalo, Telegram và trang web.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(plan.app, name="plan", help="Kiểm tra và xem kế hoạch năm.")
app.add_typer(units.app, name="units", help="Đơn vị, người phụ trách, mã mời.")
app.add_typer(answers.app, name="answers", help="Xuất số liệu của một kỳ.")
app.add_typer(channels.app, name="channels", help="Kênh nhắn tin của từng người.")
app.add_typer(summaries.app, name="summaries", help="Số tổng hợp: kiểm tra, tính lại.")
app.add_typer(privacy.app, name="privacy", help="Dữ liệu cá nhân: xem, xóa, sổ đồng ý.")
app.add_typer(staff.app, name="staff", help="Trang của cán bộ Hội.")
app.add_typer(api.app, name="api", help="Cho phần mềm khác đọc số liệu.")
app.add_typer(webhook.app, name="webhook", help="Báo cho phần mềm khác khi có báo cáo.")
app.command()(letters.letters)
app.add_typer(dead_letters.app, name="dead-letters", help="Tin nhắn mà trợ lý chưa trả lời được.")
app.command()(export.export)
app.command()(demo.demo)
app.command()(run.run)
app.command()(init.init)
app.command()(doctor.doctor)
app.command()(replay.replay)
app.command()(understand.understand)
app.command()(simulate.simulate)
app.command()(schedule.schedule)
app.command()(load.load)
app.command()(backup.backup)
app.command()(backup.restore)
app.command("move")(move.move_command)


def main() -> None:
    """Run a command; what was refused is said in plain lines, with exit code 2."""
    try:
        app()
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
