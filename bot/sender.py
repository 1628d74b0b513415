"""The outbox, brought to the channels: at a polite pace, replies first, in order within a chat.

One lane a channel, so that a dead one stops no other. A message leaves the outbox only by an effect:
sent, to be tried again at a time, or given up. So a kill loses no reply; at worst a reply that the
platform had just taken goes twice. That a push goes out is written down before: killed then, it is not
sent again.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from bot.channel import Channel, NotNow, Paced, Refused, SendError, Sent, Unauthorised, Uncertain, Unreachable
from bot.windows import Prepare, as_it_is, gate_of
from scheduler.clock import Clock
from storage.database import Database
from storage.domain.effects import AccountUnreachable, Effect, MessageFailed, MessageSent, SendBegun
from storage.queries.outbox import Waiting, waiting
from storage.writer import Writer, WriterClosed

log = logging.getLogger(__name__)

#: How often a lane looks unasked: for what the scheduler queued, and for retry times that have come.
TICK_SECONDS = 1.0

#: Waits after a failure without the platform's own word: 2, 4, 8 ... 120 s.
FIRST_WAIT, MOST_WAIT = 2.0, 120.0

#: A message that could not be sent for so long is given up: what it says is no longer of use.
GIVE_UP_AFTER = timedelta(hours=72)

#: How often a reply is said again that may have arrived each time: two bad moments in a row are common.
DOUBTS = 4

#: How long a stop waits for sends under way; whoever stops us kills after 10 s.
LAST_SECONDS = 4.0

# Sends under way at once in a channel, and how many of them may be pushes: at 0.3 s each they fill the 25
# a second, and a reply finds a place free.
_AT_ONCE, _PUSHES_AT_ONCE = 10, 8

# Rows read at a time: more than may be under way, since some chats must pause.
_BATCH = 64


# So many of a channel's burst pushes leave alone, so that a reply goes at once.
FOR_REPLIES = 2.0

# A wait of 0.04 s is over after 0.04 s, whatever floating point makes of it.
_ROUNDING = 1e-6


class Bucket:
    """A token bucket: ``rate`` a second, ``burst`` at once. Times are seconds of any steady clock."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def wait(self, now: float, keep: float = 0.0) -> float:
        """Seconds until one more may go and ``keep`` are left; 0 if now."""
        missing = 1.0 + keep - self._filled(now)
        return missing / self._rate if missing > _ROUNDING else 0.0

    def take(self, now: float) -> None:
        """One goes now."""
        self._tokens, self._at = self._filled(now) - 1.0, now

    def full(self, now: float) -> bool:
        """Whether it is as good as new."""
        return self._filled(now) > self._burst - _ROUNDING

    def _filled(self, now: float) -> float:
        return min(self._burst, self._tokens + (now - self._at) * self._rate)


class Pace:
    """How fast one channel may be written to. Pure: time is a parameter.

    Telegram (Bot Support's FAQ): about 30 messages a second in all, 1 a second in a chat, where short
    bursts pass. Kept below it: 25 a second after a burst of 5, 3 at once in a chat.
    """

    def __init__(
        self, rate: float = 25.0, burst: float = 5.0, chat_rate: float = 1.0, chat_burst: float = 3.0
    ) -> None:
        self._all = Bucket(rate, burst, 0.0)
        self._chat_rate, self._chat_burst = chat_rate, chat_burst
        self._for_replies = min(FOR_REPLIES, burst - 1.0)
        self._chats: dict[str, Bucket] = {}

    def wait(self, chat: str, now: float, push: bool = False) -> float:
        """Seconds until a message may go to ``chat``; 0 if now. A ``push`` leaves a place for replies."""
        chat_wait = self._chats[chat].wait(now) if chat in self._chats else 0.0
        return max(self._all.wait(now, self._for_replies if push else 0.0), chat_wait)

    def take(self, chat: str, now: float) -> None:
        """A message goes to ``chat`` now."""
        self._all.take(now)
        if len(self._chats) > 1000:  # a full bucket says nothing
            self._chats = {key: bucket for key, bucket in self._chats.items() if not bucket.full(now)}
        self._chats.setdefault(chat, Bucket(self._chat_rate, self._chat_burst, now)).take(now)


def rate_of(channel: Channel) -> float:
    """Sends a second that a channel takes in all."""
    return channel.per_second if isinstance(channel, Paced) else channel.capabilities.per_second


def backoff(failures: int, first: float = FIRST_WAIT) -> float:
    """Seconds to wait after so many failures in a row (1 the first): 2, 4, 8 ... 120."""
    return float(min(first * 2.0 ** min(max(failures, 1) - 1, 20), MOST_WAIT))


