"""Rival (a): python-telegram-bot's ConversationHandler, answers in SQLite by SQLModel and aiosqlite, one
commit an answer. ``python -m benchmarks.rivals.ptb_sqlmodel WIDTH KNOWN WRITING FOLDER``.

The common design, written as its documentation shows it: the state in memory, a session an answer, WAL
and synchronous=FULL, updates of different people side by side. The Bot API is faked instantly.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from telegram import Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData

from benchmarks.rivals.form import DONE, OTHERS, QUESTIONS, answers, starts
from benchmarks.speed import Speed, program, run

ASKING = 0
SENT = json.dumps(
    {"ok": True, "result": {"message_id": 1, "date": 1710420120, "chat": {"id": 1, "type": "private"}}}
).encode()
ME = json.dumps(
    {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "b_bot"}}
).encode()


class Instant(BaseRequest):
    """A Bot API that answers at once."""

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    @property
    def read_timeout(self) -> float | None:
        """None needed."""
        return 1.0

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **options: Any
    ) -> tuple[int, bytes]:
        """The same answer to all."""
        return 200, ME if url.endswith("getMe") else SENT


class Answer(SQLModel, table=True):
    """One answer."""

    id: int | None = Field(default=None, primary_key=True)
    account: int = Field(index=True)
    question: int
    number: int
    at: datetime


def engine_on(path: Path) -> AsyncEngine:
    """An engine as durable as ours."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine.sync_engine, "connect")
    def pragmas(connection: Any, record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def application(engine: AsyncEngine) -> Any:
    """The bot."""

    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message
        assert context.user_data is not None
        context.user_data["asked"] = 0
        await update.message.reply_text(QUESTIONS[0])
        return ASKING

    async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message
        assert update.effective_user
        assert context.user_data is not None
        asked = context.user_data["asked"]
        async with AsyncSession(engine) as session:
            session.add(
                Answer(
                    account=update.effective_user.id,
                    question=asked,
                    number=int(update.message.text or ""),
                    at=datetime.now(UTC),  # noqa: TID251 - as its users write it
                )
            )
            await session.commit()
        context.user_data["asked"] = asked + 1
        if asked + 1 == len(QUESTIONS):
            await update.message.reply_text(DONE)
            return ConversationHandler.END
        await update.message.reply_text(QUESTIONS[asked + 1])
        return ASKING

    built = (
        Application.builder().token("1:bench").request(Instant()).get_updates_request(Instant()).updater(None)
    ).build()
    numbers: Any = MessageHandler(filters.Regex(r"^\d+$"), answered)
    built.add_handler(ConversationHandler([CommandHandler("start", start)], {ASKING: [numbers]}, []))
    return built


async def measure(width: int, known: int, writing: int, work: Path) -> Speed:
    """``writing`` of the ``known`` people through the form, ``width`` in flight. All have begun; the others
    have answered everything."""
    with TemporaryDirectory(dir=work) as folder:
        engine = engine_on(Path(folder) / "bot.db")
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.tables["answer"].create)
        bot = application(engine)
        await bot.initialize()

        async def take(raw: bytes) -> None:
            await bot.process_update(Update.de_json(json.loads(raw), bot.bot))

        for raw in starts(known):
            await take(raw)
        async with engine.begin() as connection:
            await connection.exec_driver_sql(OTHERS.format(writing=writing, known=known))
        speed = await run(answers(writing), width, take)
        async with engine.connect() as connection:
            kept = (await connection.exec_driver_sql("SELECT count(*) FROM answer")).scalar()
        assert kept == known * len(QUESTIONS), kept
        await engine.dispose()
        return speed


if __name__ == "__main__":
    program(measure)
