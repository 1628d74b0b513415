"""Everything put together: one function builds the house, one starts it in order and stops it in reverse.

Plain constructors, no container, no global. A channel that cannot start (a wrong token, a platform
that does not answer) is said in the log and stops no other.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import cast

from aiohttp import web

from bot.alerts import Alerts
from bot.backups import Backups
from bot.channel import (
    Channel,
    Hooked,
    Metered,
    NotNow,
    Registered,
    SendError,
    Tended,
    TokenStore,
    Tools,
    Unauthorised,
)
from bot.channels import CHANNELS
from bot.channels.web_phone import WebPhone
from bot.erasing import FileEraser
from bot.files import Files
from bot.hooks.deliverer import Deliverer
from bot.leading import lead
from bot.letters import Doors
from bot.limits import Limit
from bot.metrics import Metrics
from bot.photos import Photos
from bot.polling import PolledChannel, Poller
from bot.receive import Receiver
from bot.sender import Sender
from bot.settings import Settings
from bot.spool import Spool
from bot.token_store import StoredTokens
from bot.watch import Watch
from bot.web.api.door import Api
from bot.web.calendar import CalendarFeed
from bot.web.health import Health
from bot.web.phone import PhoneBackend, PhonePage
from bot.web.server import make_app, serve
from bot.web.staff.backend import StaffBackend
from bot.web.staff.figures import StoredFigures
from bot.web.staff.pages import StaffPages
from bot.web.stranger import StrangerPage
from bot.web.webhooks import HURRY_SECONDS, HookedChannel, Take, in_turn, kept_first, webhook
from handlers.turn import Turns
from scheduler.clock import Clock
from scheduler.rules.rounds import Rules
from scheduler.run import Scheduler
from scheduler.sweep import Keep
from storage.database import Database, key_file
from storage.domain.effects import ChannelLimitsSet, SeatLinked
from storage.domain.messages import Address, Inbound
from storage.domain.people import Seat
from storage.domain.problems import Finding, SettingsProblem
from storage.migrations import open_database
from storage.plan.model import Plan
from storage.plan_files import load_plan
from storage.sealing import Seal
from storage.writer import Writer
from storage.writer.opening import writer_of

log = logging.getLogger(__name__)

#: How long to wait before telling a platform again where its updates go.
ANNOUNCE_SECONDS = 30.0


#: What one account may send: a second, and at once (a telephone that was out of reach sends all it has; a
#: check-in has about ten messages). Guessing codes is as slow.
ACCOUNT_LIMIT = (0.1, 120.0)


@dataclass
class House:
    """The parts that outlive one message. `build` makes it, `running` runs it."""

    settings: Settings
    clock: Clock
    plan: Plan
    database: Database
    writer: Writer
    turns: Turns
    scheduler: Scheduler
    phone: WebPhone
    channels: Mapping[str, Registered]
    spools: Mapping[str, Spool]
    receiver: Receiver
    sender: Sender
    eraser: FileEraser
    files: Files
    watch: Watch
    metrics: Metrics
    figures: StoredFigures
    deliverer: Deliverer

    async def tick(self) -> None:
        """Do now what the clock makes due, and let it be sent."""
        await self.scheduler.tick()
        await self.eraser.once()
        self.sender.wake()


def seal_of(database: Database, photos: Path) -> Seal:
    """What secrets in the database are sealed with. ``photos``: the folder of photos."""
    return Seal(key_file(database.place, photos))


def tools_of(settings: Settings, database: Database, writer: Writer, clock: Clock) -> Tools:
    """What channels may be given beside the settings."""
    seal = seal_of(database, settings.photos)
    return Tools(clock.now, lambda name, first: StoredTokens(database, writer, clock, name, first, seal))


def keep_of(settings: Settings) -> Keep:
    """How long what is kept, as settings say."""
    return Keep(
        settings.keep_raw_days, settings.keep_account_days, settings.keep_photo_days, settings.keep_audit_days
    )


def files_to(channels: Mapping[str, Channel]) -> frozenset[str]:
    """The channels that take files."""
    return frozenset(name for name, channel in channels.items() if channel.capabilities.files)


def channel_of(kind: type[Registered], settings: Settings, tools: Tools) -> Registered | None:
    """One channel of the table; None if it is not set up."""
    return kind.of(settings, tools)


def table_of_channels() -> Sequence[type[Registered]]:
    """Every channel there can be, for those who only walk the table."""
    return CHANNELS


def channels_of(
    settings: Settings, tools: Tools, table: Sequence[type[Registered]] = CHANNELS
) -> dict[str, Registered]:
    """The channels that are set up, by name. One whose making fails is said in the log and left out."""
    made: dict[str, Registered] = {}
    for kind in table:
        try:
            channel = channel_of(kind, settings, tools)
        except Exception:
            log.exception("channel_not_made", extra={"channel": kind.name})
            continue
        if channel is not None:
            made[kind.name] = channel
    return made


def build(settings: Settings, clock: Clock, table: Sequence[type[Registered]] = CHANNELS) -> House:
    """Put the house together; nothing runs yet. Must be called in the event loop. ``table``: the
    channels there can be.

    Raises PlanProblem or DatabaseProblem, nothing left open.
    """
    plan = load_plan(settings.plan)
    database = open_database(settings.database_url)
    writer = writer_of(database)
    channels = channels_of(settings, tools_of(settings, database, writer, clock), table)
    phone = channels.setdefault(WebPhone.name, WebPhone())
    turns = Turns(
        plan, clock.now, settings.hotlines, (settings.public_url or "").rstrip("/"), files_to(channels)
    )
    assert isinstance(phone, WebPhone)  # noqa: S101 - the table's own
    files = Files(database, plan, settings.photos.parent / "files", clock.now, Rules(plan).span)
    sender = Sender(database, writer, tuple(channels.values()), clock, files=files)
    photos = Photos(settings.photos)
    watch = Watch(database, clock, tuple(channels))
    watch.alert = Alerts(writer, clock, settings.alert_addresses).tell
    metrics = Metrics(database, watch, clock, {pack.id: pack.level for pack in plan.packs}, _plain(settings))
    deliverer = Deliverer(
        database, writer, clock, plan, StoredFigures(plan), seal_of(database, settings.photos)
    )
    receiver = Receiver(writer, turns, photos, channels, clock, sender.wake, turns.failed)
    scheduler = Scheduler(plan, writer, clock, turns, sender.wake, keep=keep_of(settings))
    eraser = FileEraser(database, writer, settings.photos, clock)
    spools = {
        name: Spool(database, writer, channel, receiver, clock)
        for name, channel in channels.items()
        if isinstance(channel, Hooked) and channel.patience < HURRY_SECONDS
    }
    receiver.guard(Limit(*ACCOUNT_LIMIT), metrics.turns.observe)
    return House(
        settings, clock, plan, database, writer, turns, scheduler, phone, channels, spools, receiver, sender,
        eraser, files, watch, metrics, StoredFigures(plan), deliverer,
    )  # fmt: skip


def _plain(settings: Settings) -> str:
    return settings.metrics_token.get_secret_value() if settings.metrics_token else ""


async def check_channels(settings: Settings, clock: Clock, phone_page: bool) -> None:
    """Refuse to start deaf, before anything is opened: SettingsProblem where no channel is set up, or
    every one refuses its token. A platform that does not answer now is asked again while the house runs.
    """
    if phone_page:
        return
    set_up = [kind for kind in CHANNELS if kind.needs and _is_set_up(kind, settings, clock)]
    if not set_up:
        what = "chưa có kênh nào; hãy đặt mã của Telegram hoặc Zalo, hay CHIHOI_PHONE_PAGE=true để tập dượt"
        raise SettingsProblem(Finding("CHIHOI_TELEGRAM_TOKEN", what))
    if all([await _refuses(kind, settings, clock) for kind in set_up]):
        what = "mã bị từ chối; hãy lấy lại mã và đặt vào đây"
        raise SettingsProblem(*(Finding(kind.needs, what) for kind in set_up))


def _tools_before_opening(clock: Clock) -> Tools:
    """A channel that keeps its tokens in the database cannot be asked before that is open."""

    def closed(name: str, first: str) -> TokenStore:
        raise NotNow("the database is not open yet")

    return Tools(clock.now, closed)


def _is_set_up(kind: type[Registered], settings: Settings, clock: Clock) -> bool:
    try:
        return channel_of(kind, settings, _tools_before_opening(clock)) is not None
    except SendError:
        return True


async def _refuses(kind: type[Registered], settings: Settings, clock: Clock) -> bool:
    """Whether the platform says that the token is wrong."""
    try:
        channel = channel_of(kind, settings, _tools_before_opening(clock))
    except SendError:
        return False
    if channel is None:
        return False
    try:
        await channel.identity()
    except Unauthorised:
        return True
    except SendError as error:
        log.warning("channel_silent", extra={"channel": kind.name, "reason": str(error)})
    finally:
        await channel.close()
    return False


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
        logging.getLogger().addHandler(house.metrics)
        stack.callback(logging.getLogger().removeHandler, house.metrics)
        await house.tick()
        sending = lead(house.database, "sender", house.sender.run, house.sender.wake)
        await stack.enter_async_context(_task(sending, "sender"))
        await stack.enter_async_context(_task(house.scheduler.run(), "scheduler"))
        erasing = lead(house.database, "eraser", house.eraser.run, _nothing)
        await stack.enter_async_context(_task(erasing, "eraser"))
        telling = lead(house.database, "webhooks", house.deliverer.run, _nothing)
        await stack.enter_async_context(_task(telling, "webhooks"))
        await stack.enter_async_context(_task(backups_of(house).run(), "backups"))
        house.watch.stopped = lambda: house.sender.stopped
        await stack.enter_async_context(_task(house.watch.run(), "watch"))
        await house.database.read(house.figures.prepare)
        runner = await serve(_web(house, phone_page), house.settings.host, house.settings.port)
        stack.push_async_callback(runner.cleanup)
        for channel in house.channels.values():
            await _start(house, channel, stack)
        yield


def backups_of(house: House) -> Backups:
    """The loop that makes backups by the settings."""
    return Backups(house.database, house.writer, house.clock, house.settings)


async def _close_channels(house: House) -> None:
    for channel in house.channels.values():
        try:
            await channel.close()
        except Exception:
            log.exception("channel_not_closed", extra={"channel": channel.name})


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


async def _start(house: House, channel: Registered, stack: AsyncExitStack) -> None:
    """Start what one channel needs; each by itself, so that a dead one stops no other."""

    async def begin(coroutine: Coroutine[None, None, None], what: str) -> None:
        await stack.enter_async_context(_task(coroutine, f"{channel.name} {what}"))

    if isinstance(channel, Metered):
        await _remember_limits(house, channel, channel.name)
    if isinstance(channel, Tended):
        await begin(channel.tend(), "upkeep")
    if channel.name in house.spools:
        spool = house.spools[channel.name]
        await begin(lead(house.database, f"spool:{channel.name}", spool.run, spool.wake), "spool")
    if channel.inlet == "polling":
        asking = partial(_ask, house, channel)
        await begin(lead(house.database, f"polling:{channel.name}", asking, _nothing), "polling")
    elif isinstance(channel, Hooked) and channel.inlet == "webhook":
        await begin(_announce(channel, channel.name, f"{house.settings.public_url}{channel.path}"), "webhook")


async def _ask(house: House, channel: Registered) -> None:
    """Poll, and let it be watched whether the platform answers: only in the process that asks."""
    poller = Poller(cast(PolledChannel, channel), house.receiver)
    house.watch.pollers[channel.name] = poller
    try:
        await poller.run()
    finally:
        if not poller.stopped:
            del house.watch.pollers[channel.name]


def _nothing() -> None:
    """What looks by itself is woken by nobody."""


async def _remember_limits(house: House, channel: Metered, name: str) -> None:
    """For staff's digest, which sees no settings."""
    limits = ChannelLimitsSet(name, *channel.limits)
    await house.writer.run(f"limits:{name}", lambda reader: (limits,))


