"""Rivals (b) and (c): aiogram with its FSM, answers by SQLModel and aiosqlite, one commit an answer.

``python -m benchmarks.rivals.aiogram_sqlmodel WIDTH KNOWN WRITING FOLDER sqlite|redis``. (b) keeps the
state in SQLite too, since aiogram brings no such storage a small one in the same file; (c) keeps it in
Redis, at the URL of the environment variable BENCH_REDIS.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.base import BaseSession
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import (
    BaseStorage,
    StateType,
    StorageKey,
)
from aiogram.types import Chat, Message, Update
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.rivals.form import DONE, FIRST, OTHERS, QUESTIONS, answers, starts
from benchmarks.speed import Speed, program, run


class Answer(SQLModel, table=True):
    """One answer."""

    id: int | None = Field(default=None, primary_key=True)
    account: int = Field(index=True)
    question: int
    number: int
    at: datetime


class Kept(SQLModel, table=True):
    """The state of one conversation."""

    key: str = Field(primary_key=True)
    state: str | None = None
    data: str = "{}"


class Form(StatesGroup):
    """Where a person is."""

    asking = State()


class SqliteStorage(BaseStorage):
    """aiogram's states in the bot's own database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _change(self, key: StorageKey, **values: Any) -> None:
        async with AsyncSession(self._engine) as session:
            kept = await session.get(Kept, str(key.user_id)) or Kept(key=str(key.user_id))
            kept.sqlmodel_update(values)
            session.add(kept)
            await session.commit()

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        await self._change(key, state=state.state if isinstance(state, State) else state)

    async def get_state(self, key: StorageKey) -> str | None:
        async with AsyncSession(self._engine) as session:
            kept = await session.get(Kept, str(key.user_id))
            return kept.state if kept else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._change(key, data=json.dumps(dict(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        async with AsyncSession(self._engine) as session:
            kept = await session.get(Kept, str(key.user_id))
            return dict(json.loads(kept.data)) if kept else {}

    async def close(self) -> None:
        """The engine is closed by who made it."""


class Instant(BaseSession):
    """A Bot API that answers at once."""

    async def make_request(self, bot: Any, method: Any, timeout: Any = None) -> Any:
        return Message(message_id=1, date=datetime.now(UTC), chat=Chat(id=1, type="private"))  # noqa: TID251

    async def stream_content(self, *args: Any, **options: Any) -> Any:
        yield b""

    async def close(self) -> None:
        """Nothing to close."""


def engine_on(path: Path) -> AsyncEngine:
    """An engine as durable as ours."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine.sync_engine, "connect")
    def pragmas(connection: Any, record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def router_on(engine: AsyncEngine) -> Router:
    """The bot."""
    router = Router()

    @router.message(CommandStart())
    async def start(message: Message, state: FSMContext) -> None:
        await state.set_state(Form.asking)
        await state.set_data({"asked": 0})
        await message.answer(QUESTIONS[0])

    @router.message(Form.asking, F.text.isdigit())
    async def answered(message: Message, state: FSMContext) -> None:
        asked = (await state.get_data())["asked"]
        async with AsyncSession(engine) as session:
            now = datetime.now(UTC)  # noqa: TID251 - as its users write it
            session.add(
                Answer(account=message.from_user.id, question=asked, number=int(message.text), at=now)
            )
            await session.commit()
        await state.set_data({"asked": asked + 1})
        if asked + 1 == len(QUESTIONS):
            await state.set_state(None)
            await message.answer(DONE)
        else:
            await message.answer(QUESTIONS[asked + 1])

    return router


async def storage_of(kind: str, engine: AsyncEngine) -> BaseStorage:
    """Where the state is kept."""
    if kind == "sqlite":
        return SqliteStorage(engine)
    from aiogram.fsm.storage.redis import RedisStorage

    storage = RedisStorage.from_url(
        os.environ["BENCH_REDIS"],
        connection_kwargs={"max_connections": 1024},  # its own 100 fail it at 256 in flight
    )
    await storage.redis.flushdb()
    return storage


async def others(kind: str, storage: Any, engine: AsyncEngine, writing: int, known: int) -> None:
    """Everybody else's state and answers, put where they are kept without a detour."""
    keys = [StorageKey(bot_id=1, chat_id=FIRST + n, user_id=FIRST + n) for n in range(writing, known)]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(OTHERS.format(writing=writing, known=known))
        if kind == "sqlite" and keys:
            rows = [(str(key.user_id), None, '{"asked": 10}') for key in keys]
            await connection.exec_driver_sql("INSERT INTO kept VALUES (?, ?, ?)", rows)
    if kind == "redis":
        async with storage.redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.set(storage.key_builder.build(key, "data"), '{"asked": 10}')
            await pipeline.execute()


async def measure(width: int, known: int, writing: int, work: Path, kind: str) -> Speed:
    """``writing`` of the ``known`` people through the form, ``width`` in flight. They have begun; the others
    have answered everything."""
    with TemporaryDirectory(dir=work) as folder:
        engine = engine_on(Path(folder) / "bot.db")
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        storage = await storage_of(kind, engine)
        dispatcher = Dispatcher(storage=storage)
        dispatcher.include_router(router_on(engine))
        bot = Bot("1:bench", session=Instant())

        async def take(raw: bytes) -> None:
            await dispatcher.feed_update(bot, Update.model_validate_json(raw))

        for raw in starts(writing):
            await take(raw)
        await others(kind, storage, engine, writing, known)
        speed = await run(answers(writing), width, take)
        async with engine.connect() as connection:
            kept = (await connection.exec_driver_sql("SELECT count(*) FROM answer")).scalar()
        assert kept == known * len(QUESTIONS), kept
        await storage.close()
        await engine.dispose()
        return speed


if __name__ == "__main__":
    program(measure)
