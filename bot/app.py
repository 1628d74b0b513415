"""Everything put together: one function builds the house, one starts it in order and stops it in reverse.

Plain constructors, no container, no global. A channel that cannot start (a wrong token, a platform
that does not answer) is said in the log and stops no other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from aiohttp import web

from bot.channel import Channel, SendError, Unauthorised
from bot.channels.telegram import Telegram
from bot.channels.web_phone import WebPhone
from bot.files import Files
from bot.photos import Photos
from bot.polling import Poller
from bot.receive import Receiver
from bot.sender import Sender
from bot.settings import Settings
from bot.web.calendar import CalendarFeed
from bot.web.health import Health
from bot.web.phone import PhoneBackend, PhonePage
from bot.web.server import make_app, serve
from bot.web.webhooks import TELEGRAM_PATH, telegram_webhook
from handlers.turn import Turns
from scheduler.clock import Clock
from scheduler.rules.rounds import Rules
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import SeatLinked
from storage.domain.messages import Address, Inbound
from storage.domain.people import Seat
from storage.migrations import open_database
from storage.plan.model import Plan
from storage.plan_files import load_plan
from storage.writer.sqlite import SqliteWriter

log = logging.getLogger(__name__)

#: How long to wait before telling a platform again where its updates go.
ANNOUNCE_SECONDS = 30.0


@dataclass
class House:
    """The parts that outlive one message. `build` makes it, `running` runs it."""

    settings: Settings
    clock: Clock
    plan: Plan
    database: Database
    writer: SqliteWriter
    turns: Turns
    scheduler: Scheduler
    phone: WebPhone
    telegram: Telegram | None
    receiver: Receiver
    sender: Sender
    files: Files

    async def tick(self) -> None:
        """Do now what the clock makes due, and let it be sent."""
        await self.scheduler.tick()
        self.sender.wake()


def telegram_of(settings: Settings) -> Telegram | None:
    """The Telegram channel of the settings; None without a token."""
    token, proxy = settings.telegram_token, settings.telegram_proxy
    if token is None:
        return None
    return Telegram(
        token.get_secret_value(),
        settings.telegram_api,
        proxy.get_secret_value() if proxy is not None else None,
        settings.telegram_poll_seconds,
    )


def build(settings: Settings, clock: Clock) -> House:
    """Put the house together; nothing runs yet. Must be called in the event loop.

    Raises PlanProblem or DatabaseProblem, nothing left open.
    """
    plan = load_plan(settings.plan)
    database = open_database(settings.database_url)
    writer = SqliteWriter(database)
    turns = Turns(plan, clock.now, settings.hotlines)
    phone, telegram = WebPhone(), telegram_of(settings)
    channels: dict[str, Channel] = {phone.name: phone}
    if telegram is not None:
        channels[telegram.name] = telegram
    files = Files(database, plan, settings.photos.parent / "files", clock.now, Rules(plan).span)
    sender = Sender(database, writer, tuple(channels.values()), clock, files=files)
    photos = Photos(settings.photos)
    receiver = Receiver(writer, turns, photos, channels, clock, sender.wake, turns.failed)
    scheduler = Scheduler(plan, writer, clock, turns, sender.wake)
    return House(
        settings, clock, plan, database, writer, turns, scheduler, phone, telegram, receiver, sender, files
    )


@asynccontextmanager
async def running(house: House, phone_page: bool) -> AsyncIterator[None]:
    """Start all in order; on leaving stop in reverse: no new messages, what is under way is finished,
    then the writer, then the file. SettingsProblem if the port is taken.

    ``phone_page``: serve the training phone, which lets anybody speak for every seat.
    """
    async with AsyncExitStack() as stack:
        stack.callback(house.database.close)
        stack.push_async_callback(house.writer.close)
        stack.push_async_callback(_close_channels, house)
        stack.push_async_callback(house.receiver.close)
        await house.tick()
        await stack.enter_async_context(_task(house.sender.run(), "sender"))
        await stack.enter_async_context(_task(house.scheduler.run(), "scheduler"))
        runner = await serve(_web(house, phone_page), house.settings.host, house.settings.port)
        stack.push_async_callback(runner.cleanup)
        await _start_telegram(house, stack)
        yield


async def _close_channels(house: House) -> None:
    await house.phone.close()
    if house.telegram is not None:
        await house.telegram.close()


@asynccontextmanager
async def _task(coroutine: Coroutine[None, None, None], name: str) -> AsyncIterator[None]:
    """A loop that runs while the house does."""
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _start_telegram(house: House, stack: AsyncExitStack) -> None:
    if house.telegram is None:
        return
    if house.settings.telegram_mode == "polling":
        poller = Poller(house.telegram, house.receiver)
        await stack.enter_async_context(_task(poller.run(), "telegram"))
    else:
        url = f"{house.settings.public_url}{TELEGRAM_PATH}"
        hook = _announce(house.telegram, url, _secret(house.settings))
        await stack.enter_async_context(_task(hook, "telegram webhook"))


async def _announce(telegram: Telegram, url: str, secret: str) -> None:
    """Tell Telegram where to bring updates, until it has heard; a wrong token is said once."""
    while True:
        try:
            await telegram.set_webhook(url, secret)
            return
        except Unauthorised as error:
            log.error("channel_stopped", extra={"channel": telegram.name, "reason": str(error)})
            return
        except SendError as error:
            log.warning("webhook_not_set", extra={"channel": telegram.name, "reason": str(error)})
        await asyncio.sleep(ANNOUNCE_SECONDS)


def _secret(settings: Settings) -> str:
    secret = settings.telegram_webhook_secret
    return secret.get_secret_value() if secret is not None else ""


def _web(house: House, phone_page: bool) -> web.Application:
    routes: list[web.AbstractRouteDef] = [*Health(house.database).routes()]
    routes += CalendarFeed(house.files.calendar).routes()
    if phone_page:
        routes += PhonePage(_phone_backend(house)).routes()
    if house.telegram is not None and house.settings.telegram_mode == "webhook":
        routes += telegram_webhook(house.telegram, house.receiver, _secret(house.settings))
    return make_app(routes)


def _phone_backend(house: House) -> PhoneBackend:
    async def receive(inbound: Inbound, photo: bytes | None) -> None:
        with house.phone.holding(inbound, photo):
            await house.receiver(inbound)

    async def link(seat: Seat) -> None:
        address = Address(house.phone.name, seat.code)
        linked = SeatLinked(address, seat.id, house.clock.now().astimezone(UTC), "")
        await house.writer.run(str(address), lambda reader: (linked,))

    return PhoneBackend(
        house.database,
        receive,
        house.phone,
        link,
        house.clock,
        house.plan,
        house.turns.report,
        house.tick,
        Path(house.settings.photos),
    )
