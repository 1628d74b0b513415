"""Where platforms bring their updates: checked, committed, and only then answered with 200.

400 it is not JSON, 403 the secret is wrong, 413 it is over 1 MB, 503 it could not be committed or too
many are waiting (the platform brings it again).
"""

import asyncio
import hmac
import logging

import msgspec
from aiohttp import web

from bot.channel import Channel
from bot.receive import Receiver, reason_of

log = logging.getLogger(__name__)

#: Bot API: the header that carries the secret given to setWebhook.
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105

#: An update is a few kilobytes; the longest texts and keyboards stay far below.
BODY_LIMIT = 1024 * 1024

#: Telegram gives a connection up after 60 s of silence; better a clear "again, please" before.
PATIENCE_SECONDS = 50.0

#: So many updates may wait for their commit. Telegram brings at most 100 at once (max_connections); far
#: above it something is wrong, and a clear "again, please" keeps the house on its feet.
MOST_WAITING = 512

#: Telegram honours it up to an hour; the queue is worked off in far less than a second.
RETRY_AFTER_SECONDS = 1

TELEGRAM_PATH = "/telegram/updates"


def telegram_webhook(
    channel: Channel, receiver: Receiver, secret: str, most_waiting: int = MOST_WAITING
) -> list[web.RouteDef]:
    """The route for Telegram's updates, to be added to the web server. ``secret`` must not be empty; above
    ``most_waiting`` updates under way the next is refused, not queued."""
    if not secret:
        raise ValueError("a webhook without a secret would take updates from anybody")

    waiting = asyncio.Semaphore(most_waiting)

    async def take(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return web.Response(status=403, text="wrong secret")
        if waiting.locked():
            log.warning("overloaded", extra={"channel": channel.name, "waiting": most_waiting})
            return web.Response(
                status=503, text="too many", headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
            )
        async with waiting:
            return await _take(request, channel, receiver)

    return [web.post(TELEGRAM_PATH, take)]


async def _take(request: web.Request, channel: Channel, receiver: Receiver) -> web.Response:
    try:
        payload = msgspec.json.decode(await _body(request))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return web.Response(status=400, text="not JSON")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await receiver.take(channel, receiver.open(channel, payload))
    except Exception as error:
        log.warning("update_not_taken", extra={"channel": channel.name, "reason": reason_of(error)})
        return web.Response(status=503, text="not taken")
    return web.Response()


async def _body(request: web.Request) -> bytes:
    """At most `BODY_LIMIT`, whatever limit the server has for its other pages."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(body))
    return bytes(body)
