"""What both clients share: the connection, hosts files may come from, texts cut to fit."""

import asyncio
import http.client
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channel import NotNow, Refused, Uncertain
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_http import FILE_HOSTS, FILE_LIMIT, Allowed, ZaloHttp, failure_of
from bot.channels.zalo_text import pieces, plain, units
from tests.channels.cases import secret_free
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot


async def test_a_server_header_sent_twice_is_taken(bot: ZaloBot, fake: FakeZaloBot) -> None:
    """Zalo's edge does so, and some versions of aiohttp (3.13.4) refuse it."""

    def headers() -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=5)
        with closing(connection):
            connection.request("GET", f"/bot{TOKEN}/getMe")
            return connection.getresponse().headers.get_all("Server") or []

    assert await asyncio.to_thread(headers) == ["ZNginx", "Zalo"]
    assert (await bot.identity()).name == "bot.VDKyGxQvc"


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (aiohttp.ConnectionTimeoutError(), NotNow),
        (aiohttp.InvalidURL(f"http://x/bot{TOKEN}"), NotNow),
        (aiohttp.SocketTimeoutError(), Uncertain),
        (aiohttp.ServerDisconnectedError(), Uncertain),
        (aiohttp.ClientPayloadError(f"bot{TOKEN}"), Uncertain),
        (aiohttp.ClientOSError(104, "reset"), Uncertain),
        (TimeoutError(), Uncertain),
    ],
)
def test_a_failure_says_whether_the_request_can_have_arrived(error: Exception, wanted: type) -> None:
    made = failure_of(error)
    assert type(made) is wanted
    secret_free(made, [TOKEN])


@pytest.fixture
async def odd() -> AsyncIterator[BaseTestServer]:
    """A server of somebody in between, and of files that are sent on."""
    routes: Mapping[str, Any] = {
        "/page": lambda: web.Response(status=502, text="<html>chi Hoa", content_type="text/html"),
        "/list": lambda: web.json_response([1]),
        "/away": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/secret"}),
        "/near": lambda: web.Response(status=302, headers={"Location": "/file"}),
        "/round": lambda: web.Response(status=302, headers={"Location": "/round"}),
        "/file": lambda: web.Response(body=b"picture"),
        "/huge": lambda: web.Response(body=bytes(FILE_LIMIT + 1)),
        "/busy": lambda: web.Response(status=429),
    }

    async def answer(request: web.Request) -> web.Response:
        made: web.Response = routes[request.path]()
        return made

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server


@pytest.mark.parametrize("path", ["/page", "/list"])
async def test_a_page_of_somebody_in_between_is_no_word_of_the_platform(
    odd: BaseTestServer, path: str
) -> None:
    client = ZaloHttp()
    with pytest.raises(NotNow) as caught:
        await client.ask("GET", str(odd.make_url(path)))
    secret_free(caught.value, ["chi Hoa", path])
    await client.close()


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/away", Refused), ("/round", Refused), ("/huge", Refused), ("/busy", NotNow), ("/near", b"picture")],
)
async def test_a_file_is_followed_only_where_it_may_lie(odd: BaseTestServer, path: str, wanted: Any) -> None:
    client = ZaloHttp()
    allowed = Allowed((), str(odd.make_url("/")))
    try:
        if isinstance(wanted, bytes):
            assert await client.download(str(odd.make_url(path)), allowed) == wanted
        else:
            with pytest.raises(wanted):
                await client.download(str(odd.make_url(path)), allowed)
    finally:
        await client.close()


HOSTS = {
    "https://photo-stal-1.zdn.vn/a.jpg": True,
    "https://zdn.vn/a.jpg": True,
    "http://photo.zdn.vn/a.jpg": False,
    "https://zdn.vn.evil.example/a.jpg": False,
    "https://evilzdn.vn/a.jpg": False,
    "https://user@zdn.vn/a.jpg": False,
    "https://zdn.vn@evil.example/a.jpg": False,
    "http://127.0.0.1:8080/a.jpg": False,
    "https://[::1]/a.jpg": False,
    "http://own.example:81/a.jpg": True,
    "https://api.example/a.jpg": True,
    "ftp://own.example:81/a.jpg": False,
    "nothing": False,
    "https://[": False,
}


@pytest.mark.parametrize(("url", "good"), HOSTS.items())
def test_which_hosts_count(url: str, good: bool) -> None:
    assert Allowed((*FILE_HOSTS, "own.example:81"), "https://api.example")(url) is good


# --- texts


def test_a_text_ends_where_a_sentence_does() -> None:
    assert pieces("Một hai. Ba bốn. Năm", 16) == ["Một hai. Ba bốn.", "Năm"]
    assert pieces("Một\nhai ba bốn năm", 10) == ["Một\nhai ba", "bốn năm"]
    assert pieces("Một hai\nba bốn năm", 10) == ["Một hai", "ba bốn năm"]
    assert pieces("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert pieces("🌸" * 8, 6) == ["🌸🌸🌸", "🌸🌸🌸", "🌸🌸"]
    assert pieces("") == [""]


@given(st.text(alphabet="ab .\n,🌸ộ", max_size=200), st.integers(4, 40))
@settings(max_examples=300, deadline=None)
def test_pieces_fit_and_lose_only_space(text: str, limit: int) -> None:
    made = pieces(text, limit)
    assert made
    assert all(units(piece) <= limit for piece in made)
    assert "".join("".join(made).split()) == "".join(text.split())


def test_text_as_it_may_be_stored() -> None:
    assert plain("ộ\x00\ud800") == "ộ?"
    assert plain(7) == plain(None) == ""