class Lane:
    """One channel's way out."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        channel: Channel,
        clock: Clock,
        pace: Pace | None = None,
        first_wait: float = FIRST_WAIT,
        files: Prepare = as_it_is,
    ) -> None:
        """``pace``: `Pace`'s defaults unless given. ``first_wait``: seconds, see `backoff`. ``files`` makes
        the file that goes along with a message (`bot.files.Files`)."""
        self._files = files
        self._database, self._writer, self._channel, self._clock = database, writer, channel, clock
        self._pace, self._first_wait = pace or Pace(rate_of(channel)), first_wait
        self._gate = gate_of(database, channel, clock, files)
        self._woken = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._doubtful: dict[int, int] = {}
        self._settled: set[int] = set()
        self._failures = 0
        self._rest_until = 0.0
        #: Why the lane stopped for good; empty while it goes on.
        self.stopped = ""

    def wake(self) -> None:
        """Look at the outbox now."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled or refused for good; what is under way then is finished first."""
        try:
            while not self.stopped:
                await self._sleep(await self._look())
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way.values(), timeout=LAST_SECONDS)

    async def _look(self) -> float:
        """Start what may be sent now; how many seconds to wait for the next look."""
        self._woken.clear()
        now = asyncio.get_running_loop().time()
        if now < self._rest_until:
            return self._rest_until - now
        try:
            self._settled.clear()
            # What was sent while the outbox was being read still stands as waiting in what was read.
            messages = [message for message in await self._waiting() if message.id not in self._settled]
            return min([TICK_SECONDS, *(self._start(message) for message in messages)])
        except Exception:  # a lane that ended would leave its people without answers
            log.exception("outbox_not_read", extra={"channel": self._channel.name})
            return TICK_SECONDS

    async def _waiting(self) -> list[Waiting]:
        now = self._clock.now()
        return await self._database.read(lambda reader: waiting(reader, self._channel.name, now, _BATCH))

    def _start(self, message: Waiting) -> float:
        """Start one if it is its time; else after how many seconds it may be."""
        chat = message.outbound.address.account
        push = message.priority == "push"
        most = _PUSHES_AT_ONCE if push else _AT_ONCE
        if chat in self._under_way or len(self._under_way) >= most:
            return TICK_SECONDS  # the end of one under way wakes the lane
        now = asyncio.get_running_loop().time()
        wait = self._pace.wait(chat, now, push)
        if wait == 0.0:
            self._pace.take(chat, now)
            task = asyncio.get_running_loop().create_task(self._deliver(message))
            self._under_way[chat] = task
            task.add_done_callback(lambda _: self._ended(chat, message.id))
            return TICK_SECONDS
        return wait

    def _ended(self, chat: str, outbox_id: int) -> None:
        self._under_way.pop(chat, None)
        self._settled.add(outbox_id)
        self._woken.set()

    async def _sleep(self, seconds: float) -> None:
        """A rest is kept to its end; any other wait ends when woken."""
        resting = asyncio.get_running_loop().time() < self._rest_until
        if resting:
            await asyncio.sleep(seconds)
        else:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes as it ends.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()

    # --- one message

    async def _deliver(self, message: Waiting) -> None:
        if message.priority == "push" and not await self._begin(message):
            return
        try:
            if self._gate is not None:
                effects = await self._gate.send(message)
                self._went_well(message)
            else:
                outbound = await self._files(message.outbound)
                effects = self._sent(message, await self._channel.send(outbound))
        except Unauthorised as error:
            self._stop(error)
            await self._not_begun(message)
            return
        except SendError as error:
            effects = self._failed(message, error)
        except Exception:
            log.exception("send_broke", extra={"outbox_id": message.id})
            effects = [self._broken(message)]
        await self._record(message, effects)

    async def _begin(self, message: Waiting) -> bool:
        """Write down that a push goes out, before it does; whether it may. One whose sending had begun
        when the program was killed may have arrived: it is given up, because a push never goes twice."""
        if message.begun:
            log.warning("push_in_doubt", extra={"outbox_id": message.id})
            await self._record(message, [self._given_up(message, "killed while it was being sent")])
            return False
        return await self._record(message, [SendBegun(message.id, self._now())])

    async def _not_begun(self, message: Waiting) -> None:
        """Surely not sent: it waits as before."""
        if message.priority == "push":
            await self._record(message, [SendBegun(message.id, None)])

    def _stop(self, error: Unauthorised) -> None:
        """The messages keep waiting; nothing is counted against them."""
        if not self.stopped:
            log.error("channel_stopped", extra={"channel": self._channel.name, "reason": str(error)})
        self.stopped = str(error)
        self._woken.set()

    def _went_well(self, message: Waiting) -> None:
        self._failures = 0
        self._doubtful.pop(message.id, None)

    def _sent(self, message: Waiting, sent: Sent) -> list[Effect]:
        self._went_well(message)
        return [MessageSent(message.id, self._now(), sent.platform_id)]

    def _failed(self, message: Waiting, error: SendError) -> list[Effect]:
        """What an error means, by its class (`bot.channel`)."""
        log.warning(
            "send_failed",
            extra={"outbox_id": message.id, "kind": type(error).__name__, "reason": str(error)},
        )
        if isinstance(error, Refused):
            return [self._given_up(message, str(error))]
        if isinstance(error, Unreachable):
            gone = AccountUnreachable(message.outbound.address, self._now())
            return [self._given_up(message, str(error)), gone]
        if isinstance(error, Uncertain):
            return [self._uncertain(message, str(error))]
        return [self._not_now(message, error)]

    def _not_now(self, message: Waiting, error: SendError) -> MessageFailed:
        """The platform's own wait concerns this chat only; without one the whole channel rests a while."""
        if isinstance(error, NotNow) and error.retry_after is not None:
            return self._again(message, str(error), error.retry_after)
        self._failures += 1
        self._rest_until = asyncio.get_running_loop().time() + self._backoff(self._failures)
        return self._again(message, str(error), self._backoff(message.attempts + 1))

    def _uncertain(self, message: Waiting, error: str) -> MessageFailed:
        """A reply is said again (better twice than never), at most `DOUBTS` times; a push is not."""
        doubts = self._doubtful.pop(message.id, 0) + 1
        if message.priority == "push" or doubts > DOUBTS:
            return self._given_up(message, error)
        self._doubtful[message.id] = doubts
        return self._again(message, error, self._backoff(doubts))

    def _broken(self, message: Waiting) -> MessageFailed:
        """An error of our own says nothing about whether it arrived."""
        error = "error in the program"
        if message.priority == "push":
            return self._given_up(message, error)
        return self._again(message, error, self._backoff(message.attempts + 1))

    def _again(self, message: Waiting, error: str, seconds: float) -> MessageFailed:
        now = self._now()
        if now - message.queued_at > GIVE_UP_AFTER:
            return self._given_up(message, error)
        return MessageFailed(message.id, now, error, now + timedelta(seconds=seconds))

    def _given_up(self, message: Waiting, error: str) -> MessageFailed:
        return MessageFailed(message.id, self._now(), error, None)

    async def _record(self, message: Waiting, effects: Sequence[Effect]) -> bool:
        """Until it is written: the chat stays under way, else the message would go again and again.
        False if the house closed before."""
        tries = 0
        while True:
            try:
                await self._writer.run(str(message.outbound.address), lambda reader: effects)
                return True
            except WriterClosed:
                log.warning("send_not_recorded", extra={"outbox_id": message.id})
                return False
            except Exception:
                tries += 1
                log.exception("send_not_recorded", extra={"outbox_id": message.id})
                await asyncio.sleep(self._backoff(tries))

    def _backoff(self, failures: int) -> float:
        return backoff(failures, self._first_wait)

    def _now(self) -> datetime:
        return self._clock.now().astimezone(UTC)


class Sender:
    """All lanes. A channel without a lane (the web page's phone) reads its messages itself."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        channels: Sequence[Channel],
        clock: Clock,
        pace: type[Pace] = Pace,
        files: Prepare = as_it_is,
    ) -> None:
        """``pace`` makes each lane's pace from what its channel takes a second; ``clock`` is the one that
        retry times are written by; ``files`` makes the files that go along."""
        self._lanes = {
            channel.name: Lane(database, writer, channel, clock, pace(rate_of(channel)), files=files)
            for channel in channels
        }

    @property
    def stopped(self) -> Mapping[str, str]:
        """The channels that stopped for good, and why."""
        return {name: lane.stopped for name, lane in self._lanes.items() if lane.stopped}

    def wake(self) -> None:
        """Something was queued."""
        for lane in self._lanes.values():
            lane.wake()

    async def run(self) -> None:
        """Send until cancelled; what is under way then is finished and recorded first."""
        async with asyncio.TaskGroup() as lanes:
            for lane in self._lanes.values():
                lanes.create_task(lane.run())
