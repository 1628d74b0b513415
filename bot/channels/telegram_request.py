"""How python-telegram-bot reaches the Bot API: a small request class on aiohttp.

PTB's own (httpx) writes every URL, token included, to the log and takes 2.4 times as long. Here no
error or log line ever holds a URL, and a failure says whether the request can have arrived: the Bot
API knows no idempotency key, so that is what decides whether a message may be sent again.

Raises, beside PTB's errors for what the server answered::

    NetworkError
    ├── NotSent      no connection: surely not sent
    └── AnswerLost   the connection broke or was silent after the request may have gone out
"""

import os
from typing import Any

import aiohttp
import msgspec
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

# PTB warns of every retry_after that is not a timedelta, as it will be one day.
os.environ.setdefault("PTB_TIMEDELTA", "true")

#: Bot API: getFile gives files of up to 20 MB; no other answer is nearly as long.
ANSWER_LIMIT = 20 * 1024 * 1024

# Beside the time to connect and to wait for the answer: uploading and reading it whole.
_SPARE_SECONDS = 30.0


class NotSent(NetworkError):
    """No connection could be made; the request surely did not arrive."""


class AnswerLost(NetworkError):
    """The request may have arrived, its answer did not."""


class AiohttpRequest(BaseRequest):
    """See `telegram.request.BaseRequest`. The session is opened by the first request."""

    __slots__ = ("_connect_seconds", "_connections", "_proxy", "_read_seconds", "_session")

    def __init__(
        self,
        proxy: str | None = None,
        connections: int = 32,
        connect_seconds: float = 10.0,
        read_seconds: float = 20.0,
    ) -> None:
        """``proxy``: an http(s) URL, perhaps with name and password. Seconds are those of one request."""
        self._proxy = proxy
        self._connections = connections
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for the next byte of an answer, unless a call says otherwise."""
        return self._read_seconds

    async def initialize(self) -> None:
        """Nothing to do before the first request."""

    async def shutdown(self) -> None:
        """Close the connections; a later request would open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """The answer as Python values. PTB's own logs what it could not read, which may be personal."""
        try:
            answer = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("the answer is not the Bot API's JSON")
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the answer; raises `NotSent` or `AnswerLost`."""
        connect = _given(connect_timeout, self._connect_seconds)
        read = _given(read_timeout, self._read_seconds)
        timeout = aiohttp.ClientTimeout(
            total=connect + read + _SPARE_SECONDS, connect=connect, sock_connect=connect, sock_read=read
        )
        failure: TelegramError
        try:
            return await self._answer(method, url, request_data, timeout)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = failure_of(error)
        # Outside the except clause: the cause would bring the URL, and so the token, along.
        raise failure

    async def _answer(
        self, method: str, url: str, data: RequestData | None, timeout: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        async with self._opened().request(
            method,
            url,
            data=_body(data),
            timeout=timeout,
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            return response.status, await _read(response)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def failure_of(error: BaseException) -> NetworkError:
    """The error to raise for one of aiohttp's: by its class only, because its text may hold a URL."""
    name = type(error).__name__
    before = (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.ClientHttpProxyError,
        aiohttp.InvalidURL,
    )
    if isinstance(error, before):
        return NotSent(f"no connection ({name})")
    return AnswerLost(f"no answer ({name})")


def _given(value: Any, default: float) -> float:
    """PTB marks "not said" by an object of its own; None means for ever, which nothing here may take."""
    return float(value) if isinstance(value, int | float) else default


def _body(data: RequestData | None) -> "aiohttp.FormData | dict[str, str] | None":
    if data is None:
        return None
    if not data.contains_files:
        return data.json_parameters
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise ValueError("the answer is too long")
    return bytes(body)
