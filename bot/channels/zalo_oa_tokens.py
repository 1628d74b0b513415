"""The tokens of a Zalo Official Account: OAuth v4, an access token of 25 hours, a refresh token of three
months that works once.

Each renewal gives a new pair; the old refresh token is dead then. So one process renews at a time (a
lease in the database), the new pair is committed before it is used, and the pair before it is kept. A
pair lost between Zalo's answer and the commit can only be mended by a person's new consent.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.channel import NotNow, Pair, SendError, TokenStore, Unauthorised
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_text import plain

log = logging.getLogger(__name__)

#: OAuth v4 renewal, below ``CHIHOI_ZALO_OAUTH``.
PATH = "/v4/oa/access_token"

#: Renewed about twice a day: an access token lives 25 h.
RENEW_BEFORE = timedelta(hours=13)

#: Not used any more so shortly before its end.
MARGIN = timedelta(minutes=5)

#: Zalo names no other figure: three months.
REFRESH_LIVES = timedelta(days=90)

#: Said loudly from so long before the refresh token's end.
WARN_BEFORE = timedelta(days=7)

#: Longer than the renewal's request may take in all (10 s to connect, 20 s to answer, 30 s to read).
LEASE_SECONDS = 90.0

#: How often `OaTokens.tend` looks.
TEND_SECONDS = 600.0

_WAIT_SECONDS = 0.2

# Words in Zalo's answer that mean: only a person can mend this.
_FINAL = ("refresh", "secret", "app_id", "app id", "appid", "invalid", "expired", "permission")


class OaTokens:
    """Gives the access token that works."""

    def __init__(
        self,
        store: TokenStore,
        http: ZaloHttp,
        now: Callable[[], datetime],
        oauth: str,
        app_id: str,
        app_secret: str,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """``oauth``: the server's address; ``now``: aware."""
        self._store, self._http, self._now = store, http, now
        self._url, self._app_id, self._app_secret = f"{oauth.rstrip('/')}{PATH}", app_id, app_secret
        self._lease_seconds = lease_seconds
        self._lock = asyncio.Lock()
        self._renewals: set[asyncio.Task[str]] = set()

    async def access(self) -> str:
        """The access token; renewed first if it ends within minutes. Raises Unauthorised or NotNow."""
        pair = await self._store.current()
        if pair is not None and pair.access and pair.access_until - self._now() > MARGIN:
            return pair.access
        return await self.renewed(pair.access if pair else "")

    async def renewed(self, bad: str) -> str:
        """An access token other than ``bad``, which Zalo refused: another process's, or a new one."""
        async with self._lock:
            pair = await self._store.current()
            if pair is not None and pair.access not in ("", bad):
                return pair.access
            # On its own, so that nobody who stops waiting (a shutdown) can lose the new pair.
            task = asyncio.get_running_loop().create_task(self._renew(bad))
            self._renewals.add(task)
            task.add_done_callback(self._renewals.discard)
            return await asyncio.shield(task)

    async def _renew(self, bad: str) -> str:
        leased = await self._store.lease(self._lease_seconds)
        if leased is None and await self._store.current() is None:
            raise Unauthorised("no refresh token yet: CHIHOI_ZALO_OA_REFRESH_TOKEN, see docs/zalo.md")
        if leased is None:
            return await self._renewed_elsewhere(bad)
        pair = self._pair(await self._ask(leased.refresh))
        await self._store.keep(pair)
        log.info("oa_tokens_renewed", extra={"until": pair.access_until.isoformat()})
        return pair.access

    async def _renewed_elsewhere(self, bad: str) -> str:
        """Another process renews: wait for its pair."""
        waited = 0.0
        while waited < self._lease_seconds:
            await asyncio.sleep(_WAIT_SECONDS)
            waited += _WAIT_SECONDS
            pair = await self._store.current()
            if pair is None:
                break
            if pair.access not in ("", bad):
                return pair.access
        raise NotNow("another process renews the tokens")

    async def _ask(self, refresh: str) -> Mapping[str, Any]:
        form = {"app_id": self._app_id, "grant_type": "refresh_token", "refresh_token": refresh}
        return await self._http.ask("POST", self._url, form=form, headers={"secret_key": self._app_secret})

    def _pair(self, answer: Mapping[str, Any]) -> Pair:
        """The pair of an answer. Failures come with HTTP 200: only both tokens together are one."""
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
            raise _failure(answer)
        now = self._now()
        return Pair(
            access,
            refresh,
            now + _seconds(answer.get("expires_in"), timedelta(hours=25)),
            now + _seconds(answer.get("refresh_token_expires_in"), REFRESH_LIVES),
        )

    async def tend(self) -> None:
        """Renew twice a day and warn in time, until cancelled."""
        while True:
            try:
                await self.look()
            except SendError as error:
                log.error("oa_tokens_not_renewed", extra={"reason": str(error)})
            except Exception:
                log.exception("oa_tokens_not_renewed")
            await asyncio.sleep(TEND_SECONDS)

    async def look(self) -> None:
        """One look: warn if the refresh token ends soon, renew if it is time."""
        pair = await self._store.current()
        now = self._now()
        if pair is not None and pair.access and pair.refresh_until - now < WARN_BEFORE:
            log.error("oa_consent_ends", extra={"at": pair.refresh_until.isoformat(), "hint": "docs/zalo.md"})
        if pair is None or not pair.access or pair.access_until - now < RENEW_BEFORE:
            await self.renewed(pair.access if pair else "")

    async def close(self) -> None:
        """Wait for a renewal under way: its pair must not be lost."""
        await asyncio.gather(*self._renewals, return_exceptions=True)


def _failure(answer: Mapping[str, Any]) -> SendError:
    words = [plain(answer.get(name)) for name in ("error_name", "error_reason", "error_description")]
    said = " ".join(filter(None, words)) or plain(answer.get("message"))
    if any(word in said.lower() for word in _FINAL):
        return Unauthorised(f"Zalo gives no new tokens ({said[:200]}); give consent anew, see docs/zalo.md")
    return NotNow(f"Zalo gives no new tokens ({said[:200] or answer.get('error')})", 60.0)


def _seconds(value: Any, otherwise: timedelta) -> timedelta:
    """``"90000"``: seconds, as a string."""
    try:
        return timedelta(seconds=float(value))
    except (TypeError, ValueError):
        return otherwise
