"""Where platforms bring their updates: checked, committed, and only then answered with 200.

400 it is not JSON, 403 it is not the platform's, 413 it is over 1 MB, 503 it could not be committed or too
many are waiting (the platform brings it again). What is committed is the turn, or, where the platform does
not wait that long (Zalo), the update as it came, which is handled after that (`bot.spool`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aiohttp import web

from bot.channel import Channel, Hooked, Metered, Receipted
from bot.receive import Receiver, reason_of
from bot.spool import Spool

log = logging.getLogger(__name__)

#: An update is a few kilobytes; the longest texts and keyboards stay far below.
BODY_LIMIT = 1024 * 1024

#: So many updates may wait for their commit. Telegram brings at most 100 at once (max_connections); far
#: above it something is wrong, and a clear "again, please" keeps the house on its feet.
MOST_WAITING = 512

#: Telegram honours it up to an hour; the queue is worked off in far less than a second.
RETRY_AFTER_SECONDS = 1

#: A platform that waits less than this gets its 200 before the update is handled.
HURRY_SECONDS = 10.0


class HookedChannel(Channel, Hooked, Protocol):
    """A channel whose updates are brought to us."""


#: Commits one decoded update; raising means "not taken".
Take = Callable[[Any], Awaitable[None]]


def webhook(
    channel: HookedChannel, take: Take, now: Callable[[], datetime], most_waiting: int = MOST_WAITING
) -> list[web.RouteDef]:
    """The route of one channel's updates, to be added to the web server. ``now``: aware. Above
    ``most_waiting`` updates under way the next is refused, not queued."""
    waiting = asyncio.Semaphore(most_waiting)

    async def answer(request: web.Request) -> web.Response:
        body = await _body(request)
        if not channel.verify(request.headers, body, now()):
            log.warning("update_of_a_stranger", extra={"channel": channel.name})
            return web.Response(status=403, text="wrong secret")
        if waiting.locked():
            return _overloaded(channel, most_waiting)
        async with waiting:
            return await _take(channel, body, take)

    return [web.post(channel.path, answer)]


def _overloaded(channel: Channel, most_waiting: int) -> web.Response:
    log.warning("overloaded", extra={"channel": channel.name, "waiting": most_waiting})
    return web.Response(status=503, text="too many", headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _take(channel: HookedChannel, body: bytes, take: Take) -> web.Response:
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return web.Response(status=400, text="not JSON")
    try:
        async with asyncio.timeout(channel.patience):
            await take(payload)
    except Exception as error:
        log.warning("update_not_taken", extra={"channel": channel.name, "reason": reason_of(error)})
        return web.Response(status=503, text="not taken")
    return web.Response()


def in_turn(channel: Channel, receiver: Receiver) -> Take:
    """Take an update to the commit of its turn."""

    async def take(payload: Any) -> None:
        await receiver.take(channel, receiver.open(channel, payload))

    return take


def kept_first(channel: HookedChannel, receiver: Receiver, spool: Spool) -> Take:
    """Commit an update as it came, one that cannot be read too. One that says nothing (an echo, a test of
    the address) is acknowledged and dropped, and so is what is no update at all."""

    async def take(payload: Any) -> None:
        update = receiver.open(channel, payload)
        unread = update.unreadable and isinstance(payload, dict)
        if update.inbounds or update.departures or unread or _says_more(channel, payload):
            await spool.put(payload, channel.key(payload))

    return take


def _says_more(channel: Channel, payload: Any) -> bool:
    """Whether it is a sign of life, or says that something arrived."""
    try:
        signs = isinstance(channel, Metered) and bool(channel.signs(payload))
        return signs or (isinstance(channel, Receipted) and bool(channel.receipts(payload)))
    except Exception:  # `Receiver.open` has logged what cannot be read
        return False


async def _body(request: web.Request) -> bytes:
    """At most `BODY_LIMIT`, whatever limit the server has for its other pages."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(body))
    return bytes(body)
