"""What ``chihoi doctor`` asks of each channel: does it answer, who is it, how far from its limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from bot.app import channel_of, tools_of
from bot.channel import Metered, Registered, SendError, TokenStore, Tools, Unauthorised
from bot.settings import Settings
from bot.windows import month_of
from handlers.usage import near, used
from scheduler.clock import Clock, SystemClock
from storage.database import Database
from storage.domain.problems import Problem
from storage.queries.channels import tokens, usage
from storage.writer.opening import writer_of

#: A refresh token is told of from so long before its end.
WARN_BEFORE = timedelta(days=7)


class ChannelTrouble(Exception):
    """A channel does not work: what is wrong and what to do."""


def check_channel(settings: Settings, kind: type[Registered]) -> str:
    """One line about a channel; ChannelTrouble if something is to be mended."""
    return asyncio.run(_check(settings, kind))


async def _check(settings: Settings, kind: type[Registered]) -> str:
    clock = SystemClock()
    async with _opened(settings, clock) as (tools, database):
        channel = channel_of(kind, settings, tools)
        if channel is None:
            return f"chưa dùng (không có {kind.needs})"
        try:
            who = await channel.identity()
        except Unauthorised as error:
            raise ChannelTrouble(f"mã bị từ chối; hãy lấy lại và đặt {kind.needs}") from error
        except SendError as error:
            raise ChannelTrouble(f"{error}; hãy kiểm tra {kind.needs}, địa chỉ API và mạng") from error
        finally:
            await channel.close()
        said = f"{who.name} {who.detail}".strip()
        if database is None or not isinstance(channel, Metered):
            return said
        return "; ".join([said, *_meters(database, kind.name, clock.now())])


def _meters(database: Database, name: str, now: datetime) -> list[str]:
    """The month's figures, and until when the tokens last; ChannelTrouble where it is time to act."""
    with database.reading() as reader:
        counted, kept = usage(reader, name, month_of(now)), tokens(reader, name)
    if kept is not None and kept.refresh_until - now < WARN_BEFORE:
        last = f"{kept.refresh_until:%d/%m}"
        raise ChannelTrouble(f"quyền của OA hết hạn ngày {last}; hãy cấp lại, xem docs/zalo.md")
    if near(counted):
        raise ChannelTrouble(f"{used(counted)}; sắp hết mức của gói, xem docs/zalo.md")
    return [used(counted)]


@asynccontextmanager
async def _opened(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Tools, Database | None]]:
    """The tools of a house; without a database those that need none still can be asked."""
    async with AsyncExitStack() as stack:
        try:
            database = Database(settings.database_url)
        except Problem as problem:
            yield _without(problem, clock), None
            return
        stack.callback(database.close)
        writer = writer_of(database)
        stack.push_async_callback(writer.close)
        yield tools_of(settings, database, writer, clock), database


def _without(problem: Problem, clock: Clock) -> Tools:
    def refuse(name: str, first: str) -> TokenStore:
        raise problem

    return Tools(clock.now, refuse)
