"""One HTTP POST to a receiver, and what its answer means."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from bot.hooks.addresses import Forbidden, GuardedResolver, fault_of

#: A receiver should take an event and work on it later; the specification says 15 to 30 s.
ANSWER_SECONDS = 15.0

#: The longest wait a receiver may ask for.
_MOST_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a POST. ``error`` "" if it was taken. ``resting``: the receiver is in trouble, whatever
    it is sent. ``wait``: seconds it asked for."""

    error: str = ""
    resting: bool = False
    wait: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver took it."""
        return not self.error


class Poster:
    """Posts to receivers; keeps connections between two events. Follows no redirect."""

    def __init__(self, seconds: float = ANSWER_SECONDS) -> None:
        """``seconds``: how long a receiver may take for all of it."""
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, allow_private: bool, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post it; no error is raised for what the network or the receiver does."""
        if fault_of(url, allow_private):
            return Answer("address not allowed", resting=True)
        try:
            async with self._session(allow_private).post(
                url,
                data=body,
                headers={**headers, "Content-Type": "application/json"},
                allow_redirects=False,
            ) as response:
                return _meant(response)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Answer(_named(error), resting=True)

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        if allow_private not in self._sessions:
            self._sessions[allow_private] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=GuardedResolver(allow_private)),
                timeout=self._timeout,
                headers={"User-Agent": "chihoi"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[allow_private]

    async def close(self) -> None:
        """Give back connections; a later POST would open new ones."""
        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(session.close() for session in sessions.values()))


def _meant(response: aiohttp.ClientResponse) -> Answer:
    """Any 2xx is taken. 408, 429 and 5xx are the receiver's trouble; anything else is about this event."""
    if 200 <= response.status < 300:
        return Answer()
    resting = response.status in (408, 429) or response.status >= 500
    asked = response.headers.get("Retry-After", "")
    wait = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else None
    return Answer(f"HTTP {response.status}", resting, None if wait is None else min(wait, _MOST_SECONDS))


def _named(error: BaseException) -> str:
    """The kind of trouble, without the address, which may hold a key of the receiver's."""
    causes = (error, error.__cause__, getattr(error, "os_error", None))
    if any(isinstance(cause, Forbidden) for cause in causes):
        return "address not allowed"
    return "no answer in time" if isinstance(error, TimeoutError) else f"no answer ({type(error).__name__})"
