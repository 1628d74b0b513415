"""How both Zalo platforms are reached: one small client on aiohttp, because no library is fit.

Both answer JSON whose own field says how it went (``ok``/``error_code``, ``error``), whatever the HTTP
status (a bad Zalo Bot token came as HTTP 200). Zalo's edge sends the ``Server`` header twice, which
aiohttp refuses in some versions (3.13.4; pinned to 3.13.5 and later, and tested).

No error or log line holds a URL: the Zalo Bot token is part of the path. A failure says whether the
request can have arrived: `NotNow` surely not, `Uncertain` perhaps.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec

from bot.channel import NotNow, Refused, SendError, Uncertain

#: No answer of either API is nearly as long.
ANSWER_LIMIT = 1024 * 1024

#: A photo as Zalo keeps it; `bot.photos` takes up to 20 MB.
FILE_LIMIT = 20 * 1024 * 1024

#: Where Zalo keeps what people send (allow-list of a client in use); subdomains count.
FILE_HOSTS = ("zaloplatforms.com", "zaloapp.com", "zdn.vn", "zadn.vn", "zapps.me", "zalo.me")

#: A CDN may send on once or twice; each step is checked like the first.
MOST_REDIRECTS = 3

_CONNECT_SECONDS = 10.0

_BEFORE = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


class ZaloHttp:
    """One session, opened by the first request."""

    def __init__(self, proxy: str | None = None, read_seconds: float = 20.0, connections: int = 32) -> None:
        """``proxy``: an http(s) URL, perhaps with name and password."""
        self._proxy, self._read_seconds, self._connections = proxy, read_seconds, connections
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        form: "Mapping[str, str] | aiohttp.FormData | None" = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float | None = None,
    ) -> Mapping[str, Any]:
        """The answer's JSON object, whatever the HTTP status. NotNow or Uncertain if there is none."""
        body = msgspec.json.encode(json) if json is not None else form
        own = {"Content-Type": "application/json"} if json is not None else {}
        failure: SendError
        try:
            status, data = await self._answer(method, url, body, {**own, **(headers or {})}, read_seconds)
            return _object(status, data)
        except SendError as error:
            failure = error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, OverflowError) as error:
            failure = failure_of(error)
        # Outside the except clause: the cause would bring the URL, and so the token, along.
        raise failure

    async def _answer(
        self, method: str, url: str, body: Any, headers: Mapping[str, str], read_seconds: float | None
    ) -> tuple[int, bytes]:
        async with self._opened().request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=self._timeout(read_seconds),
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            return response.status, await _read(response, ANSWER_LIMIT)

    async def download(self, url: str, allowed: "Allowed") -> bytes:
        """A file of at most `FILE_LIMIT` bytes from an allowed host. Refused if the host is not, or the
        file is gone or too big; NotNow if it may be tried again."""
        failure: SendError
        try:
            return await self._follow(url, allowed)
        except SendError as error:
            failure = error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = NotNow(f"the file was not given ({type(error).__name__})")
        raise failure

    async def _follow(self, url: str, allowed: "Allowed") -> bytes:
        for _ in range(MOST_REDIRECTS):
            if not allowed(url):
                raise Refused("the file lies with a host that is not Zalo's")
            async with self._opened().get(
                url, timeout=self._timeout(None), proxy=self._proxy, allow_redirects=False
            ) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                return await _file(response)
        raise Refused("the file is sent on too often")

    def _timeout(self, read_seconds: float | None) -> aiohttp.ClientTimeout:
        read = self._read_seconds if read_seconds is None else read_seconds
        return aiohttp.ClientTimeout(
            total=_CONNECT_SECONDS + read + 30.0,
            connect=_CONNECT_SECONDS,
            sock_connect=_CONNECT_SECONDS,
            sock_read=read,
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"User-Agent": "chihoi"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        """Close the connections; a later request would open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class Allowed:
    """Which addresses a file may be fetched from: https at Zalo's hosts and their subdomains; the
    origin of the API itself; and, word for word, ``host:port`` where the settings name one."""

    def __init__(self, hosts: Collection[str], api: str) -> None:
        """``hosts``: names, or ``host:port`` to take exactly that, also over http."""
        self._names = tuple(host for host in hosts if ":" not in host)
        self._exact = {host for host in hosts if ":" in host} | {urlsplit(api).netloc}

    def __call__(self, url: str) -> bool:
        """Whether this address is allowed; no for what is no address."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if parts.netloc in self._exact:
            return parts.scheme in ("http", "https")
        named = any(host == name or host.endswith(f".{name}") for name in self._names)
        return named and parts.scheme == "https" and "@" not in parts.netloc


def failure_of(error: BaseException) -> SendError:
    """The error to raise for one of aiohttp's: by its class only, because its text may hold a URL."""
    name = type(error).__name__
    return (
        NotNow(f"no connection ({name})") if isinstance(error, _BEFORE) else Uncertain(f"no answer ({name})")
    )


def _object(status: int, data: bytes) -> Mapping[str, Any]:
    try:
        answer = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = None
    if not isinstance(answer, dict):
        raise NotNow(f"the answer is not Zalo's ({status})")
    return answer


async def _file(response: aiohttp.ClientResponse) -> bytes:
    if response.status >= 500 or response.status == 429:
        raise NotNow(f"the file was not given ({response.status})")
    if response.status != 200:
        raise Refused(f"the file is no longer there ({response.status})")
    try:
        return await _read(response, FILE_LIMIT)
    except OverflowError:
        raise Refused("the file is too big") from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            raise OverflowError("the answer is too long")
    return bytes(body)


class Floor:
    """At least so many seconds between two polls."""

    def __init__(self, seconds: float) -> None:
        """``seconds``: after a poll that brought nothing new."""
        self._seconds, self._until = seconds, 0.0

    async def wait(self) -> None:
        """Until the next poll may go."""
        rest = self._until - asyncio.get_running_loop().time()
        if rest > 0:
            await asyncio.sleep(rest)

    def mark(self, fresh: bool) -> None:
        """A poll ended; ``fresh``: it brought something new, so the next may come soon."""
        seconds = self._seconds / 5 if fresh else self._seconds
        self._until = asyncio.get_running_loop().time() + seconds
