"""How often one address may come with a wrong link or token before it must wait."""

from collections import OrderedDict
from datetime import datetime, timedelta

from aiohttp import web

from bot.web.server import refuse

#: So many wrong tries within `WINDOW`; a person with an old link makes one or two.
MOST = 20
WINDOW = timedelta(minutes=10)

#: Addresses remembered at once; the one heard longest ago is forgotten.
REMEMBERED = 10_000


class Limit:
    """Counts wrong tries by address. Kept in memory: a restart forgives."""

    def __init__(self, most: int = MOST) -> None:
        """``most`` wrong tries within the window."""
        self._most = most
        self._tries: OrderedDict[str, list[datetime]] = OrderedDict()

    def check(self, request: web.Request, now: datetime) -> None:
        """429 for an address with too many wrong tries."""
        if len(self._recent(address_of(request), now)) >= self._most:
            raise refuse(web.HTTPTooManyRequests, "staff.too_many")

    def count(self, request: web.Request, now: datetime) -> None:
        """One more wrong try."""
        address = address_of(request)
        self._tries[address] = [*self._recent(address, now), now][-self._most :]
        self._tries.move_to_end(address)
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)

    def _recent(self, address: str, now: datetime) -> list[datetime]:
        return [at for at in self._tries.get(address, ()) if now - at < WINDOW]


def address_of(request: web.Request) -> str:
    """Who asks. Behind a proxy on this machine it is the last address of ``X-Forwarded-For``: the one the
    proxy itself wrote; from anywhere else the header is whatever the asker likes."""
    remote = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and remote in ("127.0.0.1", "::1") else remote
