"""A channel's tokens in the database: one pair for all processes, renewed by one at a time."""

import hashlib
import os
from datetime import UTC, datetime, timedelta

from bot.channel import Pair
from scheduler.clock import Clock
from storage.database import Database
from storage.domain.effects import Effect, TokensLeased, TokensStored
from storage.queries.channels import Tokens, tokens
from storage.writer import Reader, Writer


class StoredTokens:
    """See `bot.channel.TokenStore`. The lease is taken in a write transaction, which SQLite gives to one
    process at a time."""

    def __init__(self, database: Database, writer: Writer, clock: Clock, channel: str, first: str) -> None:
        """``first``: the settings' refresh token, which begins a chain; another one begins another."""
        self._database, self._writer, self._clock = database, writer, clock
        self._channel, self._first = channel, first
        self._seed = hashlib.sha256(first.encode()).hexdigest() if first else ""
        self._name = f"{os.getpid()}-{id(self)}"

    async def current(self) -> Pair | None:
        """The pair in use; None before the first, or when the settings hold a new first token."""
        found = await self._database.read(lambda reader: tokens(reader, self._channel))
        return None if found is None or self._anew(found) else _pair(found)

    async def lease(self, seconds: float) -> Pair | None:
        """The pair to renew, unless another process is at it or there is none to begin with."""
        leased: list[Pair] = []

        def decide(reader: Reader) -> tuple[Effect, ...]:
            found, now = tokens(reader, self._channel), self._now()
            until = now + timedelta(seconds=seconds)
            if found is None or self._anew(found):
                if not self._first:
                    return ()
                leased.append(Pair("", self._first, now, now))
                return (TokensLeased(self._channel, now, self._name, until, self._seed, self._first),)
            if found.lease_until is not None and found.lease_until > now and found.lease_by != self._name:
                return ()
            leased.append(_pair(found))
            return (TokensLeased(self._channel, now, self._name, until, self._seed),)

        await self._writer.run(f"tokens:{self._channel}", decide)
        return leased[0] if leased else None

    async def keep(self, pair: Pair) -> None:
        """Commit a new pair; the lease ends."""
        stored = TokensStored(
            self._channel, self._now(), pair.access_until, pair.refresh_until, pair.access, pair.refresh
        )
        await self._writer.run(f"tokens:{self._channel}", lambda reader: (stored,))

    def _anew(self, found: Tokens) -> bool:
        """Whether a person gave consent anew: the settings' first token is another."""
        return bool(self._seed) and found.seed != self._seed

    def _now(self) -> datetime:
        return self._clock.now().astimezone(UTC)


def _pair(found: Tokens) -> Pair:
    return Pair(found.access, found.refresh, found.access_until, found.refresh_until)