async def _announce(channel: Hooked, name: str, url: str) -> None:
    """Tell a platform where to bring updates, until it has heard; a wrong token is said once."""
    while True:
        try:
            await channel.announce(url)
            return
        except Unauthorised as error:
            log.error("channel_stopped", extra={"channel": name, "reason": str(error)})
            return
        except SendError as error:
            log.warning("webhook_not_set", extra={"channel": name, "reason": str(error)})
        except Exception:
            log.exception("webhook_not_set", extra={"channel": name})
        await asyncio.sleep(ANNOUNCE_SECONDS)


def _web(house: House, phone_page: bool) -> web.Application:
    routes: list[web.AbstractRouteDef] = [*Health(house.database, house.watch).routes()]
    routes += house.metrics.routes()
    routes += CalendarFeed(house.files.calendar).routes()
    staff = _staff_backend(house)
    routes += [*StaffPages(staff).routes(), *Api(staff).routes()]
    if phone_page:
        backend = _phone_backend(house)
        routes += [*PhonePage(backend).routes(), *StrangerPage(backend).routes()]
    for channel in house.channels.values():
        if isinstance(channel, Hooked) and channel.inlet == "webhook":
            routes += webhook(cast(HookedChannel, channel), _taking(house, channel), house.clock.now)
    return make_app(routes)


def _taking(house: House, channel: Channel) -> Take:
    spool = house.spools.get(channel.name)
    if spool is None:
        return in_turn(channel, house.receiver)
    return kept_first(cast(HookedChannel, channel), house.receiver, spool)


def _staff_backend(house: House) -> StaffBackend:
    settings = house.settings
    doors = Doors(settings.telegram_name.removeprefix("@"), settings.zalo_name, settings.zalo_link)
    return StaffBackend(
        house.database, house.writer, house.clock, house.plan, house.figures, settings.public_url or "", doors
    )


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
