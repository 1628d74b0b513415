"""The deadline evening: each head writes, waits for the reply as it reaches the platform, thinks, goes on.

Most begin late, as people do. The platform brings a message again that the server could not take (503).
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import msgspec

from bot.cli.loading.province import EVENING, account_of
from bot.cli.loading.script import TALK, said, update

#: Where Telegram's updates go on a server (docs/security.md), and the header that carries the secret.
PATH = "/telegram/updates"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105

#: Telegram's own: so many updates are on their way at once unless the bot asks for more.
CONNECTIONS = 40

#: A reply that has not come by then is missing; a message the server has not taken by then is an error.
PATIENCE = 60.0

#: Before a message goes again that the server could not take; longest wait for replies nobody waits for.
AGAIN_SECONDS, LAST_SECONDS = 1.0, 2.0

#: Thought before each message, in seconds, where there is time: a platform takes one a second in a chat.
THOUGHT = 1.5


class Carried(msgspec.Struct):
    """A call in a webhook's answer, as far as it matters here."""

    method: str = ""
    chat_id: int | str = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """``heads`` write ``questions`` messages each within ``seconds``; the same ``seed`` gives the same
    evening."""

    heads: int
    questions: int
    seconds: float
    seed: int


@dataclass
class Told:
    """What was seen. ``waits``: seconds from her sending to the reply at the platform; ``again``: messages
    the server could not take at once; ``beside``: messages that are no reply; ``took``: seconds in all."""

    waits: list[float] = field(default_factory=list)
    again: int = 0
    errors: int = 0
    missing: int = 0
    doubled: int = 0
    beside: int = 0
    took: float = 0.0

    @property
    def faultless(self) -> bool:
        """Whether every message had its one reply."""
        return not (self.errors or self.missing or self.doubled)


class Head:
    """One head at her telephone."""

    def __init__(self) -> None:
        self._awaited = ""
        self._reply: asyncio.Future[float] | None = None
        self._texts: set[str] = set()

    def waits_for(self, mark: str) -> "asyncio.Future[float]":
        """When (the loop's time) a message that holds ``mark`` came."""
        self._awaited, self._reply = mark, asyncio.get_running_loop().create_future()
        return self._reply

    def hears(self, text: str, told: Told) -> None:
        """A message of the server's: the reply, a reply once more, or something else."""
        if self._reply is not None and not self._reply.done() and self._awaited in text:
            self._texts.add(text)
            self._reply.set_result(asyncio.get_running_loop().time())
        elif text in self._texts:
            told.doubled += 1
        else:
            told.beside += 1


class Evening:
    """Plays one plan against one server."""

    def __init__(self, plan: Plan, answered: Callable[[], None] = lambda: None) -> None:
        """``answered`` is told of every reply that came."""
        self.told = Told()
        self._plan, self._answered = plan, answered
        self._heads = {account_of(number): Head() for number in range(plan.heads)}
        self._updates = 0
        self._began = 0.0

    def heard(self, chat: int, text: str) -> None:
        """The server sent a message."""
        head = self._heads.get(chat)
        if head is None:
            self.told.beside += 1
        else:
            head.hears(text, self.told)

    async def play(self, url: str, secret: str) -> Told:
        """The whole evening against the server at ``url``."""
        self._began = asyncio.get_running_loop().time()
        headers = {SECRET_HEADER: secret, "Content-Type": "application/json"}
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
            post = f"{url}{PATH}"
            await asyncio.gather(*(self._head(session, post, head) for head in range(self._plan.heads)))
        self.told.took = self._now()
        await asyncio.sleep(LAST_SECONDS)  # a reply that comes twice comes soon
        return self.told

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def _head(self, session: aiohttp.ClientSession, url: str, number: int) -> None:
        plan = self._plan
        dice = random.Random(f"{plan.seed} {number}")  # noqa: S311
        thought = min(THOUGHT, plan.seconds / plan.questions / 2)
        latest = plan.seconds - thought * plan.questions
        await asyncio.sleep(dice.triangular(0.0, latest, 0.8 * latest))
        for step in range(plan.questions):
            if not await self._message(session, url, number, step):
                return
            if step + 1 < plan.questions:
                await asyncio.sleep(thought * dice.uniform(0.5, 1.5))

    async def _message(self, session: aiohttp.ClientSession, url: str, number: int, step: int) -> bool:
        """One message and its reply; whether it came."""
        text, mark = TALK[step]
        sent = self._now()
        reply = self._heads[account_of(number)].waits_for(mark)
        at = EVENING + timedelta(seconds=int(sent))
        self._updates += 1
        raw = update(account_of(number), self._updates, 1 + step, said(text, number), at)
        if not await self._brought(session, url, raw):
            self.told.errors += 1
            return False
        try:
            came = await asyncio.wait_for(reply, PATIENCE)
        except TimeoutError:
            self.told.missing += 1
            return False
        self.told.waits.append(came - self._began - sent)
        self._answered()
        return True

    def _carried(self, body: bytes) -> None:
        """The Bot API takes one call in the answer to an update, such as the reply."""
        call = msgspec.json.decode(body, type=Carried) if body.startswith(b"{") else Carried()
        if call.method == "sendMessage":
            self.heard(int(call.chat_id), call.text)

    async def _brought(self, session: aiohttp.ClientSession, url: str, raw: bytes) -> bool:
        """Bring it until it is taken, as the platform does; False if the server refuses it for good."""
        until = self._now() + PATIENCE
        while self._now() < until:
            try:
                async with session.post(url, data=raw) as answer:
                    if answer.status == 200:
                        self._carried(await answer.read())
                        return True
                    if answer.status not in (429, 500, 502, 503, 504):
                        return False
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            self.told.again += 1
            await asyncio.sleep(AGAIN_SECONDS)
        return False
